"""Another system's answers, from files: spaCy, GLiNER or a language model beside checkpoints.

Its package is not needed, only what it said: the words of the test set with a tag each, in any form
that data is read from, or as `evaluate --predictions_file` writes them. The words are held against
the test set's; what is true comes from the test set alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf._version import list_versions
from tner_hf.data import labels_of, load_dataset
from tner_hf.data.own_files import DATA_SUFFIXES
from tner_hf.errors import DataError, SettingError
from tner_hf.labels import LabelSpace
from tner_hf.metrics.spans import Labels
from tner_hf.predictions.json_lines import read_predictions
from tner_hf.predictions.options import OWN_CORPUS, PredictOptions
from tner_hf.predictions.predicted import PredictedSplit
from tner_hf.predictions.store import PredictionStore, file_name
from tner_hf.predictions.test_set import GoldSplit

#: What files of predictions call their tags: `evaluate --predictions_file`, `predict --file`.
_TAG_KEYS = ("predicted", "predicted_tags")

#: Files that are models.
_MODELS = frozenset({".onnx", ".safetensors", ".bin"})

#: Suffixes that a folder of predictions may hold; `.json` is what every folder of a run holds.
_SUFFIXES = DATA_SUFFIXES - {".json"}


def is_foreign(source: Any) -> bool:
    """Whether a system is given as a file of predictions, or as a folder of them.

    >>> is_foreign("owner/model"), is_foreign("model.onnx")
    (False, False)
    """
    if not isinstance(source, str | Path):
        return False
    path = Path(source).expanduser()
    if path.is_file():
        return path.suffix not in _MODELS
    return (
        path.is_dir()
        and not any((path / name).exists() for name in ("config.json", "run.json"))
        and not any(path.glob("*.onnx"))
        and any(each.suffix in _SUFFIXES for each in path.iterdir())
    )


class ForeignSystem:
    """A system known by what it said; beside a `Tagger`, with the same way to be asked.

    Args:
        source: a file of predictions on one test set; or a folder with a file for each test set,
            called after it (`wnut2017.jsonl`, `wikiann@ja.conll`).
        options: how test sets are read.
        name: what it is called; as the file or folder where not given.

    Raises:
        SettingError: words are to be lower-cased, or a corpus is told, which is too late here.
    """

    def __init__(
        self, source: str | Path, options: PredictOptions, *, name: str | None = None
    ) -> None:
        self.path = Path(source).expanduser()
        if options.lowercase:
            raise SettingError(
                f"lowercase changes what models read, and {self.path} holds what one said already; "
                "leave one of the two out"
            )
        if options.corpus not in (None, OWN_CORPUS):
            raise SettingError(
                f"corpus={options.corpus!r} tells a model how to tag, and {self.path} holds what "
                "one said already; leave one of the two out"
            )
        self.options = options
        self.checkpoint = self.path.name
        self.name = name or self.path.stem

    @cached_property
    def fingerprint(self) -> str:
        """A hash of its files."""
        digest = hashlib.sha256()
        for path in sorted(self.path.iterdir()) if self.path.is_dir() else [self.path]:
            if path.is_file():
                digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def answered(self, test_sets: Sequence[GoldSplit]) -> list[GoldSplit]:
        """Those of the test sets that there are predictions for.

        Raises:
            SettingError: one file and several test sets, or a folder without a file for any.
        """
        if self.path.is_file() and len(test_sets) > 1:
            raise SettingError(
                f"{self.path} holds predictions for one dataset, and {len(test_sets)} datasets "
                f"are given; put a file for each into a folder, called {_list_names(test_sets)}, "
                f"and give {self.name}=FOLDER"
            )
        found = [one for one in test_sets if self._file_of(one)]
        if not found and test_sets:
            raise SettingError(
                f"{self.path} holds predictions for none of the datasets; expected files called "
                f"{_list_names(test_sets)}, or with another ending of `tner-hf datasets formats`"
            )
        return found

    def tag(
        self,
        test_sets: Sequence[GoldSplit],
        store: PredictionStore | None = None,  # noqa: ARG002 — as of a Tagger
    ) -> Iterator[PredictedSplit]:
        """What the files say about each test set, in their order.

        Raises:
            DataError: a file cannot be read, or has other sentences than its test set.
        """
        self.answered(test_sets)
        for test_set in test_sets:
            if (path := self._file_of(test_set)) is None:
                raise DataError(f"{self.path} holds no predictions for {test_set.name}")
            yield self._read(path, test_set)

    def _file_of(self, test_set: GoldSplit) -> Path | None:
        if self.path.is_file():
            return self.path
        found = sorted(
            path
            for path in self.path.iterdir()
            if path.suffix in _SUFFIXES and path.stem == file_name(test_set.name)
        )
        if len(found) > 1:
            raise SettingError(
                f"{self.path} holds {' and '.join(path.name for path in found)}, all of them for "
                f"{test_set.name}; leave one"
            )
        return found[0] if found else None

    def _read(self, path: Path, test_set: GoldSplit) -> PredictedSplit:
        sentences, predicted, names = _read_tags(path, self.options.max_samples)
        _check_words(sentences, test_set, path)
        offsets = np.concatenate(([0], np.cumsum([len(words) for words in sentences])))
        answer = PredictedSplit(
            gold=test_set.gold,
            predicted=predicted[: offsets[-1]],
            offsets=offsets.astype(np.intp),
            corpus_names=test_set.labels.names,
            own_names=names,
            label_map=test_set.label_map,
            sentences=sentences,
            documents=test_set.documents,
        )
        return test_set.describe(
            answer,
            {
                "model": self.name,
                "max_length": None,
                "overlap": None,
                "lowercase": False,
                "settings": {},
                "versions": list_versions(),
            },
        )


def _read_tags(
    path: Path, max_samples: int | None
) -> tuple[list[list[str]], Labels, tuple[str, ...]]:
    """Words and tags of a file of any form: words, a label for each, and the label names."""
    first = _peek(path)
    if first.keys() >= {"tokens", "gold", "predicted"}:
        said = read_predictions(path)
        sentences, ids, names = list(map(list, said.sentences)), said.predicted, said.own_names
    else:
        key = next((key for key in _TAG_KEYS if key in first), None)
        how: dict[str, Any] = {} if key is None else {"tag_column": key}
        data: Any = load_dataset({"test": path}, split="test", native=True, **how)
        data = data.with_format(None)
        sentences, names = data["tokens"][:], labels_of(data).names
        tags: list[list[int]] = data["ner_tags"][:]
        ids = np.array([tag for each in tags for tag in each], dtype=np.int64)
        types = first.get("types")
        known = types.get("predicted") if isinstance(types, dict) else None
        if isinstance(known, list) and all(isinstance(one, str) for one in known):
            # That a system never names a type does not mean that it could not.
            more = [t for t in known if t not in LabelSpace.from_names(names).types]
            names = (*names, *(f"{prefix}-{one}" for one in more for prefix in "BI"))
    if max_samples is not None:
        sentences = sentences[:max_samples]
    return sentences, ids, names


def _peek(path: Path) -> dict[str, Any]:
    """The object in the first line of JSON lines; nothing of a file of another form."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            row = json.loads(file.readline())
    except (OSError, ValueError, RecursionError):  # what it is, its reader says
        return {}
    return row if isinstance(row, dict) else {}


def _check_words(sentences: Sequence[Sequence[str]], test_set: GoldSplit, path: Path) -> None:
    """Refuse a file with other sentences than the test set's, naming the first that differs."""
    gold = test_set.sentences
    where = f"{path} does not fit {test_set.name}, split {test_set.split}: "
    counts = f"{len(sentences):,} sentences for {len(gold):,}"
    for number, (own, other) in enumerate(zip(sentences, gold, strict=False), start=1):
        if list(own) == other:
            continue
        at = next((i for i, (a, b) in enumerate(zip(own, other, strict=False)) if a != b), None)
        what = (
            f"sentence {number} has {len(own)} words, the test set's {len(other)}"
            if at is None
            else f"word {at + 1} of sentence {number} is {own[at]!r:.40}, the test set's "
            f"{other[at]!r:.40}"
        )
        raise DataError(
            f"{where}{what} ({counts}); predictions need the test set's own words, e.g. those of "
            f"`tner-hf datasets export`"
        )
    if len(sentences) != len(gold):
        raise DataError(
            f"{where}{counts}, and the first {min(len(sentences), len(gold)):,} are the same; "
            "every sentence needs its tags, if only O"
        )


def _list_names(test_sets: Sequence[GoldSplit]) -> str:
    return ", ".join(f"{file_name(one.name)}.jsonl" for one in test_sets)
