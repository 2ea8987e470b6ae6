"""The output: which format it has, and how it is rendered from what was accepted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from tner_hf.annotate.texts import Texts
from tner_hf.data.convert import SUFFIXES, write_sentences
from tner_hf.errors import DataError, SettingError, TnerError
from tner_hf.files import system_errors, write_file
from tner_hf.formats.containers import unpacked_name
from tner_hf.formats.retagging.original import Original
from tner_hf.formats.table import IOB_SUFFIXES, PROSE
from tner_hf.formats.writing import TARGETS, WRITERS, Sentence, find_losses
from tner_hf.labels.schemes import Scheme, encode_entities

#: An entity over tokens [start, end), and its type.
Entity = tuple[int, int, str]

#: The form of the input, with other tags in it.
AS_IT_IS = "original"

#: Seconds between two renderings, and how often as long as one takes.
_PAUSE, _SHARE = 0.2, 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Output:
    """Where the sentences go, and how.

    Attributes:
        path: the file, of brat the folder.
        target: `AS_IT_IS`, or a format of `tner-hf datasets convert`.
        texts: what it is rendered from.
    """

    path: Path
    target: str
    texts: Texts

    @classmethod
    def of(cls, texts: Texts, path: Path, to: str | None) -> Output:
        """The output in the format that was asked for, or that its name tells.

        Raises:
            SettingError: its name tells none, or it is the input.
            DataError: a token that the format cannot hold.
        """
        if any(path.resolve() == file.resolve() for file in texts.stamps):
            raise SettingError(f"--output_file {path} is the input; name another file")
        output = cls(path, to or _tell_target(texts, path), texts)
        output.check()
        return output

    @property
    def is_whole(self) -> bool:
        """Whether it holds the sentences that nobody has accepted yet, as they came."""
        return self.texts.is_tagged or (self._original is not None and self._original.keeps_all)

    @property
    def _original(self) -> Original | None:
        return self.texts.original if self.target == AS_IT_IS else None

    def check(self) -> None:
        """Find out now what could not be written later."""
        if self.target in WRITERS:
            for _ in WRITERS[self.target](one for one in self.texts.sentences if one.tokens):
                pass

    def losses(self) -> list[str]:
        """What the format cannot carry over, a sentence each."""
        if self.target == AS_IT_IS:
            return []
        losses = find_losses(self.texts.sentences, self.target)
        if _suffix(self.path) == _suffix(self.texts.path) and self.texts.form != PROSE:
            losses.append(
                f"the bytes of {self.texts.path.name}: it is written anew, as by `tner-hf datasets "
                "convert`, without what else its rows hold"
            )
        return losses

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """Make sure that a sentence can be written with these tags.

        Raises:
            DataError: the form of the file cannot say them.
        """
        if self._original is not None and list(tags) != list(self.texts.sentences[sentence].tags):
            self._original.judge(sentence, tags)

    def write(self, accepted: Mapping[int, Sequence[Entity]]) -> None:
        """Render the output, whole or not at all.

        Raises:
            DataError: what would be written does not read as what was accepted.
        """
        sentences = self.texts.sentences
        tags = {n: tags_of(sentences[n], entities) for n, entities in accepted.items()}
        chosen = range(len(sentences)) if self.is_whole else sorted(tags)
        meant = [replace(sentences[n], tags=tags.get(n, sentences[n].tags)) for n in chosen]
        if self._original is None:
            with system_errors(self.path, "written"):
                write_sentences(self.path, meant, self.target)
            return
        changed = {n: own for n, own in tags.items() if own != list(sentences[n].tags)}
        written = self._original.write(changed, None if self.is_whole else tags.keys())
        if isinstance(written, Mapping):
            for name, data in written.items():
                _write_changed(self.path / name, data)
        else:
            write_file(self.path, written, check=lambda path: self._check(path, meant))

    def _check(self, path: Path, meant: Sequence[Sentence]) -> None:
        """Make sure that a file reads as it was meant."""
        read = self.texts.read_back(path) if meant else []
        if len(read) != len(meant):
            raise self._refusal(f"{len(read):,} sentences in place of {len(meant):,}")
        for one, other in zip(read, meant, strict=True):
            there, wanted = ([*zip(each.tokens, each.tags, strict=True)] for each in (one, other))
            for old, new in zip_longest(there, wanted):
                if old != new:
                    raise self._refusal(f"{old} in place of {new} in sentence {other.id}")

    def _refusal(self, what: str) -> DataError:
        return DataError(
            f"{self.path} was not written: it would read as {what}; the same command with "
            "--to jsonl and another --output_file writes what you accepted"
        )


class Renderer:
    """Renders the output in a thread of its own, soon after it is asked to.

    Attributes:
        fault: why the last rendering failed; empty where it did not.
    """

    def __init__(self, render: Callable[[], None]) -> None:
        self.fault = ""
        self._render = render
        self._changed = threading.Condition()
        self._due = self._ending = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Let it render what is there now, or a moment later."""
        with self._changed:
            self._due = True
            self._changed.notify()

    def stop(self) -> None:
        """Render what is still to be rendered, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._ending)
                if not self._due:
                    return
                self._due = False
            began = time.monotonic()
            self._try()
            # A large file is not written for every sentence: that would be all the machine does.
            pause = max(_PAUSE, _SHARE * (time.monotonic() - began))
            with self._changed:
                self._due = self._due or (bool(self.fault) and not self._ending)
                self._changed.wait_for(lambda: self._ending, timeout=pause)

    def _try(self) -> None:
        before = self.fault
        try:
            self._render()
            self.fault = ""
        except TnerError as error:
            self.fault = str(error)
            if self.fault != before:
                _log.warning("%s", error)


def tags_of(sentence: Sentence, entities: Sequence[Entity]) -> list[str]:
    """The tags in IOB2 of a sentence with these entities."""
    found = [(entity_type, start, end) for start, end, entity_type in entities]
    return encode_entities(found, len(sentence.tokens), Scheme.IOB2)


def _suffix(path: Path) -> str:
    return unpacked_name(path).suffix.lower()


def _write_changed(path: Path, data: bytes) -> None:
    """Write one of many files, unless it is there as it shall be."""
    with system_errors(path, "read"):
        if path.is_file() and path.read_bytes() == data:
            return
    write_file(path, data)


def _tell_target(texts: Texts, path: Path) -> str:
    suffix = path.suffix.lower()
    if texts.original is not None:
        own = "" if texts.form == "brat" else _suffix(texts.path)
        lines = texts.form == "columns" and suffix in IOB_SUFFIXES - {SUFFIXES["bioes"]}
        if suffix == own or lines:
            return AS_IT_IS
    if suffix in IOB_SUFFIXES and suffix != SUFFIXES["bioes"]:
        return "iob2"
    if suffix == ".jsonl":
        return {"rows": "jsonl", "parquet": "jsonl", "doccano": "doccano"}.get(texts.form, "spans")
    for target in ("bioes", "labelstudio", "csv", "parquet"):
        if suffix == SUFFIXES[target]:
            return target
    raise SettingError(
        f"--output_file {path}: its name tells no format; say it with --to "
        f"{' | '.join(TARGETS)}, or end it in .iob2, .bioes, .jsonl, .json, .csv or .parquet"
    )
