"""What a card can say of the data: named corpora, Hub ids, and files of the user's own."""

from __future__ import annotations

from pathlib import Path

from tner_hf.data.corpora import Corpus, corpus, corpus_names
from tner_hf.data.own_files import DATA_SUFFIXES
from tner_hf.data.sources import is_hub_id
from tner_hf.labels import SHIPPED
from tner_hf.predictions.names import name_place
from tner_hf.publishing.cards.facts import TrainedCorpus


def find_corpus(name: str) -> tuple[Corpus, str | None] | None:
    """The declarations behind `wnut2017` or `wikiann/ja`, and the configuration; None if unknown.

    >>> facts, config = find_corpus("wikiann/ja")
    >>> facts.title, config
    ('WikiAnn', 'ja')
    """
    first, _, config = name.partition("/")
    if first not in corpus_names():
        return None
    facts = corpus(first)
    return (facts, config or None) if not config or config in facts.configs else None


def describe_corpus(name: str, *, types: tuple[str, ...], label_map: str | None) -> TrainedCorpus:
    """What a card says of a corpus that a model was trained on."""
    found = find_corpus(name)
    if found is None:
        return TrainedCorpus(name, name)
    facts, config = found
    # Another map than a shipped one is known by its version only.
    shipped = SHIPPED.get(label_map or "")
    own = shipped.for_corpus(facts.name) if shipped else None
    mapping = {native: own.map_type(native) for native in facts.types_of(config)} if own else {}
    return TrainedCorpus(
        name=name,
        title=f"{facts.title} ({config})" if config else facts.title,
        domain=facts.domain or None,
        languages=languages_of(facts, config),
        licence=facts.licence or None,
        homepage=facts.homepage or None,
        citation=facts.citation.strip() or None,
        types={native: unified for native, unified in mapping.items() if unified in types},
    )


def find_public_id(name: str) -> str | None:
    """What the Hub calls a corpus; None for data of somebody's own.

    >>> find_public_id("wikiann/ja"), find_public_id("org/notes"), find_public_id("my letters")
    ('wikiann', 'org/notes', None)
    """
    if name.partition("/")[0] in corpus_names():
        return name.partition("/")[0]
    return name if is_hub_id(name) else None


def languages_of(facts: Corpus, config: str | None) -> tuple[str, ...]:
    """The languages of a configuration: its own where there is one for each language."""
    if len(facts.languages) == 1:
        return facts.languages
    chosen = config or facts.configs[0]
    return (chosen,) if chosen in facts.languages else ()


def name_dataset(given: str) -> tuple[str, str | None, str, bool]:
    """A dataset as an evaluation names it: identifier, configuration, title, whether published.

    Paths, which earlier versions wrote down, stay private: of a file its stem is told.

    >>> name_dataset("wikiann/ja")
    ('wikiann', 'ja', 'WikiAnn (ja)', True)
    >>> name_dataset("/home/ada/notes/test.txt")
    ('test', None, 'test', False)
    >>> name_dataset("/home/ada/notes")
    ('dataset', None, 'dataset', False)
    >>> name_dataset("org/notes")
    ('org/notes', None, 'org/notes', True)
    """
    if found := find_corpus(given):
        facts, config = found
        return facts.name, config, f"{facts.title} ({config})" if config else facts.title, True
    if " + " in given or ", " in given:
        parts = given.replace(", ", " + ").split(" + ")
        return (name := " + ".join(name_dataset(part)[0] for part in parts)), None, name, False
    is_place = "/" in given or Path(given).suffix in DATA_SUFFIXES
    parts = (name_place(given) if is_place else given).split("/")
    if len(parts) not in (2, 3):
        name = "/".join(parts)
        return name, None, name, False
    identifier, config = "/".join(parts[:2]), parts[2] if len(parts) == 3 else None
    return identifier, config, f"{identifier} ({config})" if config else identifier, True
