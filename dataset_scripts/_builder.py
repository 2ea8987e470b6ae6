"""What the loading scripts of this folder share: find raw files, read them, write Arrow tables.

Every corpus folder holds a link to this file, because `datasets` 3.6 copies a script together with
the files beside it that it imports. For the same reason this module knows nothing of `tner_hf`.

A script declares its corpus in class attributes and turns raw files into sentences::

    class MyCorpus(CorpusBuilder):
        FILES = {"train": ("corpus.zip::train.txt",)}

        def read_sentences(self, raw):
            yield from read_columns(raw, tags=self.native_tags)
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO, ClassVar

import datasets
import numpy as np
import pyarrow as pa

#: A mirror root: `<root>/<corpus>/<file name of the canonical download>`.
SOURCES_VARIABLE = "TNER_HF_SOURCES"

#: Sentences per Arrow record batch, the writer's own default: small enough for random access.
BATCH = 1000

#: A sentence break: one or more lines that are empty after `str.strip`.
_BREAK = re.compile(r"(?:\n[^\S\n]*)+\n")
_BLANKS = re.compile(r"[ \t]+")

#: `datasets` 4 renamed the list feature; `Sequence` stays for 3.6.
_ListFeature = getattr(datasets, "List", datasets.Sequence)

Sentence = tuple[Sequence[str], Sequence[str]]


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
        members: checksum of each file that is read out of an archive.
    """

    urls: tuple[str, ...]
    sha256: str = ""
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawFile:
    """A raw file: a path (or address), then the member to read, one for each archive within."""

    path: str
    members: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place as error messages print it."""
        return "::".join((self.path, *self.members))

    def read_bytes(self) -> bytes:
        with open(self.path, "rb") as stream:  # noqa: PTH123 - `datasets` streams through `open`
            try:
                return _read_member(stream, self.path, self.members)
            except KeyError as error:
                raise ValueError(f"{self.where}: the archive holds no such file") from error

    def read_text(self) -> str:
        """The decoded text, with `\\n` line ends and every other character as it is."""
        raw = self.read_bytes()
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{self.where}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8"
            ) from error


def _read_member(stream: BinaryIO, name: str, members: Sequence[str]) -> bytes:
    if not members:
        return stream.read()
    member, rest = members[0], members[1:]
    if name.endswith(".zip"):
        with zipfile.ZipFile(stream) as archive, archive.open(member) as inner:
            return _read_member(inner, member, rest)
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            if info.isfile() and info.name.removeprefix("./") == member:
                return _read_member(archive.extractfile(info), member, rest)
    raise KeyError(member)


def read_columns(
    raw: RawFile,
    *,
    tags: Collection[str],
    text: str | None = None,
    first_line: int = 1,
    token: int = 0,
    tag: int = 1,
    width: int = 2,
    delimiter: str = "\t",
    or_blanks: bool = False,
) -> Iterator[Sentence]:
    """The sentences of a column file, tokens and tags word for word.

    Args:
        raw: the file, named in errors.
        tags: the tags that may occur.
        text: the text to read where it is not the whole file.
        first_line: the number of the text's first line.
        token: the token's column.
        tag: the tag's column.
        width: the number of columns.
        delimiter: what stands between two columns.
        or_blanks: also accept lines whose columns stand apart by any run of spaces and tabs.

    Raises:
        ValueError: a line has other columns, an empty token or an unknown tag; names `path:line`.
    """
    known = frozenset(tags)
    text = raw.read_text() if text is None else text

    def is_good(columns: Sequence[Sequence[str]]) -> bool:
        return len(columns) == width and "" not in columns[token] and known.issuperset(columns[tag])

    for block in _BREAK.split(f"\n{text}\n"):
        if not (block := block.strip("\n")):
            continue
        lines = block.split("\n")
        columns = _columns_of([line.split(delimiter) for line in lines])
        if or_blanks and not is_good(columns):
            columns = _columns_of([_BLANKS.split(line.strip(" \t")) for line in lines])
        if not is_good(columns):
            raise _explain(raw, text, lines, first_line, _Expected(known, token, tag, width))
        yield columns[token], columns[tag]


def _columns_of(rows: list[list[str]]) -> list[tuple[str, ...]]:
    try:
        return list(zip(*rows, strict=True))
    except ValueError:  # rows of unequal width
        return []


@dataclass(frozen=True)
class _Expected:
    tags: frozenset[str]
    token: int
    tag: int
    width: int

    def find_fault(self, line: str) -> str:
        """What is wrong with a line, empty when nothing is."""
        cells = line.split("\t") if "\t" in line else _BLANKS.split(line.strip(" "))
        if len(cells) != self.width:
            return f"{len(cells)} columns in {line!r}; {self.width} are expected"
        if not cells[self.token]:
            return f"empty token in {line!r}"
        if cells[self.tag] not in self.tags:
            return f"unknown tag {cells[self.tag]!r}; accepted: {', '.join(sorted(self.tags))}"
        return ""


def _explain(
    raw: RawFile, text: str, lines: list[str], first_line: int, expected: _Expected
) -> ValueError:
    """The error for the first faulty line of a block, its number counted only now."""
    start = f"\n{text}\n".index("\n" + "\n".join(lines) + "\n")
    number = first_line + text.count("\n", 0, start)
    for offset, line in enumerate(lines):
        if fault := expected.find_fault(line):
            return ValueError(f"{raw.where}:{number + offset}: {fault}")
    return ValueError(f"{raw.where}:{number}: columns are set apart in different ways")


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
    """A NER corpus: columns `id`, `tokens` and `ner_tags`, IOB2.

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
        TYPES: native entity type to unified type, in label order.
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
    FILES: ClassVar[dict[str, tuple[str, ...]]] = {}
    DOWNLOADS: ClassVar[dict[str, Download]] = {}
    HOW_TO_GET: ClassVar[str] = ""
    COUNTS: ClassVar[dict[str, dict[str, tuple[int, int, int]]]]
    PAPER: ClassVar[dict[str, int]] = {}
    PAPER_NOTE: ClassVar[str] = ""

    # `GeneratorBasedBuilder` of 3.6 would pass an argument that the Arrow half does not take.
    _download_and_prepare = datasets.DatasetBuilder._download_and_prepare

    def read_sentences(self, raw: RawFile) -> Iterator[Sentence]:
        """Tokens and native tags (IOB1, IO or IOB2) of each sentence of one split."""
        raise NotImplementedError

    def files(self, config: CorpusConfig) -> dict[str, tuple[str, ...]]:
        """`FILES`, where they do not depend on the configuration."""
        return self.FILES

    @property
    def native_tags(self) -> tuple[str, ...]:
        """`O`, then `B-x` and `I-x` of each native type."""
        return _tags_of(self.TYPES)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The names of the labels that are written."""
        config = self.config
        return self.native_tags if config.native else _tags_of(self.TYPES.values())

    def _info(self) -> datasets.DatasetInfo:
        features = {
            "id": datasets.Value("string"),
            "tokens": _ListFeature(datasets.Value("string")),
            "ner_tags": _ListFeature(datasets.ClassLabel(names=list(self.tag_names))),
        }
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
        config, config_id = super()._create_builder_config(*args, **kwargs)
        digest = hashlib.sha256()
        for path in self._local_paths(config):
            status = os.stat(path)  # noqa: PTH116 - see `read_bytes`
            digest.update(
                f"{os.path.basename(path)}:{status.st_size}:{status.st_mtime_ns};".encode()
            )  # noqa: PTH119
            config_id = f"{config_id.partition('@')[0]}@{digest.hexdigest()[:12]}"
        return config, config_id

    def _local_paths(self, config: CorpusConfig) -> Iterable[str]:
        """Every local file that a build would read, in a stable order."""
        found = (self._find(places, config) for places in self.files(config).values())
        return sorted({raw.path for raw in found if raw})

    def _roots(self, config: CorpusConfig) -> list[str]:
        """The folders to look in: those under `data_dir`, else the one under the mirror root."""
        if config.data_dir:
            folder = os.path.expanduser(config.data_dir)  # noqa: PTH111
            return [folder, os.path.join(folder, self.FOLDER)]  # noqa: PTH118
        root = os.environ.get(SOURCES_VARIABLE)
        return [os.path.join(os.path.expanduser(root), self.FOLDER)] if root else []  # noqa: PTH111, PTH118

    def _find(self, places: Sequence[str], config: CorpusConfig) -> RawFile | None:
        """The local raw file at the first place that exists; archives may be unpacked."""
        for root in self._roots(config):
            for place in places:
                file, *members = place.split("::")
                spots = [(file, members)]
                if members:
                    unpacked, rest = members[0], members[1:]
                    spots += [(unpacked, rest), (os.path.basename(unpacked), rest)]  # noqa: PTH119
                for name, inner in spots:
                    if os.path.isfile(path := os.path.join(root, name)):  # noqa: PTH113, PTH118
                        return RawFile(path, tuple(inner))
        return None

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"raw": self.fetch(places, dl_manager)})
            for split, places in self.files(self.config).items()
        ]

    def fetch(self, places: Sequence[str], dl_manager: Any) -> RawFile:
        """The raw file, local or downloaded.

        Raises:
            FileNotFoundError: it is in none of the local places and may not be downloaded.
            ConnectionError: its address cannot be reached or sends other bytes than it used to.
        """
        if found := self._find(places, self.config):
            return found
        for place in places:
            file, *members = place.split("::")
            if file in self.DOWNLOADS and not self.config.data_dir:
                return RawFile(self._download(file, dl_manager), tuple(members))
        raise FileNotFoundError(self._describe_missing(places))

    def _describe_missing(self, places: Sequence[str]) -> str:
        names = " or ".join(
            place.replace("::", " (holding ") + ")" * place.count("::") for place in places
        )
        roots = self._roots(self.config)
        looked = f" Looked in {', '.join(roots)}." if roots else ""
        how = self.HOW_TO_GET or "Without data_dir it is downloaded."
        return (
            f"{self.TITLE}: {names} is not there.{looked} {how} Put it into a folder and name that: "
            f"data_dir=<folder>, or {SOURCES_VARIABLE}=<root> for <root>/{self.FOLDER}/."
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
        sentences, number = iter(self.read_sentences(**raw)), 0
        while batch := list(islice(sentences, BATCH)):
            yield number, self._to_table(batch, number)
            number += len(batch)

    def _generate_examples(self, **raw: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        for _, table in self._generate_tables(**raw):
            for row in table.to_pylist():
                yield row["id"], row

    def _to_table(self, sentences: Sequence[Sentence], first: int) -> pa.Table:
        """One record batch; ids count on from `first`."""
        names = self.native_tags
        ids = {name: index for index, name in enumerate(names)}
        written = {name: index for index, name in enumerate(self.tag_names)}
        # native label to written label, shape [native labels]
        target = np.array(
            [written[name if self.config.native else self._unify(name)] for name in names]
        )
        offsets = np.zeros(len(sentences) + 1, np.int32)
        np.cumsum([len(tokens) for tokens, _ in sentences], out=offsets[1:])
        tokens = pa.array(list(chain.from_iterable(s[0] for s in sentences)), pa.string())
        tags = chain.from_iterable(s[1] for s in sentences)
        labels = np.fromiter(map(ids.__getitem__, tags), np.int64, count=len(tokens))
        labels = target[to_iob2(labels, offsets[:-1])]
        columns = {
            "id": pa.array([str(first + i) for i in range(len(sentences))], pa.string()),
            "tokens": pa.ListArray.from_arrays(offsets, tokens),
            "ner_tags": pa.ListArray.from_arrays(offsets, pa.array(labels)),
        }
        return pa.table(columns)

    def _unify(self, tag: str) -> str:
        prefix, hyphen, native = tag.partition("-")
        return f"{prefix}-{self.TYPES[native]}" if hyphen else tag


def _tags_of(types: Iterable[str]) -> tuple[str, ...]:
    return ("O", *(f"{prefix}-{name}" for name in dict.fromkeys(types) for prefix in "BI"))


def _verify(download: Download, url: str, path: str) -> None:
    expected = {RawFile(path, (name,)): sha256 for name, sha256 in download.members.items()}
    if download.sha256:
        expected[RawFile(path)] = download.sha256
    for raw, sha256 in expected.items():
        actual = hashlib.sha256(raw.read_bytes()).hexdigest()
        if actual != sha256:
            name = "::".join((url, *raw.members))
            raise ConnectionError(
                f"{name} has sha256 {actual}, not {sha256}: the file has changed or the download "
                f"broke. Try download_mode='force_redownload', or bring a copy of the original "
                f"(data_dir=<folder>)."
            )
