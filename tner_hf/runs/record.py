"""`run.json` as one typed thing: written, read, and asked what the run was trained on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tner_hf.config import ADAPTER_FOLDER
from tner_hf.data.corpora import corpus_names
from tner_hf.errors import DataError, SettingError
from tner_hf.files import read_json, write_json
from tner_hf.formats.options import READING, ReadOptions
from tner_hf.labels.maps import as_label_map
from tner_hf.plain import as_plain, read_plain

#: Written when a run begins; a folder that holds it is ours.
RUN_FILE = "run.json"

#: The parts of the file that every run has.
_PARTS = ("model", "data", "training")

#: Fields that are text, where they are there.
_TEXTS = (
    ("model", "model_name_or_path"), ("data", "label_map"), ("data", "data_dir"),
    ("data", "dataset_config"),
)  # fmt: skip

#: Fields of `data` that say how files are read.
_READING = ("data_dir", *READING)

#: The settings of `data` that leave a part of a split out.
_CUTS: Mapping[str, tuple[str, ...]] = {
    "train": ("max_train_samples", "validation_fraction"),
    "validation": ("max_eval_samples",),
    "test": ("max_test_samples",),
}


@dataclass(frozen=True)
class SplitFacts:
    """A split by content.

    Attributes:
        types: the entity types of its labels.
        fingerprint: a hash of words, labels and their names.
        words: a hash of the words alone of each corpus in it; empty if not recorded.
        documents: a hash of where its documents begin and end; None where sentences are read alone.
    """

    sentences: int
    types: tuple[str, ...]
    fingerprint: str
    words: tuple[str, ...] = ()
    documents: str | None = None

    def __str__(self) -> str:
        return f"{self.sentences:,} sentences of {', '.join(self.types) or 'no type'}"


@dataclass(frozen=True)
class Gold:
    """Labelled sentences, as `evaluate` takes them.

    Attributes:
        dataset: what `load_dataset` takes.
        config: configuration of a corpus.
        options: further arguments of `evaluate` and `predict_split`: how the data is read, and
            `native` or `label_map`.
    """

    dataset: Any
    config: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a run was asked for, and on what content.

    Attributes:
        model: the fields of `ModelArguments`.
        data: the fields of `DataArguments`, and `source`: what they name, files with their folders.
        training: the fields of `NERTrainingArguments`, or of a plain `TrainingArguments`.
        versions: package to version.
        model_is_folder: whether the model's name was one of this machine's; None if not recorded.
        weights: what was fine-tuned, by content: a Hub commit, or a hash of the files of a folder.
        splits: split to what is in it; empty if not recorded.
        label_map: version of the label map, None without one.
    """

    model: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    model_is_folder: bool | None = None
    weights: str | None = None
    splits: Mapping[str, SplitFacts] = field(default_factory=dict)
    label_map: str | None = None

    @classmethod
    def read(cls, folder: str | Path) -> Run | None:
        """The run that a folder is the output of; None where it is of none.

        Raises:
            DataError: the file is damaged.
        """
        path = Path(folder) / RUN_FILE
        stored = read_json(path)
        if stored is None:
            return None
        try:
            return cls._of(stored)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{path} is no record of a training run: {error or type(error).__name__}. It was "
                "changed or damaged; move it away, and the folder is a checkpoint like any other"
            ) from error

    @classmethod
    def of_checkpoint(cls, folder: str | Path) -> Run | None:
        """The run that made a checkpoint, its whole model or its adapter; None where none did.

        Raises:
            DataError: the file is damaged.
        """
        return cls.read(find_home(folder))

    @classmethod
    def _of(cls, stored: Mapping[str, Any]) -> Run:
        for name in _PARTS:
            if not isinstance(stored.get(name), dict):
                raise ValueError(f"it has no settings under {name!r}")
        for part, name in _TEXTS:
            if not isinstance(stored[part].get(name), str | None):
                raise ValueError(f"{part}.{name} is no text")
        for name in ("source", "dataset_name"):
            if not isinstance(stored["data"].get(name), str | list | dict | None):
                raise ValueError(f"data.{name} names no data")
        reading = {name: stored["data"].get(name) for name in READING}
        ReadOptions.of({name: value for name, value in reading.items() if value is not None})
        content = stored.get("content", {})
        return cls(
            **{name: stored[name] for name in _PARTS},
            versions=dict(stored.get("versions", {})),
            model_is_folder=stored.get("model_is_folder"),
            weights=content.get("model"),
            splits=read_plain(
                Mapping[str, SplitFacts], content.get("splits", {}), "content.splits"
            ),
            label_map=content.get("label_map"),
        )

    def write(self, folder: str | Path) -> None:
        """Put `run.json` into a folder."""
        write_json(Path(folder) / RUN_FILE, self._stored())

    def _stored(self) -> dict[str, Any]:
        splits = as_plain(self.splits)
        return {
            "versions": dict(self.versions),
            **{name: dict(getattr(self, name)) for name in _PARTS},
            "model_is_folder": self.model_is_folder,
            "content": {"model": self.weights, "splits": splits, "label_map": self.label_map},
        }

    def normalised(self) -> Run:
        """The same run as it comes back from its file: tuples are lists, numbers as JSON has them.

        Two runs are compared in this form.
        """
        return self._of(json.loads(json.dumps(self._stored(), default=str)))

    @property
    def base_model(self) -> str | None:
        """What was fine-tuned, as it was given."""
        return self.model.get("model_name_or_path")

    @property
    def train_files(self) -> tuple[str, ...]:
        """The names of the user's own files, without their folders, which are nobody's business."""
        source = self.data.get("source")
        if not isinstance(source, Mapping) or "train" not in source:
            return ()
        return tuple(Path(str(file)).name for file in _list(source["train"]))

    def has_seen(self, words: Collection[str], files: Collection[str], split: str) -> bool:
        """Whether sentences are a split of this run, to train, validate or test on.

        They are known by their words, wherever they lie now; by their place only where the run did
        not read the whole split.

        Args:
            words: hashes of their words, as in `SplitFacts`.
            files: the paths that they come from.
            split: that they are of a folder.
        """
        known = {each for facts in self.splits.values() for each in facts.words}
        return not known.isdisjoint(words) or not self._unread_files(split).isdisjoint(files)

    def _unread_files(self, split: str) -> set[str]:
        """The files of this run, and the folder of a split, of which it read nothing or a part."""
        unread: set[str] = set()
        for source in _list(self.data.get("source")):
            splits = source if isinstance(source, Mapping) else {split: source}
            for name, files in splits.items():
                facts = self.splits.get(name)
                cut = any(self.data.get(limit) is not None for limit in _CUTS.get(name, ()))
                if cut or facts is None or not facts.words:
                    unread |= {str(file) for file in _list(files)}
        return unread

    def test_set(self) -> Gold | None:
        """The test set on which the run reported its scores, its types mapped as they were then.

        Raises:
            SettingError: the label map is not what it was.
        """
        source = self.data.get("source") or self.data.get("dataset_name")
        if isinstance(source, Sequence) and not isinstance(source, str) and len(source) == 1:
            source = source[0]
        if self.data.get("test_file") and not isinstance(source, Mapping):
            source = {"test": self.data["test_file"]}
        if isinstance(source, Mapping):
            source = {split: each for split, each in source.items() if split == "test"}
        if not source:
            return None
        options = {name: self.data[name] for name in _READING if self.data.get(name) is not None}
        if not self._maps(source):
            return Gold(source, self.data.get("dataset_config"), {**options, "native": True})
        if given := self.data.get("label_map"):
            self._check_map(given)
            options["label_map"] = given
        return Gold(source, self.data.get("dataset_config"), options)

    def _maps(self, source: Any) -> bool:
        """Whether the types of the data were mapped to the unified ones."""
        if self.data.get("native"):
            return False
        is_corpus = isinstance(source, str) and source.partition("/")[0] in corpus_names()
        asked = self.data.get("unify") or self.data.get("label_map")
        return bool(asked) or is_corpus or isinstance(source, list)

    def _check_map(self, given: str) -> None:
        now = as_label_map(given).version
        if self.label_map is not None and now != self.label_map:
            raise SettingError(
                f"the label map {given} is not what the run was trained with: {self.label_map} "
                f"then, {now} now; name the test set and the map yourself"
            )


def find_home(checkpoint: str | Path) -> Path:
    """The folder with what a run left of a checkpoint: its own, or the one above its adapter's."""
    folder = Path(checkpoint).expanduser()
    above = folder.absolute().parent
    is_part = folder.absolute().name == ADAPTER_FOLDER and (above / RUN_FILE).is_file()
    return above if is_part and not (folder / RUN_FILE).is_file() else folder


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
