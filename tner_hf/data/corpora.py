"""The named corpora: their loading scripts, and what those declare.

A corpus is one script in `dataset_scripts/<corpus>/<corpus>.py`, installed as
`tner_hf.dataset_scripts`. This module finds it, builds it and reads its declarations.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tner_hf.errors import DataError, SourceError, UnknownNameError
from tner_hf.plain import Stored

if TYPE_CHECKING:
    from datasets import DatasetBuilder

_SCRIPTS = "tner_hf.dataset_scripts"

#: Corpus name to the class of its loading script: those of the T-NER paper in its order, then ours.
CORPORA: dict[str, str] = {
    "ontonotes5": "Ontonotes5",
    "conll2003": "Conll2003",
    "wnut2017": "Wnut2017",
    "wikiann": "Wikiann",
    "fin": "Fin",
    "bionlp2004": "Bionlp2004",
    "bc5cdr": "Bc5cdr",
    "mit_restaurant": "MitRestaurant",
    "mit_movie_trivia": "MitMovieTrivia",
    "mit_movie": "MitMovie",
    "uner": "Uner",
    "masakhaner": "Masakhaner",
    "crossner": "Crossner",
    "btc": "Btc",
    "ncbi_disease": "NcbiDisease",
    "conll2002": "Conll2002",
    "kind": "Kind",
    "harveyner": "Harveyner",
    "hipe2020": "Hipe2020",
    "lener_br": "LenerBr",
    "bc2gm": "Bc2gm",
    "sample": "Sample",
}


@dataclass(frozen=True)
class Counts:
    """How large a split is."""

    sentences: int
    tokens: int
    entities: int


@dataclass(frozen=True)
class Corpus(Stored):
    """What a loading script declares of its corpus.

    Attributes:
        name: the name that `load_dataset` takes.
        folder: its folder under the mirror root `TNER_HF_SOURCES`.
        domain: what kind of text it is.
        languages: BCP 47 codes, over all configurations.
        configs: configurations, the default one first.
        licence_id: its licence as the Hub writes it.
        redistributable: whether the licence lets anyone publish the converted corpus.
        types: native entity type to unified type, in label order, over all configurations.
        config_types: configuration to its part of `types`, where configurations differ in types.
        sources: file of the original distribution to its addresses.
        how_to_get: for a licensed corpus, what to get and from whom.
        counts: configuration to split to counts, for the configurations whose counts are known.
        paper: sentences per split in Table 1 of the T-NER paper.
        paper_note: why `paper` and `counts` differ, where they do.
    """

    name: str
    folder: str
    title: str
    domain: str
    languages: tuple[str, ...]
    configs: tuple[str, ...]
    licence: str
    licence_id: str
    redistributable: bool
    homepage: str
    citation: str
    types: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    how_to_get: str = ""
    counts: Mapping[str, Mapping[str, Counts]] = field(default_factory=dict)
    paper: Mapping[str, int] = field(default_factory=dict)
    paper_note: str = ""
    config_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def types_of(self, config: str | None) -> Mapping[str, str]:
        """Native entity type to unified type of one configuration, the default one for `None`.

        Raises:
            UnknownNameError: the corpus has no such configuration.
        """
        if config is not None and config not in self.configs:
            raise UnknownNameError(f"configuration of {self.name}", config, self.configs)
        return self.config_types.get(config or self.configs[0], self.types)


def corpus_names() -> tuple[str, ...]:
    """The names of the corpora, in the order of the paper.

    >>> corpus_names()[:3]
    ('ontonotes5', 'conll2003', 'wnut2017')
    """
    return tuple(CORPORA)


def corpus(name: str) -> Corpus:
    """What the loading script of a corpus declares.

    Raises:
        UnknownNameError: no corpus has this name.
    """
    script = _script_class(name)
    default = script.DEFAULT_CONFIG_NAME
    configs = [config.name for config in script.BUILDER_CONFIGS]
    return Corpus(
        name=name,
        folder=script.FOLDER,
        title=script.TITLE,
        domain=script.DOMAIN,
        languages=tuple(script.LANGUAGES),
        configs=tuple(sorted(configs, key=lambda config: config != default)),
        licence=script.LICENSE,
        licence_id=script.LICENSE_ID,
        redistributable=script.REDISTRIBUTABLE,
        homepage=script.HOMEPAGE,
        citation=script.CITATION,
        types=dict(script.TYPES),
        sources={file: source.urls for file, source in script.DOWNLOADS.items()},
        how_to_get=script.HOW_TO_GET,
        counts={
            config: {split: Counts(*counts) for split, counts in splits.items()}
            for config, splits in script.COUNTS.items()
        },
        paper=dict(script.PAPER),
        paper_note=script.PAPER_NOTE,
        config_types=script.CONFIG_TYPES,
    )


def load_builder(
    name: str,
    config: str | None = None,
    *,
    native: bool = False,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    **options: Any,
) -> DatasetBuilder:
    """The `datasets` builder of a corpus, not yet prepared.

    Raw files that are not in `data_dir` come from the mirror root `TNER_HF_SOURCES`, or from their
    canonical address. Other arguments are those of `load_dataset`, and of the builder.

    Raises:
        UnknownNameError: no corpus or configuration has this name.
    """
    script = _script_class(name)
    known = [known_config.name for known_config in script.BUILDER_CONFIGS]
    if config is not None and config not in known:
        raise UnknownNameError(f"configuration of {name}", config, known)
    if native:
        options["native"] = True  # only then, so that the plain cache entry keeps its plain name
    return script(
        cache_dir=str(cache_dir) if cache_dir is not None else None,
        config_name=config,
        data_dir=str(data_dir) if data_dir is not None else None,
        hash=hash_script(name),
        base_path=str(Path(str(sys.modules[f"{_SCRIPTS}.{name}.{name}"].__file__)).parent),
        **options,
    )


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn what a loading script raises, however `datasets` wraps it, into errors of this package.

    Scripts know nothing of `tner_hf`: they raise an `OSError` where raw files are missing,
    unreachable or damaged and `ValueError` where they are malformed.
    """
    from datasets.exceptions import DatasetGenerationError

    try:
        yield
    except (DatasetGenerationError, OSError) as error:
        cause = error.__cause__ if isinstance(error, DatasetGenerationError) else error
        if isinstance(cause, OSError):
            raise SourceError(str(cause)) from error
        if isinstance(cause, ValueError):
            raise DataError(str(cause)) from error
        raise


def _script_class(name: str) -> type[Any]:
    if name not in CORPORA:
        raise UnknownNameError("corpus", name, CORPORA)
    _find_scripts()
    module = importlib.import_module(f"{_SCRIPTS}.{name}.{name}")
    script: type[Any] = getattr(module, CORPORA[name])
    return script


def _find_scripts() -> ModuleType:
    """The package of loading scripts: installed, or in the checkout this module runs from."""
    try:
        return importlib.import_module(_SCRIPTS)
    except ModuleNotFoundError as error:
        if error.name != _SCRIPTS:
            raise
    folder = Path(__file__).resolve().parents[2] / "dataset_scripts"
    if not folder.is_dir():
        raise SourceError(
            f"the loading scripts are not there: neither the package {_SCRIPTS} nor {folder}; "
            "install tner-hf again"
        )
    spec = importlib.util.spec_from_file_location(
        _SCRIPTS, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise SourceError(f"{folder} is no Python package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[_SCRIPTS] = package
    spec.loader.exec_module(package)
    return package


def hash_script(name: str) -> str:
    """A digest of the script and what it shares: the cache forgets what older ones have built."""
    _script_class(name)
    digest = hashlib.sha256()
    package = f"{_SCRIPTS}.{name}."
    for module in sorted(module for module in sys.modules if module.startswith(package)):
        digest.update(Path(str(sys.modules[module].__file__)).read_bytes())
    return digest.hexdigest()[:16]
