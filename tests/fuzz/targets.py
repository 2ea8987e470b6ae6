"""What is fuzzed: functions of bytes that end, or raise an error of this package, and lie never.

`make fuzz` runs them under atheris; `make test` replays every input that ever failed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from tner_hf.config import CheckpointSettings
from tner_hf.demo.bodies import Endpoint, RefusedBody, read_joining, read_leaving
from tner_hf.demo.uploads import FORMATS, read_upload
from tner_hf.errors import CheckpointError, DataError, SettingError, TnerError
from tner_hf.formats.iob import scan_iob
from tner_hf.formats.iob_columns import read_plain
from tner_hf.formats.json_rows import read_json
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.table import ROW_FORMATS, find_format, scan_file
from tner_hf.labels.schemes import Scheme, find_breaches, find_fault
from tner_hf.models.judging import judge_config

#: How a file may be read: the first byte of an input chooses.
READINGS = (
    {},
    {"delimiter": " "},
    {"delimiter": "\t", "empty_tokens": "drop"},
    {"empty_tokens": "keep"},
    {"scheme": "IOB1"},
    {"scheme": "BIOES", "strict": True},
    {"token_column": 1, "tag_column": 0},
    {"header": True},
    {"encoding": "utf-16"},
    {"encoding": "latin-1"},
)
#: Bytes of an input; what takes longer is another matter.
MOST = 20_000


def read_columns(data: bytes) -> None:
    """The reader of IOB files, the fast road beside the slow one, and what else text may be."""
    options, path = _choose(data, ".txt")
    try:
        scanned = scan_iob(path, options)
        plain = read_plain(path, options)
    except SettingError:  # columns that there are not
        return
    if plain is not None:
        assert not scanned.errors, scanned.errors
        assert plain["tokens"].to_pylist() == [tokens for tokens, _ in scanned.sentences]
        assert plain["ner_tags"].to_pylist() == [tags for _, tags in scanned.sentences]
    _check(scanned.sentences if not scanned.errors else [])
    other = scan_file(path, options)
    _check(other.sentences if not other.errors else [])


def read_rows(data: bytes) -> None:
    """The readers of JSON: rows of words and tags, and texts with spans."""
    options, path = _choose(data, ".jsonl")
    try:
        if find_format(path, options) in ROW_FORMATS:
            rows = read_json([path], ReadOptions())
            for tokens, tags in zip(rows["tokens"], rows["ner_tags"], strict=True):
                assert len(tokens) == len(tags)
        else:
            scanned = scan_file(path, options)
            _check(scanned.sentences if not scanned.errors else [])
    except (DataError, SettingError):
        return


def read_settings(data: bytes) -> None:
    """The settings of a checkpoint, and the file that they stand in."""
    (_SCRATCH / "config.json").write_bytes(data[:MOST])
    try:
        judge_config(_SCRATCH)
        stored = json.loads(data[:MOST])
        if "tner_hf" in stored:
            settings = CheckpointSettings.from_dict(stored["tner_hf"])
            assert CheckpointSettings.from_dict(settings.to_dict()) == settings
    except (CheckpointError, SettingError):
        return


def read_visitor(data: bytes) -> None:
    """Bodies of requests to the demo, and files that visitors upload."""
    for read in (read_joining, read_leaving, _ENDPOINT.read_named, _ENDPOINT.read_listed):
        try:
            read(data)
        except RefusedBody as refused:
            str(refused).encode()  # which halves of characters would end
    content = data[:MOST].decode("utf-8", "ignore")  # as a body brings it: whole characters
    for suffix in sorted(FORMATS):
        try:
            upload = read_upload(f"a{suffix}", content)
        except TnerError as error:
            str(error).encode()
            continue
        for row in upload.rows:
            answer = [row.text, row.words, dict(row.extra)]
            assert json.dumps(answer, ensure_ascii=False).encode()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "columns": read_columns,
    "rows": read_rows,
    "settings": read_settings,
    "visitor": read_visitor,
}

#: Beginnings that a fuzzer would take long to find.
SEEDS: dict[str, tuple[bytes, ...]] = {
    "columns": (
        b"\0Ada\tB-PER\nL.\tI-PER\n\nin\tO\n", b"\0-DOCSTART- -X- O\n\nAda NNP B-PER\n",
        b"\0001\tAda\tB-PER\n2\tsang\tO\n", b"\0Ada|NNP|I-PER sang|VBD|O\n",
        b"\x001|t|Ada sang.\n1|a|Well.\n1\t0\t3\tAda\tPER\tD1\n", b"\0token,tag\nAda,B-PER\n",
        b'\0[("Ada sang", {"entities": [(0, 3, "PER")]})]\n', b"\0\xef\xbb\xbfA B-PER\nB E-PER\n",
    ),
    "rows": (
        b'\0{"tokens": ["Ada"], "ner_tags": ["B-PER"], "id": 5}\n',
        b'\0{"text": "Ada sang", "entities": [{"start": 0, "end": 3, "label": "PER"}]}\n',
        b'\0{"text": "Ada", "label": [[0, 3, "PER"]]}\n',
        (
            b'\0{"text": "Ada", "tokens": [{"text": "Ada", "start": 0, "end": 3}], "spans": '
            b'[{"start": 0, "end": 3, "label": "PER"}]}\n'
        ),
        (
            b'\0[{"data": {"text": "Ada"}, "annotations": [{"result": [{"type": "labels", '
            b'"value": {"start": 0, "end": 3, "labels": ["PER"]}}]}]}]'
        ),
        b'\0[["Ada", {"entities": [[0, 3, "PER"]]}]]',
        b'\0{"tokens": ["a"], "ner_tags": ["O"], "text": "a", "offsets": [[0, 1]]}\n',
    ),
    "settings": (
        json.dumps({
            "id2label": {"0": "O", "1": "B-x"}, "label2id": {"O": 0, "B-x": 1}, "num_labels": 2,
            "architectures": ["BertModel"], "tner_hf": CheckpointSettings(max_length=9).to_dict(),
        }).encode(),
    ),
    "visitor": (
        b'{"data": ["Ada", true, ["a"]], "fn_index": 0, "session_hash": "a"}',
        b'{"session_hash": "a", "event_id": "b"}', b'{"text": "Ada", "models": null}',
        b"text;id\nAda;1\n", b"Ada\tB-PER\n\nin\tO\n", b'{"tokens": ["Ada"], "id": 1}\n',
    ),
}  # fmt: skip


def _endpoint(text: str, every: bool = False, models: list[str] | None = None) -> None:
    """Arguments of each kind that the demo knows."""


_ENDPOINT = Endpoint.of(_endpoint)
_FOLDER = tempfile.TemporaryDirectory(prefix="tner-hf-fuzz-")
_SCRATCH = Path(_FOLDER.name)


def _choose(data: bytes, suffix: str) -> tuple[ReadOptions, Path]:
    options = ReadOptions(**READINGS[data[0] % len(READINGS)] if data else {})
    path = _SCRATCH / f"input{suffix}"
    path.write_bytes(data[1:MOST])
    return options, path


def _check(sentences: list[tuple[list[str], list[str]]]) -> None:
    """What was read without an error is text with clean IOB2."""
    for tokens, tags in sentences:
        assert len(tokens) == len(tags)
        assert "".join(tokens).encode() is not None
        assert not any(map(find_fault, tags)), tags
    assert not list(find_breaches([tags for _, tags in sentences], Scheme.IOB2))
