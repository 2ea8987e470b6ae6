"""`push_dataset`: a corpus or files of the user's own as Parquet with a card."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tner_hf.data.corpora import Corpus, corpus, corpus_names
from tner_hf.data.dataset_card import CARD_KEY
from tner_hf.data.export import export_dataset
from tner_hf.errors import SettingError
from tner_hf.hub.contents import Content
from tner_hf.hub.faults import hub_errors
from tner_hf.hub.publishing import Pushed, Target, check_target, find_token, publish

#: Shards of an earlier push would be read beside the new ones.
_REPLACED = ("*.parquet",)


def push_dataset(
    dataset: Any,
    repo_id: str,
    *,
    configs: Sequence[str] = (),
    private: bool | None = None,
    revision: str | None = None,
    commit_message: str | None = None,
    token: str | bool | None = None,
    dry_run: bool | str | Path = False,
    **options: Any,
) -> Pushed:
    """Publish a dataset so that plain `datasets.load_dataset(repo_id)` reads it.

    Only files that changed are uploaded, all in one commit.

    Args:
        dataset: anything that `tner_hf.load_dataset` takes.
        repo_id: `owner/name`; created where it is missing.
        configs: configurations to publish side by side, e.g. languages of WikiAnn.
        private: make a new repository private.
        revision: a branch; created where it is missing.
        commit_message: of the one commit.
        token: of the Hub; that of `hf auth login` or HF_TOKEN where not given.
        dry_run: write what would be sent to this folder (True: a new temporary one) and send
            nothing.
        **options: further arguments of `tner_hf.load_dataset`.

    Raises:
        SettingError: a licence forbids it, or something that was given cannot be used.
        HubError: the Hub did not take it.
    """
    target = Target(repo_id, "dataset", private, revision, commit_message, token, _REPLACED)
    check_target(target)
    _refuse_licensed(_named_corpora(dataset))
    with tempfile.TemporaryDirectory(prefix="tner-hf-dataset-") as folder:
        with hub_errors(repo_id, find_token(target)):
            built = export_dataset(
                dataset, Path(folder) / "dataset", configs=configs, address=repo_id, **options
            )
        _refuse_card(built / "README.md")
        files: dict[str, Content] = {
            path.relative_to(built).as_posix(): path
            for path in sorted(built.rglob("*"))
            if path.is_file()
        }
        return publish(files, target, dry_run=dry_run)


def _named_corpora(dataset: Any) -> Iterator[Corpus]:
    """The corpora that are asked for by name, so that nothing is built in vain."""
    for each in [dataset] if isinstance(dataset, str) else dataset:
        name = each.partition("/")[0] if isinstance(each, str) else ""
        if name in corpus_names():
            yield corpus(name)


def _refuse_licensed(asked: Iterator[Corpus]) -> None:
    for facts in asked:
        if not facts.redistributable:
            raise SettingError(
                f"{facts.name} may not be published: its licence does not let converted text be "
                f"passed on ({facts.licence}). Others who have it build it themselves: "
                f'tner_hf.load_dataset("{facts.name}", data_dir=…). A model trained on it may be '
                "pushed"
            )


def _refuse_card(path: Path) -> None:
    """The same for rows of a licensed corpus that came in some other way."""
    front = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    if front[CARD_KEY]["may_be_published"]:
        return
    records = front[CARD_KEY]["records"].values()
    names = dict.fromkeys(n.partition("/")[0] for r in records for n in r["annotated"])
    _refuse_licensed(corpus(name) for name in names if name in corpus_names())
