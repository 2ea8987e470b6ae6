"""The card of an exported dataset: YAML that `datasets` reads, prose and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tner_hf._version import __version__
from tner_hf.data.conversion import DOCUMENT_COLUMN, OFFSETS_COLUMN, TEXT_COLUMN
from tner_hf.data.corpora import Corpus, corpus, corpus_names
from tner_hf.data.record import CARD_KEY, DatasetRecord
from tner_hf.data.stats import SplitStats
from tner_hf.labels import LabelSpace
from tner_hf.report.columns import markdown_table

#: What further columns hold.
_MORE = {
    "corpus": "where the sentence comes from",
    DOCUMENT_COLUMN: "the document that it stands in",
    TEXT_COLUMN: "the text before it was split into words",
    OFFSETS_COLUMN: "where each word begins and ends in it",
}


@dataclass(frozen=True)
class CardConfig:
    """What a card says of one configuration.

    Attributes:
        folder: of its files, relative to the card.
        more: its columns beyond `id`, `tokens` and `ner_tags`, in order.
        sizes: split to its bytes in memory and on disk.
        checks: what comparing its splits found, a sentence each; None where nobody looked.
    """

    name: str
    folder: str
    space: LabelSpace
    more: tuple[str, ...]
    stats: Mapping[str, SplitStats]
    sizes: Mapping[str, tuple[int, int]]
    record: DatasetRecord
    checks: tuple[str, ...] | None = None


def render_dataset_card(
    name: str, configs: Sequence[CardConfig], *, address: str | None = None
) -> str:
    """The whole README.md of an exported dataset; `address` is its Hub id, if it has one."""
    sources = _corpora_of(configs)
    front = yaml.safe_dump(
        _front_matter(name, configs, sources), sort_keys=False, allow_unicode=True, width=1000
    )
    parts = [
        f"---\n{front}---",
        f"# {' + '.join(facts.title for facts in sources) or name}",
        _introduction(sources, dict.fromkeys(name for config in configs for name in config.more)),
        *(_sizes(config, of_several=len(configs) > 1) for config in configs),
        _labels(configs),
        _checks(configs),
        *(_provenance(facts) for facts in sources),
        _loading(configs, address or "path/of/this/folder"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def may_be_published(configs: Sequence[CardConfig]) -> bool:
    """Whether the licence of every named corpus in it lets anyone publish the dataset."""
    return all(facts.redistributable for facts in _corpora_of(configs))


def _corpora_of(configs: Sequence[CardConfig]) -> list[Corpus]:
    """The named corpora that the rows come from."""
    names = dict.fromkeys(n.partition("/")[0] for c in configs for n in c.record.annotated)
    return [corpus(name) for name in names if name in corpus_names()]


def _front_matter(
    name: str, configs: Sequence[CardConfig], sources: Sequence[Corpus]
) -> dict[str, Any]:
    licences = list(dict.fromkeys(facts.licence_id for facts in sources if facts.licence_id))
    languages = _languages(configs, sources)
    sentences = sum(split.sentences for config in configs for split in config.stats.values())
    front: dict[str, Any] = {
        "pretty_name": " + ".join(facts.title for facts in sources) or name,
        "language": languages,
        "license": licences[0] if len(licences) == 1 else licences,
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "tags": ["ner", "tner-hf"],
        "size_categories": [_size_category(sentences)],
        "configs": [_files(config, first=config is configs[0]) for config in configs],
        "dataset_info": [_dataset_info(config) for config in configs],
        CARD_KEY: {
            "may_be_published": may_be_published(configs),
            "records": {config.name: config.record.to_dict() for config in configs},
        },
    }
    return {key: value for key, value in front.items() if value != []}


def _languages(configs: Sequence[CardConfig], sources: Sequence[Corpus]) -> list[str]:
    """BCP 47 codes; of a corpus with a configuration for each language, only those exported."""
    found: dict[str, None] = {}
    for facts in sources:
        chosen = [n.partition("/")[2] for c in configs for n in c.record.annotated]
        exported = [language for language in facts.languages if language in chosen]
        found.update(dict.fromkeys(exported or facts.languages))
    return list(found)


def _size_category(sentences: int) -> str:
    """The Hub's word for a number of rows.

    >>> _size_category(5690)
    '1K<n<10K'
    """
    bounds = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M")]
    return next((word for bound, word in bounds if sentences < bound), "1M<n<10M")


def _files(config: CardConfig, *, first: bool) -> dict[str, Any]:
    files = [{"split": split, "path": f"{config.folder}/{split}-*"} for split in config.stats]
    out: dict[str, Any] = {"config_name": config.name, "data_files": files}
    return {**out, "default": True} if first and config.name != "default" else out


def _dataset_info(config: CardConfig) -> dict[str, Any]:
    names = {str(i): name for i, name in config.space.id2label.items()}
    features: list[dict[str, Any]] = [
        {"name": "id", "dtype": "string"},
        {"name": "tokens", "sequence": "string"},
        {"name": "ner_tags", "sequence": {"class_label": {"names": names}}},
    ]
    bounds = {"sequence": {"sequence": "int32"}}
    features += [
        {"name": name, **(bounds if name == OFFSETS_COLUMN else {"dtype": "string"})}
        for name in config.more
    ]
    return {
        "config_name": config.name,
        "features": features,
        "splits": [
            {"name": split, "num_bytes": size, "num_examples": config.stats[split].sentences}
            for split, (size, _) in config.sizes.items()
        ],
        "download_size": sum(on_disk for _, on_disk in config.sizes.values()),
        "dataset_size": sum(size for size, _ in config.sizes.values()),
    }


def _introduction(sources: Sequence[Corpus], more: Iterable[str]) -> str:
    parts = [f"{facts.title}: named entities in {facts.domain}." for facts in sources]
    parts.append(
        "Columns: `id`, `tokens` (words) and `ner_tags` (class labels in IOB2: `B-` starts an "
        "entity, `I-` continues it)"
        + "".join(f", `{name}` ({_MORE[name]})" for name in more if name in _MORE)
        + "."
    )
    text = " ".join(parts)
    if kept := [facts for facts in sources if not facts.redistributable]:
        names = ", ".join(f"{facts.title} ({facts.licence})" for facts in kept)
        text = (
            f"> **Do not publish this folder.** The licence does not let the converted text be "
            f"passed on: {names}. It is for use by those who have the corpus.\n\n{text}"
        )
    return text


def _sizes(config: CardConfig, *, of_several: bool) -> str:
    types = config.space.types
    rows = [
        [split, s.sentences, s.tokens, s.entities, *(s.types.get(t, 0) for t in types)]
        for split, s in config.stats.items()
    ]
    head = f"## {config.name}" if of_several else "## Size"
    return f"{head}\n\n{_table(['split', 'sentences', 'tokens', 'entities', *types], rows)}"


def _labels(configs: Sequence[CardConfig]) -> str:
    """The types of each corpus, and what became of the native ones."""
    annotated = {n: types for config in configs for n, types in config.record.annotated.items()}
    mapped = {
        native: unified
        for config in configs
        if config.record.unification
        for native, unified in config.record.unification.mapped.items()
    }
    rows = [[name, ", ".join(f"`{t}`" for t in types)] for name, types in annotated.items()]
    text = f"## Entity types\n\n{_table(['corpus', 'types it annotates'], rows)}"
    if len(annotated) > 1 and any("corpus" in config.more for config in configs):
        text += (
            "\n\nA type that a corpus does not annotate may occur in its text all the same: there "
            "`O` says nothing about it."
        )
    if mapped:
        renamed = [[f"`{native}`", f"`{unified}`"] for native, unified in mapped.items()]
        text += f"\n\n{_table(['type of the authors', 'unified type'], renamed)}"
    notes = dict.fromkeys(note for config in configs for note in config.record.notes)
    return text + "".join(f"\n\nNote: {note}." for note in notes)


def _checks(configs: Sequence[CardConfig]) -> str:
    """What was looked at when the dataset was built, and what a reader must know of it."""
    if any(config.checks is None for config in configs):
        return ""
    several = len(configs) > 1
    found = [
        f"- {f'{config.name}, ' if several else ''}{sentence}"
        for config in configs
        for sentence in config.checks or ()
    ]
    return (
        "## Checks\n\nEvery sentence has as many tags as words, and every `I-` tag continues an "
        "entity of its type. The splits were compared with each other: recurring sentences, "
        "shares of the entity types, lengths.\n\n" + ("\n".join(found) or "Nothing was found.")
    )


def _provenance(facts: Corpus) -> str:
    files = [f"- `{file}`: {' or '.join(addresses)}" for file, addresses in facts.sources.items()]
    source = "\n".join(files) if files else facts.how_to_get
    return (
        f"## {facts.title}: source, licence, citation\n\n"
        f"Home: {facts.homepage}\n\nLicence: {facts.licence}\n\n{source}\n\n"
        f"```bibtex\n{facts.citation.strip()}\n```"
    )


def _loading(configs: Sequence[CardConfig], address: str) -> str:
    config = f', "{configs[0].name}"' if len(configs) > 1 else ""
    return (
        "## Use\n\n```python\nfrom datasets import load_dataset\n\n"
        f'dataset = load_dataset("{address}"{config})\n'
        'names = dataset["train"].features["ner_tags"].feature.names\n```\n\n'
        f"Built by tner-hf {__version__} from the files of the authors."
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [[_cell(cell) for cell in row] for row in (header, *rows)]
    return markdown_table(cells, text_columns=len(header))


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
