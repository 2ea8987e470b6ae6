"""Every pair is tagged once, and again only if something has changed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from preparations import save_adapter

from tner_hf.data import load_dataset
from tner_hf.data.changes import CHANGES
from tner_hf.data.fingerprints import fingerprint_words
from tner_hf.errors import CheckpointError, DataError, SettingError, UnknownNameError
from tner_hf.lab.analysis import compare_systems_on
from tner_hf.lab.analysis.systems import read_systems
from tner_hf.lab.matrix import Matrix, View, add_intervals
from tner_hf.lab.matrix.result import Pair
from tner_hf.lab.matrix.running import run_matrix
from tner_hf.lab.matrix.tables import render_text
from tner_hf.labels import UNIFIED
from tner_hf.models import bases, fingerprint_model
from tner_hf.predictions import tagger
from tner_hf.predictions.store import load_arrays
from tner_hf.runs import Run, SplitFacts

WORDS = (["Ada", "Lovelace", "lived", "in", "London"], ["Grace", "hired", "Acme"])


def write_corpus(path: Path, tags: tuple[str, str]) -> str:
    blocks = (
        "\n".join(f"{word}\t{tag}" for word, tag in zip(words, line.split(), strict=True))
        for words, line in zip(WORDS, tags, strict=True)
    )
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def corpora(tmp_path: Path) -> dict[str, str]:
    return {
        "x": write_corpus(tmp_path / "x.txt", ("B-PER I-PER O O B-LOC", "B-PER O O")),
        "y": write_corpus(tmp_path / "y.txt", ("O O O O O", "B-PER O B-ORG")),
    }


@pytest.fixture
def tagged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first word of the label space of each model, whenever a model runs."""
    calls: list[str] = []
    original = tagger.tag_sentences

    def counting(model: Any, *args: Any, **options: Any) -> Any:
        calls.append(Path(model.name_or_path).name)
        return original(model, *args, **options)

    monkeypatch.setattr(tagger, "tag_sentences", counting)
    return calls


def test_each_model_runs_once_on_each_test_set(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    matrix = run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    assert tagged == ["a", "a", "b", "b"]
    assert set(matrix.pairs) == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}
    assert [column.types for column in matrix.columns] == [
        ("location", "person"),
        ("organization", "person"),
    ]
    pair = matrix.cell("a", "y")
    assert pair is not None
    assert pair.coverage["shared_types"] == ["person"]
    assert (pair.coverage["gold_total"], pair.coverage["gold_kept"]) == (2, 1)
    assert all(p.coverage["tokens_unscored"] == 0 for p in matrix.pairs.values())
    assert Matrix.load(tmp_path / "out" / "matrix.json") == matrix


def test_a_second_run_tags_nothing_and_says_the_same(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    first = run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    tagged.clear()
    assert run_matrix(taggers, corpora, output_dir=tmp_path / "out") == first
    assert tagged == []


def test_a_new_row_and_a_new_column_cost_only_themselves(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    run_matrix({"a": taggers["a"]}, {"x": corpora["x"]}, output_dir=tmp_path / "out")
    tagged.clear()
    run_matrix(taggers, {"x": corpora["x"]}, output_dir=tmp_path / "out")
    assert tagged == ["b"]
    tagged.clear()
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    assert tagged == ["a", "b"]


def test_a_changed_test_set_is_tagged_again(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    tagged.clear()
    write_corpus(Path(corpora["y"]), ("O O O O B-LOC", "B-PER O B-ORG"))
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    assert tagged == ["a", "b"]


def test_a_changed_model_is_run_again(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    tagged.clear()
    changed = Path(taggers["b"], "model.safetensors")
    raw = bytearray(changed.read_bytes())
    raw[-1] ^= 1
    changed.write_bytes(raw)
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    assert tagged == ["b", "b"]


def test_a_stored_matrix_gets_the_intervals_that_a_run_would_have_made(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    plain = run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    tagged.clear()
    bounded = run_matrix(taggers, corpora, output_dir=tmp_path / "out", confidence=0.9)
    assert tagged == []
    assert all(pair.intervals is not None for pair in bounded.pairs.values())
    assert Matrix.load(tmp_path / "out" / "matrix.json") == bounded
    assert add_intervals(plain, tmp_path / "out", confidence=0.9).pairs == bounded.pairs
    with pytest.raises(SettingError, match="confidence=2"):
        run_matrix(taggers, corpora, confidence=2)


def test_predictions_of_another_matrix_give_no_intervals(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path
) -> None:
    matrix = run_matrix({"a": taggers["a"]}, {"x": corpora["x"]}, output_dir=tmp_path / "out")
    with pytest.raises(DataError, match="holds no predictions"):
        add_intervals(matrix, tmp_path / "elsewhere")
    with pytest.raises(DataError, match="does not give the scores of a on x with the label map"):
        add_intervals(matrix, tmp_path / "out", label_map={"person": "law"})


def test_lower_cased_predictions_stand_beside_the_others(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    lowered = run_matrix(taggers, corpora, output_dir=tmp_path / "out", lowercase=True)
    assert all(row.lowercase for row in lowered.rows)
    tagged.clear()
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    run_matrix(taggers, corpora, output_dir=tmp_path / "out", lowercase=True)
    assert tagged == []


def test_native_types_are_another_test_set(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    one = {"a": taggers["a"]}, {"x": corpora["x"]}
    run_matrix(*one, output_dir=tmp_path / "out")
    tagged.clear()
    native = run_matrix(*one, output_dir=tmp_path / "out", native=True)
    assert native.label_map is None
    assert native.columns[0].types == ("LOC", "PER")  # other gold labels, so tagged again
    assert tagged == ["a"]
    assert native.shares_nothing("a", "x")
    broad = run_matrix(*one, label_map="unified-2-broad")
    assert broad.label_map == "unified-2-broad"


def test_the_stored_file_knows_what_it_depends_on(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path
) -> None:
    matrix = run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    stored = load_arrays(tmp_path / "out" / "predictions" / "a" / "x.npz")
    assert stored.origin.model == matrix.row("a").fingerprint == fingerprint_model(taggers["a"])
    assert stored.origin.dataset == matrix.column("x").fingerprint
    assert Pair.of(replace(stored, label_map=UNIFIED)) == matrix.cell("a", "x")


KILLED_RUN = """
import json, os, signal, sys
from tner_hf.lab.matrix.running import run_matrix
from tner_hf.lab.matrix.tables import render_text
from tner_hf.predictions import tagger
original, done = tagger.tag_sentences, []
def dying(*args, **options):
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(1)
    return original(*args, **options)
tagger.tag_sentences = dying
models, corpora, folder = json.loads(sys.argv[1])
run_matrix(models, corpora, output_dir=folder)
"""


def test_a_killed_run_goes_on_where_it_was(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    out = tmp_path / "out"
    argument = json.dumps([taggers, corpora, str(out)])
    run = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, argument], capture_output=True, text=True
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(list(out.glob("predictions/*/*"))) == 2
    resumed = run_matrix(taggers, corpora, output_dir=out)
    assert tagged == ["b", "b"]
    fresh = run_matrix(taggers, corpora)
    for place, pair in fresh.pairs.items():
        assert resumed.pairs[place].protocols == pair.protocols


def test_what_is_left_of_a_torn_file_is_replaced(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path, tagged: list[str]
) -> None:
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    tagged.clear()
    (tmp_path / "out" / "predictions" / "b" / "y.npz").write_bytes(b"PK torn")
    run_matrix(taggers, corpora, output_dir=tmp_path / "out")
    assert tagged == ["b"]


def test_the_checkpoint_says_what_is_in_domain(
    taggers: dict[str, str], corpora: dict[str, str]
) -> None:
    renamed = {"a": corpora["x"], "b": corpora["y"]}
    matrix = run_matrix(taggers, renamed)
    # A file of the same name as what the model was trained on need not be the same.
    assert [matrix.is_in_domain("a", name) for name in "ab"] == [False, False]
    assert matrix.row("a").trained_on == ("a",)
    told = run_matrix(taggers, renamed, trained_on={"a": ("a", "b")})
    assert [told.is_in_domain("a", name) for name in "ab"] == [True, True]
    assert not told.is_in_domain("b", "a")


def test_own_files_are_in_domain_by_what_the_run_read(
    taggers: dict[str, str], corpora: dict[str, str], tmp_path: Path
) -> None:
    def run(**data: Any) -> None:
        read = load_dataset({"test": corpora["x"]})["test"]
        facts = SplitFacts(2, ("PER", "LOC"), "of other labels", fingerprint_words(read))
        Run(data=data, splits={"test": facts}).write(taggers["a"])

    def domains(sets: dict[str, str], **options: Any) -> list[str]:
        matrix = run_matrix(taggers, sets, **options)
        stored = Matrix.from_dict(json.loads(json.dumps(matrix.to_dict())))
        assert stored == matrix
        assert not any(matrix.is_in_domain("b", name) for name in sets)
        return [name for name in sets if stored.is_in_domain("a", name)]

    Path(corpora["y"]).write_text("Nobody O\n")
    copy = tmp_path / "elsewhere" / "other.txt"
    copy.parent.mkdir()
    copy.write_text(Path(corpora["x"]).read_text().replace("-PER", "-person"))
    run(source={"train": "/gone/x.txt", "test": corpora["x"]})
    assert domains({**corpora, "copy": str(copy)}) == ["x", "copy"]
    assert domains({"x": corpora["x"]}, max_test_samples=1) == ["x"]

    copy.write_text("Other O\nwords B-PER\n")
    Path(corpora["x"]).write_text("Other B-PER\n")  # the same place, and no longer the same
    assert domains({**corpora, "copy": str(copy)}) == []
    # What the run did not read to its end is known by its place alone.
    run(source={"train": corpora["y"], "test": corpora["x"]}, max_test_samples=1)
    assert domains(corpora) == ["x", "y"]


def test_a_test_set_can_be_cut(taggers: dict[str, str], corpora: dict[str, str]) -> None:
    matrix = run_matrix({"a": taggers["a"]}, corpora, max_test_samples=1)
    assert [(c.sentences, c.tokens) for c in matrix.columns] == [(1, 5), (1, 5)]


def test_mistakes_cost_no_tagging(
    taggers: dict[str, str], corpora: dict[str, str], tagged: list[str]
) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'wnut2017'"):
        run_matrix(taggers, [*corpora.values(), "wnut2016"])
    with pytest.raises(CheckpointError):
        run_matrix([*taggers.values(), "no/such/model"], corpora)
    with pytest.raises(SettingError, match="needs models; none were given"):
        run_matrix([], corpora)
    with pytest.raises(SettingError, match="'x' is given 2 times"):
        run_matrix(taggers, [corpora["x"], corpora["x"]])
    assert tagged == []


def test_changed_text_has_columns_of_its_own_that_no_mean_counts(
    taggers: dict[str, str], tmp_path: Path
) -> None:
    source = write_corpus(tmp_path / "x.txt", ("B-PER I-PER O O B-LOC", "B-PER O O"))
    rows = Path(source).read_text(encoding="utf-8")
    Path(source).write_text(f"{rows}\n{rows}", encoding="utf-8")
    only = {"a": taggers["a"]}
    matrix = run_matrix(only, {"x": source}, output_dir=tmp_path / "out", robustness=True)
    plain = run_matrix(only, {"x": source})
    assert [column.name for column in matrix.columns] == [
        "x", *(f"x~{change}" for change in CHANGES)
    ]  # fmt: skip
    view = View("full")
    for column in matrix.columns[1:]:
        cost = matrix.pairs["a", column.name].cost
        assert cost is not None
        assert cost.change == column.change
        assert cost.changed == pytest.approx(matrix.value("a", column.name, view))
        assert cost.clean == pytest.approx(plain.value("a", "x", view))
        assert matrix.best_transfer(column.name, view) is None
    assert matrix.pairs["a", "x"].cost is None
    assert matrix.mean_out_of_domain("a", view) == plain.mean_out_of_domain("a", view)
    assert Matrix.load(tmp_path / "out" / "matrix.json") == matrix
    assert "after a change of its text, in no mean" in render_text(matrix, view)


def test_adapters_over_one_base_load_it_once(
    corpora: dict[str, str],
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [save_adapter(tmp_path / f"{i}", tiny_encoder, "PER", "LOC", seed=i) for i in range(3)]
    loaded: list[Path] = []
    really = bases.open_model

    def open_model(folder: Path, *args: Any, **options: Any) -> Any:
        loaded.append(folder)
        return really(folder, *args, **options)

    monkeypatch.setattr(bases, "open_model", open_model)
    models = {f"{i}": path for i, path in enumerate(made)}
    found = run_matrix(models, corpora)
    assert loaded == [tiny_encoder]
    whole = run_matrix({i: path.parent / "whole" for i, path in models.items()}, corpora)
    for place, pair in whole.pairs.items():
        assert found.pairs[place].protocols == pair.protocols
    assert loaded == [tiny_encoder]  # whole models share nothing
    systems = read_systems([f"{i}={path}" for i, path in models.items()])
    compare_systems_on(systems, corpora, n_resamples=99)
    assert loaded == [tiny_encoder] * 2
