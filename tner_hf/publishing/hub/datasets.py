"""`push_dataset`: a corpus or files of the user's own as Parquet with a card."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tner_hf.data.card_front import read_front
from tner_hf.data.corpora import Corpus, corpus, corpus_names
from tner_hf.data.export import export_dataset
from tner_hf.data.record import CARD_KEY
from tner_hf.errors import SettingError
from tner_hf.publishing.hub.benchmarks import EVAL_FILE, describe_benchmark
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.faults import hub_errors
from tner_hf.publishing.hub.publishing import Pushed, publish
from tner_hf.publishing.hub.target import Target, aim, find_token, take_target

#: Shards of an earlier push would be read beside the new ones; its tasks would be those of others.
_REPLACED = ("*.parquet", EVAL_FILE)

#: What the card of an exported folder says that must stay where it is.
_WARNING = re.compile(r"^> \*\*Do not publish this folder\.\*\*.*$", re.MULTILINE)


def push_dataset(
    dataset: Any,
    repo_id: str | Target,
    *,
    configs: Sequence[str] = (),
    permitted: bool = False,
    benchmark: bool = False,
    **options: Any,
) -> Pushed:
    """Publish a dataset so that plain `datasets.load_dataset(repo_id)` reads it.

    Only files that changed are uploaded, all in one commit.

    Args:
        dataset: anything that `tner_hf.load_dataset` takes.
        repo_id: `owner/name`, or a `Target`.
        configs: configurations to publish side by side, e.g. languages of WikiAnn.
        permitted: you have the right to publish a corpus that states no licence. One whose licence
            forbids it is refused all the same.
        benchmark: write the `eval.yaml` that declares the dataset a benchmark of the Hub.
        **options: fields of `Target` beside it, e.g. `dry_run=True`; and further arguments of
            `tner_hf.load_dataset`.

    Raises:
        SettingError: a licence forbids it, or something that was given cannot be used.
        HubError: the Hub did not take it.
    """
    target = aim(repo_id, "dataset", _REPLACED, take_target(options))
    _refuse_licensed(_named_corpora(dataset), permitted=permitted)
    if target.token is not None:  # what is published may come from a private repository itself
        options["token"] = target.token
    with tempfile.TemporaryDirectory(prefix="tner-hf-dataset-") as folder:
        built = Path(folder) / "dataset"
        with hub_errors(target.repo_id, find_token(target)):
            export_dataset(dataset, built, configs=configs, address=target.repo_id, **options)
        _check_card(built / "README.md", permitted=permitted)
        files: dict[str, Content] = {
            path.relative_to(built).as_posix(): path
            for path in sorted(built.rglob("*"))
            if path.is_file()
        }
        if benchmark:
            files[EVAL_FILE] = describe_benchmark(built / "README.md")
        return publish(files, target)


def _named_corpora(dataset: Any) -> Iterator[Corpus]:
    """The corpora that are asked for by name, so that nothing is built in vain."""
    for each in [dataset] if isinstance(dataset, str) else dataset:
        name = each.partition("/")[0] if isinstance(each, str) else ""
        if name in corpus_names():
            yield corpus(name)


def _refuse_licensed(asked: Iterable[Corpus], *, permitted: bool) -> None:
    for facts in asked:
        unstated = facts.licence_id == "unknown"
        if facts.redistributable or (unstated and permitted):
            continue
        reason = "its licence does not let converted text be passed on"
        step = ""
        if unstated:
            reason = "it states no licence that would let converted text be passed on"
            step = "If you have that right, say permitted=True (--permitted). "
        raise SettingError(
            f"{facts.name} may not be published: {reason} ({facts.licence}). {step}Others who have "
            f'it build it themselves: tner_hf.load_dataset("{facts.name}", data_dir=…). A model '
            "trained on it may be pushed"
        )


def _check_card(path: Path, *, permitted: bool) -> None:
    """The same for rows of a licensed corpus that came in some other way.

    A card of rows that may be published only by those who have the right says so.
    """
    front = read_front(path)
    if front[CARD_KEY]["may_be_published"]:
        return
    records = front[CARD_KEY]["records"].values()
    names = dict.fromkeys(n.partition("/")[0] for r in records for n in r["annotated"])
    found = [corpus(name) for name in names if name in corpus_names()]
    _refuse_licensed(found, permitted=permitted)
    unstated = ", ".join(f"{f.title} ({f.licence})" for f in found if not f.redistributable)
    note = f"> No licence is stated for {unstated}; who published this says that they may."
    text = _WARNING.sub(lambda _: note, path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
