"""The loading scripts under `datasets` 3.6, the last release that runs script files.

It lives in an environment of its own (`make datasets3`), without this package: the scripts must
work there by themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import datasets
import pytest
from invented_corpora import write_invented_corpora

from tner_hf.data.corpora import CORPORA, corpus, load_builder

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = REPOSITORY / ".venv-datasets3" / "bin" / "python"

#: Corpora that `write_invented_corpora` writes files for.
INVENTED = (
    "conll2003", "wnut2017", "wikiann", "fin", "bionlp2004",
    "mit_restaurant", "mit_movie_trivia", "mit_movie",
    "uner", "masakhaner", "crossner", "btc", "ncbi_disease",
    "conll2002", "kind", "harveyner", "hipe2020", "lener_br", "bc2gm",
)  # fmt: skip

PRELUDE = """
import importlib.util, json, os, sys
import datasets

datasets.disable_progress_bars()
assert datasets.__version__ == "3.6.0", datasets.__version__
assert importlib.util.find_spec("tner_hf") is None
scripts, names = sys.argv[1], sys.argv[2:]
load = lambda name, **options: datasets.load_dataset(
    f"{scripts}/{name}", trust_remote_code=True, **options
)
out = {}
for name in names:
"""
ROWS = """
    loaded, streamed = load(name), load(name, streaming=True)
    out[name] = {split: rows.to_list() for split, rows in loaded.items()}
    assert {split: list(rows) for split, rows in streamed.items()} == out[name]
"""
COUNTS = """
    out[name] = {
        split: [
            rows.num_rows,
            sum(map(len, rows["tokens"])),
            sum(label % 2 for labels in rows["ner_tags"] for label in labels),
        ]
        for split, rows in load(name).items()
    }
"""
LABELS = """
    builder = datasets.load_dataset_builder(f"{scripts}/{name}", trust_remote_code=True)
    out[name] = builder.info.features["ner_tags"].feature.names
"""
#: Ends without an orderly shutdown, in which threads that streamed a file may still run: they
#: abort the process then ("terminate called without an active exception"), when all is done.
PRINT = """
print(json.dumps(out), flush=True)
os._exit(0)
"""


@pytest.fixture
def run(tmp_path):
    """Run code for each corpus under `datasets` 3.6, away from the checkout."""
    if not PYTHON.exists():
        pytest.skip("no environment with datasets 3.6.0 in .venv-datasets3: run `make datasets3`")

    def run(code, names, sources=None):
        environment = os.environ | {"HF_HOME": str(tmp_path / "home"), "TNER_HF_SOURCES": ""}
        if sources:
            environment["TNER_HF_SOURCES"] = str(sources)
        program = PRELUDE + code + PRINT
        result = subprocess.run(
            [PYTHON, "-c", program, str(REPOSITORY / "dataset_scripts"), *names],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return run


def test_scripts_declare_the_same_labels(run):
    labels = run(LABELS, CORPORA)
    assert labels == {
        name: list(load_builder(name).info.features["ner_tags"].feature.names) for name in CORPORA
    }


def test_scripts_build_and_stream_the_same_rows(run, tmp_path):
    mirror = write_invented_corpora(tmp_path / "mirror")
    expected = {}
    datasets.disable_progress_bars()
    for name in INVENTED:
        builder = load_builder(name, data_dir=mirror, cache_dir=tmp_path / "cache")
        builder.download_and_prepare()
        built = builder.as_dataset()
        expected[name] = {split: rows.to_list() for split, rows in built.items()}
    assert run(ROWS, INVENTED, mirror) == expected


def test_scripts_give_the_counts_of_the_real_files(run, raw_corpora):
    names = [name for name in CORPORA if (raw_corpora / corpus(name).folder).is_dir()]
    expected = {
        name: {
            split: [counts.sentences, counts.tokens, counts.entities]
            for split, counts in corpus(name).counts[corpus(name).configs[0]].items()
        }
        for name in names
    }
    assert run(COUNTS, names, raw_corpora) == expected


def test_native_types_and_data_dir_are_options_of_load_dataset(run, tmp_path):
    mirror = write_invented_corpora(tmp_path / "mirror")
    code = f"""
    rows = load(name, native=True, data_dir={str(mirror)!r}, split="train")
    out[name] = rows.features["ner_tags"].feature.names[:3]
"""
    assert run(code, ["fin"]) == {"fin": ["O", "B-ORG", "I-ORG"]}
