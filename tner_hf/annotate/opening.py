"""From a command line to the work that it is about: every check before the first page is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.annotate.output import Output
from tner_hf.annotate.pretags import Pretags
from tner_hf.annotate.session import Session
from tner_hf.annotate.texts import find_files, read_texts
from tner_hf.errors import SettingError
from tner_hf.files import Journal, check_writable


def open_session(
    file: Path,
    output_file: Path,
    *,
    to: str | None = None,
    model: str | None = None,
    revision: str | None = None,
    device: str | None = None,
    types: Sequence[str] = (),
    reading: Mapping[str, Any] | None = None,
) -> Session:
    """The work on a file, gone on with where it was left.

    Args:
        file: what to annotate.
        output_file: where it goes; its journal lies beside it.
        to: format of the output; see `Output.of`.
        model: checkpoint or Hub id that marks sentences first.
        revision: of the model on the Hub.
        device: of the model.
        types: to choose from; of the model's entities only these are shown.
        reading: options of `ReadOptions` that were given.

    Raises:
        SettingError: an option, a journal in use, or an output that is there already.
        DataError: the file cannot be read, or has changed since the journal was begun.
        FileError: the output cannot be written.
    """
    given = dict(reading or {})
    find_files(file.expanduser())
    output_path = output_file.expanduser()
    where = output_path.with_name(f"{output_path.name}.journal")
    begun = where.is_file() and where.stat().st_size > 0
    if output_path.exists() and not begun:
        raise SettingError(
            f"--output_file {output_file} is there already, and {where.name}, from which to go on, "
            "is not; name another file"
        )
    check_writable(output_path)
    ner = None
    splitter = given.get("word_splitter", "unicode")
    if model is not None:
        from tner_hf.inference.pipelines import pipeline

        ner = pipeline(
            model, revision=revision, device=device, word_splitter=given.get("word_splitter")
        )
        splitter = ner.settings.word_splitter
    texts = read_texts(file.expanduser(), given, splitter)
    output = Output.of(texts, output_path, to)
    pretags = Pretags(texts.sentences, ner, types)
    known = [*types, *pretags.types]
    if not known:
        raise SettingError(
            f"{file} has no entities; say what to mark with --types, as in --types PER LOC ORG, or "
            "give a model (-m)"
        )
    journal = Journal(where)
    try:
        return Session(texts, output, pretags, known, journal)
    except BaseException:
        journal.close()
        raise
