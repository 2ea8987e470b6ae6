"""Scores for a card: of evaluations, and those that a run wrote at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.config import CheckpointSettings
from tner_hf.errors import DataError, SettingError
from tner_hf.files import read_json
from tner_hf.models.contents import FILES_KEY
from tner_hf.predictions.names import name_source
from tner_hf.publishing.cards.corpora import find_corpus, name_dataset
from tner_hf.publishing.cards.facts import TestSet
from tner_hf.runs import RUN_FILE, Run

#: What only the output of `tner-hf evaluate` holds together.
_MARKS = frozenset({"protocols", "coverage", "fingerprint", "split"})

#: The setting that a checkpoint gets after it was trained.
_HEAT = "temperature"


def find_score_files(folder: Path) -> list[Path]:
    """The outputs of `tner-hf evaluate` in a checkpoint's folder, and in its folder `scores`."""
    found = [*sorted(folder.glob("*.json")), *sorted((folder / "scores").glob("*.json"))]
    return [path for path in found if _is_evaluation(path)]


def _is_evaluation(path: Path) -> bool:
    # Cheaper than reading every tokenizer.json, which may have megabytes.
    if path.name in {"tokenizer.json", "tokenizer_config.json", "vocab.json", RUN_FILE}:
        return False
    try:
        return set(read_json(path) or {}) >= _MARKS
    except DataError:  # some other file; lists, for one
        return False


def read_scores(
    path: str | Path,
    settings: CheckpointSettings | None,
    *,
    files: frozenset[str] | None = None,
) -> TestSet:
    """The scores in a file of `tner-hf evaluate --output_file`.

    Args:
        path: the file.
        settings: of the card's model, which must be the one that was scored.
        files: fingerprints of its files, as a whole or as an adapter; None where nobody knows.

    Raises:
        DataError: there is no such file, it holds something else, or another model was scored.
    """
    path = Path(path).expanduser()
    stored = read_json(path)
    if stored is None:
        raise DataError(f"there is no file {path}; `tner-hf evaluate --output_file` writes one")
    if missing := sorted(_MARKS - set(stored)):
        raise DataError(
            f"{path} is no output of `tner-hf evaluate --output_file`: it has no "
            f"{', '.join(missing)}"
        )
    scored = stored.get("settings")
    own = None if settings is None else settings.to_dict()
    # A temperature changes no label: only what was said of the scores is another model's.
    as_now = own is None or scored is None or scored.get(_HEAT) == own.get(_HEAT)
    if own is not None and scored is not None and {**scored, _HEAT: 0} != {**own, _HEAT: 0}:
        changed = [k for k, v in own.items() if k != _HEAT and scored.get(k) != v]
        raise DataError(
            f"{path} holds the scores of another model: its {', '.join(changed)} differ from "
            f"config.json; evaluate this checkpoint"
        )
    if files is not None and stored.get(FILES_KEY) not in {None, *files}:
        raise DataError(
            f"{path} holds the scores of another model: the files of this one (weights, labels, "
            "tokenizer) are not those that were scored; evaluate this checkpoint, or move the "
            "scores away"
        )
    dataset, config, title, published = name_dataset(str(stored["dataset"]))
    told, whole, length = (stored.get(k) for k in ("corpus", "sentences_of_split", "max_length"))
    notes = (
        told and f"told to tag as {told}",
        whole and f"first {stored['sentences']:,} sentences",
        settings and length not in (None, settings.max_length)
        and f"read {length:,} sub-tokens at a time",
    )  # fmt: skip
    kept = ("fingerprint", "corpus", "sentences", "tokens", "windowed_sentences",
            "unencodable_tokens", "label_map", "coverage", "intervals")  # fmt: skip
    return TestSet(
        dataset=dataset,
        config=config,
        title=", ".join([title, *filter(None, notes)]),
        # A part of a split has the split's name but not its numbers.
        published=published and whole is None,
        split=stored["split"],
        protocols=stored["protocols"],
        revision=stored.get("dataset_revision"),
        lowercase=bool(stored.get("lowercase")) and not (settings and settings.lowercase),
        calibration=stored.get("calibration") if as_now else None,
        **{name: stored.get(name) for name in kept},
    )


def read_run_scores(path: Path, run: Run, *, known: Sequence[TestSet]) -> list[TestSet]:
    """What a run scored at its end; for merged corpora also each of them.

    Args:
        path: `test_results.json` or `eval_results.json`.
        run: says what the data was.
        known: evaluations, which say more, so that theirs is not repeated.
    """
    results = read_json(path)
    data = run.data
    if not results or "scores" not in results or not data:
        return []
    split = "test" if path.name.startswith("test") else "validation"
    parts = dict(results.get("per_corpus") or {})
    name = _name_source(data, split)
    if name is not None:
        parts = {name: results["scores"], **parts}
    limit = data.get("max_test_samples" if split == "test" else "max_eval_samples")
    out = []
    for source, scores in parts.items():
        dataset, config, title, published = name_dataset(source)
        if any((dataset, split) == (each.dataset, each.split) for each in known):
            continue
        if source == name and not published and data.get("dataset_title"):
            dataset = title = data["dataset_title"]
        # A part of a split has the split's name but not its numbers.
        shown = title if limit is None else f"{title}, first {limit:,} sentences"
        protocols = {"full": scores}  # the types of both sides are the same
        out.append(TestSet(dataset, split, shown, protocols, config, published and limit is None))
    return out


def _name_source(data: Mapping[str, Any], split: str) -> str | None:
    """How an evaluation would name the data of a run; None where it was given as an object."""
    source, config = data.get("source"), data.get("dataset_config")
    if source is None:  # an earlier version, or an object
        source = data.get("dataset_name")
    if isinstance(source, list) and len(source) == 1:
        source = source[0]
    if isinstance(source, Mapping) and isinstance(source.get(split), str):
        return name_source({split: source[split]})
    if isinstance(source, list) and all(isinstance(each, str) for each in source):
        return name_source(source)
    # A loaded dataset is recorded by its hash, which names nothing.
    if isinstance(source, str) and (find_corpus(source) or "/" in source):
        return name_source(source, config)
    return None


def check_scored(test_sets: Iterable[TestSet], *, allow_unscored: bool) -> None:
    """Refuse scores that do not cover their test set, and two results for the same one."""
    seen = set()
    for each in test_sets:
        if each.tokens_unscored and not allow_unscored:
            raise DataError(
                f"the scores on {each.title}, split {each.split}, leave {each.tokens_unscored:,} "
                "tokens without a prediction, so they are not those of the test set. Evaluate with "
                "`tner-hf evaluate`, which cuts nothing off; to publish them all the same give "
                "--allow_unscored, and the card will say so"
            )
        place = (
            each.dataset, each.config, each.split, each.fingerprint, each.lowercase, each.corpus
        )  # fmt: skip
        if place in seen:
            raise SettingError(
                f"two results for {each.title}, split {each.split}; give the one that counts"
            )
        seen.add(place)
