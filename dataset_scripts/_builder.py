"""What the loading scripts share: declare a corpus, find its raw files, write Arrow tables.

Every corpus folder holds links to this file and to `_raw.py`, because `datasets` 3.6 copies a
script together with the files beside it that the script itself imports: each script must name both.
For the same reason these modules know nothing of `tner_hf`.

A script declares its corpus in class attributes and turns raw files into sentences::

    from ._builder import CorpusBuilder
    from ._raw import read_columns

    class MyCorpus(CorpusBuilder):
        FILES = {"train": ("corpus.zip::train.txt",)}

        def read_sentences(self, raw):
            return read_columns(raw, self.native_tags)
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

import datasets
import numpy as np
import pyarrow as pa

from ._raw import MOST_BYTES, RawFile, Sentence, Sentences

#: A mirror root: `<root>/<corpus>/<file name of the canonical download>`.
SOURCES_VARIABLE = "TNER_HF_SOURCES"

#: Bytes of a raw file for each token of the largest split, generously.
_BYTES_A_TOKEN = 1024

#: Sentences that are held as Python objects at once.
BATCH = 1000

#: `datasets` 4 renamed the list feature; `Sequence` stays for 3.6.
_ListFeature = getattr(datasets, "List", datasets.Sequence)


@dataclass(eq=False)
class CorpusConfig(datasets.BuilderConfig):
    """A configuration of a corpus.

    Attributes:
        native: keep the corpus's own entity types instead of the unified ones.
    """

    version: str = "1.0.0"
    native: bool = False


@dataclass(frozen=True)
class Download:
    """Where a file of the original distribution comes from.

    Attributes:
        urls: the canonical address, then mirrors.
        sha256: checksum of the file, empty where it is not known.
        members: checksum of each file that is read out of an archive, by its place in it
            (`train.txt`, `en.tar.gz::train`).
    """

    urls: tuple[str, ...]
    sha256: str = ""
    members: Mapping[str, str] = field(default_factory=dict)


def read_table(
    table: str,
) -> tuple[dict[str, dict[str, tuple[int, int, int]]], dict[tuple[str, str], str]]:
    """What is known of each file of a corpus with many configurations.

    Args:
        table: the name of a configuration on a line of its own, then a line for each of its splits:
            its name, its sentences, tokens and entities, and the checksum of its file.

    Returns:
        `COUNTS`, and the checksums by configuration and split.
    """
    counts, checksums, config = {}, {}, ""
    for cells in map(str.split, table.strip().split("\n")):
        if len(cells) == 1:
            config = cells[0]
            continue
        split, *sizes, sha256 = cells
        counts.setdefault(config, {})[split] = tuple(map(int, sizes))
        checksums[config, split] = sha256
    return counts, checksums


def to_iob2(labels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """IOB1, IO or IOB2 labels as IOB2, by the conlleval rule; touching entities stay apart.

    An `I-x` after `O`, after another type or at the start of a sentence begins an entity.

    Args:
        labels: ids in the order `O`, `B-x`, `I-x`, ...; shape [tokens].
        starts: index of each sentence's first token; shape [sentences].
    """
    types = (labels + 1) // 2
    before = np.roll(types, 1)
    before[starts] = 0
    inside = (labels > 0) & (labels % 2 == 0)
    return labels - (inside & (types != before))


# Both bases on purpose: examples come from a generator, and the Arrow half writes them by the
# batch. The example-by-example path of `GeneratorBasedBuilder` encodes every label on its own and
# is many times slower.
class CorpusBuilder(datasets.ArrowBasedBuilder, datasets.GeneratorBasedBuilder):
    """A NER corpus: columns `id`, `tokens` and `ner_tags`, IOB2, and `doc_id` where it is known.

    Attributes:
        FOLDER: the corpus's folder under the mirror root.
        TITLE: the corpus's name in prose.
        DOMAIN: what kind of text it is.
        LANGUAGES: BCP 47 codes.
        LICENSE: the licence in words.
        LICENSE_ID: the licence as the Hub writes it.
        REDISTRIBUTABLE: whether that licence lets anyone publish the converted corpus.
        HOMEPAGE: where the authors present it.
        CITATION: BibTeX.
        TYPES: native entity type to unified type, in label order, over all configurations.
        CONFIG_TYPES: configuration to its part of `TYPES`, where configurations differ in types.
        HAS_DOCUMENTS: whether sentences come with the id of their document.
        FILES: split to the places where its raw file may be (`file`, or `archive::member`).
        DOWNLOADS: file to its address; a file without one must be brought by the user.
        HOW_TO_GET: for a licensed corpus, what to get and from whom.
        COUNTS: configuration to split to (sentences, tokens, entities).
        PAPER: sentences per split in Table 1 of the T-NER paper.
        PAPER_NOTE: why `PAPER` and `COUNTS` differ, where they do.
    """

    BUILDER_CONFIG_CLASS = CorpusConfig
    BUILDER_CONFIGS: ClassVar[list[CorpusConfig]] = [CorpusConfig("default")]
    DEFAULT_CONFIG_NAME = "default"

    FOLDER: ClassVar[str]
    TITLE: ClassVar[str]
    DOMAIN: ClassVar[str]
    LANGUAGES: ClassVar[tuple[str, ...]] = ("en",)
    LICENSE: ClassVar[str]
    LICENSE_ID: ClassVar[str]
    REDISTRIBUTABLE: ClassVar[bool]
    HOMEPAGE: ClassVar[str]
    CITATION: ClassVar[str]
    TYPES: ClassVar[dict[str, str]]
    CONFIG_TYPES: ClassVar[dict[str, dict[str, str]]] = {}
    HAS_DOCUMENTS: ClassVar[bool] = False
    FILES: ClassVar[dict[str, tuple[str, ...]]] = {}
    DOWNLOADS: ClassVar[dict[str, Download]] = {}
    HOW_TO_GET: ClassVar[str] = ""
    COUNTS: ClassVar[dict[str, dict[str, tuple[int, int, int]]]] = {}
    PAPER: ClassVar[dict[str, int]] = {}
    PAPER_NOTE: ClassVar[str] = ""

    # `GeneratorBasedBuilder` of 3.6 would pass an argument that the Arrow half does not take.
    _download_and_prepare = datasets.DatasetBuilder._download_and_prepare

    def read_sentences(self, raw: RawFile) -> Sentences | Iterable[Sentence]:
        """The sentences of a split in native tags (IOB1, IO or IOB2), in columns or one by one."""
        raise NotImplementedError

    def files(self) -> dict[str, tuple[str, ...]]:
        """Split to places, as in `FILES`; for a script whose files depend on `self.config`."""
        return self.FILES

    @property
    def types(self) -> dict[str, str]:
        """Native to unified type of this configuration, in label order."""
        return self.CONFIG_TYPES.get(self.config.name, self.TYPES)

    @property
    def has_documents(self) -> bool:
        """As `HAS_DOCUMENTS`; for a script where that depends on `self.config`."""
        return self.HAS_DOCUMENTS

    @property
    def native_tags(self) -> tuple[str, ...]:
        """`O`, then `B-x` and `I-x` of each native type."""
        return _tags_of(self.types)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The names of the labels that are written."""
        return self.native_tags if self.config.native else _tags_of(self.types.values())

    def _info(self) -> datasets.DatasetInfo:
        features = {
            "id": datasets.Value("string"),
            "tokens": _ListFeature(datasets.Value("string")),
            "ner_tags": _ListFeature(datasets.ClassLabel(names=list(self.tag_names))),
        }
        if self.has_documents:
            features["doc_id"] = datasets.Value("string")
        return datasets.DatasetInfo(
            description=f"{self.TITLE}: named entities in {self.DOMAIN}.",
            features=datasets.Features(features),
            homepage=self.HOMEPAGE,
            license=self.LICENSE,
            citation=self.CITATION,
        )

    # Where raw files come from

    def _create_builder_config(self, *args: Any, **kwargs: Any) -> tuple[CorpusConfig, str]:
        """The configuration, its id marked by the local raw files: an edit is a new cache entry."""
        # set before `__init__` does it, because the files may depend on it
        self.config, config_id = super()._create_builder_config(*args, **kwargs)
        marks = [
            f"{os.path.basename(path)} {status.st_size} {status.st_mtime_ns}"
            for path in self.local_paths()
            for status in [os.stat(path)]
        ]
        if marks:
            config_id += "@" + hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]
        return self.config, config_id

    def local_paths(self) -> Iterable[str]:
        """Every local file that a build would read, in a stable order."""
        found = (self.find(places) for places in self.files().values())
        return sorted({raw.path for raw in found if raw})

    def roots(self) -> list[str]:
        """The folders to look in: those under `data_dir`, else the one under the mirror root."""
        if self.config.data_dir:
            folder = os.path.expanduser(self.config.data_dir)
            return [folder, os.path.join(folder, self.FOLDER)]
        root = os.environ.get(SOURCES_VARIABLE)
        return [os.path.join(os.path.expanduser(root), self.FOLDER)] if root else []

    def find(self, places: Sequence[str]) -> RawFile | None:
        """The local raw file at the first place that exists; archives may be unpacked."""
        for root in self.roots():
            for place in places:
                file, *members = place.split("::")
                spots = [(file, members)]
                if members:
                    unpacked, rest = members[0], members[1:]
                    spots += [(unpacked, rest), (os.path.basename(unpacked), rest)]
                for name, inner in spots:
                    if os.path.isfile(path := os.path.join(root, name)):
                        return RawFile(path, tuple(inner), self.most_bytes)
        return None

    @property
    def most_bytes(self) -> int:
        """What a file in an archive may unpack to, by the declared size of its split."""
        declared = self.COUNTS.get(self.config.name, {}).values()
        return max(MOST_BYTES, _BYTES_A_TOKEN * max((size[1] for size in declared), default=0))

    def find_changed(self) -> list[str]:
        """The local raw files whose checksum is known and another one."""
        found = ((self.find(places), places) for places in self.files().values())
        changed = (self._find_changed(raw, places) for raw, places in found if raw)
        return list(dict.fromkeys(where for where in changed if where))

    def _find_changed(self, raw: RawFile, places: Sequence[str]) -> str:
        """Where a raw file is no original, empty if it is one, in whatever archive it came."""
        name, told = os.path.basename(raw.path), []
        for place in places:
            file, *members = place.split("::")
            download, whole = self.DOWNLOADS.get(file), name == os.path.basename(file)
            if download is None or not (whole or name == os.path.basename("".join(members[:1]))):
                continue
            told += [(raw, download.members.get("::".join(members)))]
            told += [(RawFile(raw.path), download.sha256)] if whole else []
        expected = [(file, sha256) for file, sha256 in told if sha256]
        if not expected or any(_digest(file) == sha256 for file, sha256 in expected):
            return ""
        return expected[0][0].where

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"raw": self.fetch(places, dl_manager)})
            for split, places in self.files().items()
        ]

    def fetch(self, places: Sequence[str], dl_manager: Any) -> RawFile:
        """The raw file, local or downloaded.

        Raises:
            FileNotFoundError: it is in none of the local places and may not be downloaded.
            ConnectionError: its address cannot be reached or sends other bytes than it used to.
        """
        if found := self.find(places):
            return found
        for place in places:
            file, *members = place.split("::")
            if file in self.DOWNLOADS and not self.config.data_dir:
                path = self._download(file, dl_manager)
                return RawFile(path, tuple(members), self.most_bytes)
        raise FileNotFoundError(self._describe_missing(places))

    def _describe_missing(self, places: Sequence[str]) -> str:
        names = " or ".join(
            place.replace("::", " (holding ") + ")" * place.count("::") for place in places
        )
        roots = self.roots()
        looked = f" Looked in {', '.join(roots)}." if roots else ""
        how = self.HOW_TO_GET or "Without data_dir it is downloaded."
        return (
            f"{self.TITLE}: {names} is not there.{looked} {how} Put it into a folder and name "
            f"that: data_dir=<folder>, or {SOURCES_VARIABLE}=<root> for <root>/{self.FOLDER}/."
        )

    def _download(self, file: str, dl_manager: Any) -> str:
        download, failures = self.DOWNLOADS[file], []
        for url in download.urls:
            try:
                path = dl_manager.download(url)
            except Exception as error:  # fsspec, aiohttp and hub clients each raise their own kinds
                failures.append(f"{url} ({type(error).__name__}: {error})")
            else:
                if not dl_manager.is_streaming:
                    _verify(download, url, path)
                return path
        raise ConnectionError(
            f"{self.TITLE}: {file} cannot be downloaded from {' or '.join(failures)}. Fetch it by "
            f"other means into a folder and name that: data_dir=<folder>, or "
            f"{SOURCES_VARIABLE}=<root> for <root>/{self.FOLDER}/{file}."
        )

    # Sentences to Arrow

    def _generate_tables(self, **raw: Any) -> Iterator[tuple[int, pa.Table]]:
        number = 0
        for sentences in self._batch(self.read_sentences(**raw)):
            yield number, self._to_table(sentences, number)
            number += len(sentences)
        if not number:
            raise ValueError(f"{self.TITLE}: no sentence in {raw}")

    def _generate_examples(self, **raw: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        for _, table in self._generate_tables(**raw):
            for row in table.to_pylist():
                yield row["id"], row

    def _batch(self, sentences: Sentences | Iterable[Sentence]) -> Iterator[Sentences]:
        if isinstance(sentences, Sentences):
            sentences = [sentences] if len(sentences) else []
            yield from sentences
            return
        one_by_one = iter(sentences)
        while batch := list(islice(one_by_one, BATCH)):
            yield Sentences.of(batch, self.native_tags)

    def _to_table(self, sentences: Sentences, first: int) -> pa.Table:
        """Sentences in Arrow; where they have no id of their own, ids count on from `first`."""
        offsets = pa.array(sentences.offsets)
        labels = self._written_labels()[self.native_labels(sentences)]
        numbers = pa.array(np.arange(first, first + len(sentences)))
        ids = pa.array(sentences.ids) if sentences.ids else numbers.cast(pa.string())
        columns = {
            "id": ids,
            "tokens": pa.ListArray.from_arrays(offsets, sentences.tokens),
            "ner_tags": pa.ListArray.from_arrays(offsets, pa.array(labels)),
        }
        if self.has_documents:
            columns["doc_id"] = pa.array(sentences.documents, pa.string())
        return pa.table(columns)

    def native_labels(self, sentences: Sentences) -> np.ndarray:
        """The native labels in IOB2; shape [tokens]."""
        return to_iob2(sentences.labels, sentences.offsets[:-1])

    def _written_labels(self) -> np.ndarray:
        """The label to write for each native label; shape [native labels]."""
        written = {tag: label for label, tag in enumerate(self.tag_names)}
        tags = self.native_tags if self.config.native else map(self._unify, self.native_tags)
        return np.array([written[tag] for tag in tags])

    def _unify(self, tag: str) -> str:
        prefix, hyphen, native = tag.partition("-")
        return f"{prefix}-{self.TYPES[native]}" if hyphen else tag


def _tags_of(types: Iterable[str]) -> tuple[str, ...]:
    return ("O", *(f"{prefix}-{name}" for name in dict.fromkeys(types) for prefix in "BI"))


def _digest(raw: RawFile) -> str:
    if raw.members:
        return hashlib.sha256(raw.read_bytes()).hexdigest()
    with open(raw.path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verify(download: Download, url: str, path: str) -> None:
    expected = (
        {RawFile(path): download.sha256}
        if download.sha256
        else {
            RawFile(path, tuple(name.split("::"))): sha256
            for name, sha256 in download.members.items()
        }
    )
    for raw, sha256 in expected.items():
        actual = _digest(raw)
        if actual != sha256:
            name = "::".join((url, *raw.members))
            raise ConnectionError(
                f"{name} has sha256 {actual}, not {sha256}: the file has changed or the download "
                f"broke. Try download_mode='force_redownload', or bring a copy of the original "
                f"(data_dir=<folder>)."
            )
