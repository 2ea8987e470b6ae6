"""Building a dataset from raw files, cold: ours against the `conll` builder of `datasets`.

    python benchmarks/building.py --output benchmarks/results/building.json

Both sides get the same unpacked files and an empty cache, and must give the same words and tags
before anything is timed. Ours checks every line, converts to IOB2 and writes ClassLabel ids with
unified types; the stock builder leaves tags as strings, which is its faster way: `features=` with
a ClassLabel would let it cast them as well. Invented files have the form of WNUT 2017's.
"""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, profile_call, race_all, report_main

SIZES = (1_000, 10_000, 100_000, 1_000_000)
#: Split to the file that the corpus's builder looks for.
FILES = {
    "wnut2017": {
        "train": "wnut17train.conll",
        "validation": "emerging.dev.conll",
        "test": "emerging.test.annotated",
    },
    "bionlp2004": {"train": "Genia4ERtask1.iob2", "test": "Genia4EReval1.iob2"},
}
#: Archives of the original distribution, which are unpacked before the race.
ARCHIVES = {"bionlp2004": ("Genia4ERtraining.tar.gz", "Genia4ERtest.tar.gz")}

#: Job to where its time goes, at the largest size.
Profiles = dict[str, list[tuple[str, float]]]

AGAINST = 'load_dataset("conll")'


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 5) -> Report:
    import datasets

    datasets.disable_progress_bars()
    races: list[Race] = []
    profiles: Profiles = {}
    with TemporaryDirectory() as folder:
        root = Path(folder)
        inputs = [("invented", write_invented(root / str(size), size)) for size in sizes]
        if max(sizes) > min(SIZES):
            inputs += [(corpus, find_raw_files(corpus, root / corpus)) for corpus in FILES]
        for name, files in inputs:
            if files:
                races += race_builders(files, name, root, pairs, profiles)
    settings = {
        "cache": "empty for each run",
        "files": "unpacked, three splits (BioNLP 2004: two)",
        "stock_options": {"column_names": ["tokens", "ner_tags"], "delimiter": "\\t"},
        "stock_tags": "strings, which is its faster way",
    }
    return Report("building", settings, tuple(races), profiles)


def race_builders(
    files: Mapping[str, Path], name: str, root: Path, pairs: int, profiles: Profiles
) -> list[Race]:
    """The named corpus's builder, and the reader of a user's own files, against `conll`."""
    import datasets

    import tner_hf
    from tner_hf.data.corpora import corpus as declared

    corpus = "wnut2017" if name == "invented" else name
    folder = next(iter(files.values())).parent
    caches = (root / "caches" / f"{name}-{folder.name}-{number}" for number in count())
    paths = {split: str(path) for split, path in files.items()}

    def build() -> Any:
        return tner_hf.load_dataset(corpus, data_dir=folder, cache_dir=next(caches))

    def read_own() -> Any:
        return tner_hf.load_dataset(paths)

    def theirs() -> Any:
        columns = ["tokens", "ner_tags"]
        return datasets.load_dataset(
            "conll",
            data_files=dict(paths),
            column_names=columns,
            delimiter="\t",
            cache_dir=str(next(caches)),
        )

    expected = theirs()
    check_same(build(), expected, types=declared(corpus).types)
    check_same(read_own(), expected, types={})
    size = sum(len(words) for split in expected.values() for words in split["tokens"])
    jobs = {f"building {name}": build, f"reading own files, {name}": read_own}
    races = [
        found
        for job, ours in jobs.items()
        for found in race_all(job, ours, {AGAINST: theirs}, size=size, unit="tokens", pairs=pairs)
    ]
    profiles.update({job: profile_call(ours) for job, ours in jobs.items()})
    return races


def check_same(ours: Any, theirs: Any, *, types: Mapping[str, str]) -> None:
    """Stop unless both hold the same words and tags, ours with their types unified."""
    for split, expected in theirs.items():
        found = ours[split]
        names = found.features["ner_tags"].feature.names
        tags = [[names[label] for label in row] for row in found["ner_tags"]]
        wanted = [[rename(tag, types) for tag in row] for row in expected["ner_tags"]]
        if found["tokens"][:] != expected["tokens"][:] or tags != wanted:
            sys.exit(f"{split}: not the same sentences; not timed")


def rename(tag: str, types: Mapping[str, str]) -> str:
    prefix, hyphen, kind = tag.partition("-")
    return f"{prefix}-{types.get(kind, kind)}" if hyphen else tag


def write_invented(folder: Path, size: int) -> dict[str, Path]:
    """Three splits, eight, one and one tenth of so many tokens."""
    shares = {"train": 8, "validation": 1, "test": 1}
    return {
        split: material.write_iob(
            folder / FILES["wnut2017"][split],
            material.draw_sentences(size * share // 10, seed=seed),
        )
        for seed, (split, share) in enumerate(shares.items())
    }


def find_raw_files(corpus: str, folder: Path) -> dict[str, Path]:
    """The corpus's own files, unpacked into `folder` where need be; empty where they are not."""
    sources = material.find_sources()
    if sources is None or not (sources / corpus).is_dir():
        return {}
    for name in ARCHIVES.get(corpus, ()):
        with tarfile.open(sources / corpus / name) as archive:
            for member in archive.getmembers():
                if Path(member.name).name in FILES[corpus].values():
                    archive.extract(member, folder, filter="data")
    place = folder if corpus in ARCHIVES else sources / corpus
    files = {split: place / name for split, name in FILES[corpus].items()}
    return files if all(path.is_file() for path in files.values()) else {}


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
