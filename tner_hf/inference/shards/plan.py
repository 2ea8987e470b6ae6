"""What a job is: its inputs by content, its model, its settings, and the shards they come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf._version import __version__
from tner_hf.errors import DataError, SettingError
from tner_hf.files import read_json, write_json
from tner_hf.formats.csv_texts import TEXT
from tner_hf.inference.shards.answering import MOST_CHARACTERS
from tner_hf.inference.shards.columns import join_schemas, with_entities
from tner_hf.inference.shards.rows import choose_column
from tner_hf.inference.shards.shard import Facts, Part, Shard, Source, name_shards
from tner_hf.inference.shards.tables import DatasetSource, ParquetSource
from tner_hf.inference.shards.writing import OutputFormat

if TYPE_CHECKING:
    import pyarrow as pa

#: What the whole is, and how far it has got; written first and last.
MANIFEST = "manifest.json"
#: Version of the manifest.
FORMAT = 1


@dataclass(frozen=True)
class TagSettings:
    """What changes the output, besides inputs and model.

    Attributes:
        output_format: of the shards.
        text_column: of texts or lists of words; None for `text`, `tokens` or `words`.
        entity_column: what the entities are called.
        shard_bytes: bytes of text of a shard, about.
        most_characters: of a text that is tagged; a longer one is listed with the errors.
    """

    output_format: OutputFormat = "parquet"
    text_column: str | None = None
    entity_column: str = "entities"
    shard_bytes: int = 4 << 20
    most_characters: int = MOST_CHARACTERS

    def __post_init__(self) -> None:
        for name in ("shard_bytes", "most_characters"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name}={getattr(self, name)}; accepted: at least 1")
        if not self.entity_column:
            raise SettingError("entity_column=''; accepted: the name of a column")


@dataclass(frozen=True)
class Plan:
    """A job before it is done.

    The model is what `ModelSpec.identify` says, the schema that of the output, serialised.
    """

    settings: TagSettings
    model: Mapping[str, Any]
    inputs: tuple[Facts, ...]
    shards: tuple[Shard, ...]
    schema: bytes

    def differences(self, stored: Mapping[str, Any]) -> list[str]:
        """Why a stored manifest is not of this job; empty where it is."""
        return list(_compare(stored, self.identity()))

    def identity(self) -> dict[str, Any]:
        """What the job is, as the manifest has it."""
        return {
            "inputs": [asdict(facts) for facts in self.inputs],
            "model": dict(self.model),
            "settings": asdict(self.settings),
        }


def make_plan(sources: Sequence[Source], model: Mapping[str, Any], settings: TagSettings) -> Plan:
    """Read all inputs once, for their content, their shards and the types of their columns.

    Raises:
        DataError: an input that cannot be read, has no text, or a column of the entities' name.
    """
    parts: dict[int, list[Part]] = {}
    inputs: list[Facts] = []
    schemas: list[tuple[str, pa.Schema]] = []
    for number, source in enumerate(sources):
        facts, parts[number] = source.cut(settings.shard_bytes)
        inputs.append(facts)
        if parts[number] or isinstance(source, ParquetSource | DatasetSource):
            schemas.append((source.name, _find_schema(source, parts[number], settings)))
    shards = name_shards(parts)
    if not shards:
        names = ", ".join(source.name for source in sources[:5])
        raise DataError(f"{names}: no text in {'them' if len(sources) > 1 else 'it'}")
    facts_of_all = {"model": dict(model), "settings": asdict(settings), "tner_hf": __version__}
    schema = with_entities(
        join_schemas(schemas),
        settings.entity_column,
        json.dumps(facts_of_all, ensure_ascii=False, sort_keys=True).encode(),
    )
    serialised: bytes = schema.serialize().to_pybytes()
    return Plan(settings, model, tuple(inputs), tuple(shards), serialised)


def read_schema(serialised: bytes) -> pa.Schema:
    """The schema of the output, as a plan holds it."""
    import pyarrow as pa

    return pa.ipc.read_schema(pa.BufferReader(serialised))


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder, None where there is none.

    Raises:
        DataError: it is damaged, or of another version.
    """
    stored: dict[str, Any] | None = read_json(folder / MANIFEST)
    if stored is None:
        return None
    parts = {"inputs": list, "model": dict, "settings": dict, "shards": list}
    if stored.get("format") != FORMAT or not all(
        isinstance(stored.get(name), kind) for name, kind in parts.items()
    ):
        raise DataError(
            f"{folder / MANIFEST} is no manifest that this version reads; choose another "
            "--output_dir, or move it away"
        )
    return stored


def write_manifest(folder: Path, plan: Plan, more: Mapping[str, Any]) -> None:
    """Write the manifest; `more` says how far the job has got."""
    write_json(
        folder / MANIFEST, {"format": FORMAT, "tner_hf": __version__, **plan.identity(), **more}
    )


def _find_schema(source: Source, parts: list[Part], settings: TagSettings) -> pa.Schema:
    """The columns of a source that go along."""
    import pyarrow as pa

    is_table = isinstance(source, ParquetSource | DatasetSource)
    if settings.output_format == "jsonl" and not is_table:
        return pa.schema([])  # each object as it is
    schema = source.schema(parts)
    if settings.entity_column in schema.names:
        raise DataError(
            f"{source.name} has a column {settings.entity_column!r} already; name ours with "
            "--entity_column"
        )
    if settings.output_format == "jsonl":
        for field in schema:
            if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
                raise DataError(
                    f"{source.name}: column {field.name!r} holds {field.type}, which JSON lines "
                    "cannot; write Parquet"
                )
    column = choose_column(schema.names, getattr(source, "column", None))
    kind = None if column is None else schema.field(column).type
    if TEXT not in schema.names and (kind is None or not _is_text(kind)):
        schema = schema.append(pa.field(TEXT, pa.string()))
    return schema


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner))


def _compare(stored: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for part, called in (("settings", ""), ("model", "the model's ")):
        before, after = stored[part], now[part]
        for name in dict.fromkeys((*after, *before)):
            if before.get(name) != after.get(name):
                yield (f"{called}{name} was {before.get(name)!r} and is now {after.get(name)!r}")
    before, after = ({each["name"]: each for each in side["inputs"]} for side in (stored, now))
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name} was an input and is none now"
        elif name not in before:
            yield f"{name} is an input and was none"
        elif before[name] != after[name]:
            yield f"{name} was {Facts(**before[name])} and is now {Facts(**after[name])}"
    if [*before] != [*after] and before.keys() == after.keys():
        yield "the inputs come in another order"
