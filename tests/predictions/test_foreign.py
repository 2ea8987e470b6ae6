"""Other systems' predictions: read in any form, held against the test set's words, and scored."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import DataError, SettingError
from tner_hf.lab.evaluation import evaluate
from tner_hf.lab.matrix import Matrix, View, run_matrix
from tner_hf.lab.matrix.tables import render_text
from tner_hf.predictions import GoldSplit, PredictOptions
from tner_hf.predictions.foreign import ForeignSystem, is_foreign

GOLD = [
    (["Ada", "Lovelace", "lived", "in", "London"], ["B-PER", "I-PER", "O", "O", "B-LOC"]),
    (["Grace", "hired", "Acme"], ["B-PER", "O", "B-ORG"]),
]
#: Types called otherwise: `PERSON` is what `PER` is on the unified types.
SAID = [
    (GOLD[0][0], ["B-PERSON", "I-PERSON", "O", "O", "B-LOC"]),
    (GOLD[1][0], ["B-ORG", "O", "O"]),
]


def write_lines(path: Path, rows: list[tuple[list[str], list[str]]], **first: Any) -> Path:
    lines = [{"tokens": words, "predicted": tags} for words, tags in rows]
    lines[0] |= first
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def write_columns(path: Path, rows: list[tuple[list[str], list[str]]]) -> Path:
    blocks = ("\n".join(map("\t".join, zip(*row, strict=True))) for row in rows)
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write_columns(tmp_path / "gold.txt", GOLD)


def test_every_form_gives_the_same_scores(gold: Path, tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "lines.jsonl", SAID)
    columns = write_columns(tmp_path / "columns.conll", SAID)
    ends = [
        ["B-PERSON", "E-PERSON", "O", "O", "S-LOC"],
        ["S-ORG", "O", "O"],
    ]  # BIOES
    bioes = write_lines(
        tmp_path / "bioes.jsonl", [(w, t) for (w, _), t in zip(SAID, ends, strict=True)]
    )
    results = [evaluate(path, gold, confidence=None) for path in (lines, columns, bioes)]
    # Found: Ada Lovelace and London, of 4 gold entities; said: 3.
    for result in results:
        micro = result.protocols["full"]["type_aware"]["default"]["micro"]
        assert (micro["precision"], micro["recall"], micro["support"]) == (2 / 3, 2 / 4, 4)
    assert results[0]["unification"]["model"]["mapped"] == {
        "PERSON": "person", "LOC": "location", "ORG": "organization"
    }  # fmt: skip
    assert results[0]["model"] == "lines"
    assert "lines on" in results[0].table()


def test_what_evaluate_wrote_is_read_and_its_gold_is_the_test_sets(
    gold: Path, tmp_path: Path
) -> None:
    said = write_lines(tmp_path / "said.jsonl", SAID)
    first = evaluate(said, gold, predictions_file=tmp_path / "again.jsonl")
    again = evaluate(tmp_path / "again.jsonl", gold)
    assert again.protocols == first.protocols
    assert again.coverage == first.coverage


def test_types_that_were_never_said_can_be_named(gold: Path, tmp_path: Path) -> None:
    without = evaluate(write_lines(tmp_path / "a.jsonl", SAID), gold, confidence=None)
    assert without.coverage["shared_types"] == ["location", "organization", "person"]
    rows = [(words, ["O"] * len(words)) for words, _ in GOLD]
    silent = write_lines(tmp_path / "b.jsonl", rows, types={"predicted": ["PERSON", "DATE"]})
    assert evaluate(silent, gold, confidence=None).coverage["shared_types"] == ["person"]


def test_a_label_map_maps_both_sides(gold: Path, tmp_path: Path) -> None:
    said = write_lines(tmp_path / "said.jsonl", SAID)
    kept = evaluate(said, gold, native=True, confidence=None)
    assert kept.coverage["shared_types"] == ["LOC", "ORG"]
    own = {"extends": "unified", "ORG": "person"}
    mapped = evaluate(said, gold, label_map=own, confidence=None)
    assert mapped.coverage["shared_types"] == ["location", "person"]
    micro = mapped.protocols["full"]["type_aware"]["default"]["micro"]
    assert (micro["precision"], micro["recall"]) == (1.0, 3 / 4)  # `Grace`, an ORG, is a person now


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (SAID[:1], "1 sentences for 2, and the first 1 are the same"),
        ([*SAID, (["x"], ["O"])], "3 sentences for 2, and the first 2 are the same"),
        (
            [SAID[0], (["Grace", "fired", "Acme"], ["O", "O", "O"])],
            "word 2 of sentence 2 is 'fired', the test set's 'hired' (2 sentences for 2)",
        ),
        (
            [(["Ada", "Lovelace"], ["O", "O"]), SAID[1]],
            "sentence 1 has 2 words, the test set's 5 (2 sentences for 2)",
        ),
    ],
)
def test_other_sentences_are_refused(
    rows: list[tuple[list[str], list[str]]], message: str, gold: Path, tmp_path: Path
) -> None:
    said = write_lines(tmp_path / "said.jsonl", rows)
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        evaluate(said, gold)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match=re.escape(message)):
        run_matrix({"said": said}, {"gold": gold})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "sentences"),
        ('{"tokens": ["a"]}\n', "no list of tags"),
        ('{"tokens": ["a"], "predicted": ["O", "O"]}\n', "1 words but 2 tags"),
        ('{"tokens": ["a"], "predicted": [null]}\n', "is no text or id"),
        ("\x00\x01", "not JSON: Expecting value"),
    ],
)
def test_what_is_no_predictions_is_refused(
    content: str, message: str, gold: Path, tmp_path: Path
) -> None:
    (tmp_path / "said.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        evaluate(tmp_path / "said.jsonl", gold)


def test_a_matrix_has_a_row_for_a_file_and_one_for_a_folder(gold: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    write_lines(folder / "gold.jsonl", SAID)
    write_lines(folder / "wikiann@ja.jsonl", GOLD)
    sets = {"gold": gold, "wikiann/ja": gold, "absent": gold}
    matrix = run_matrix({"other": folder}, sets, output_dir=tmp_path / "out")
    assert matrix.value("other", "gold", View("full")) == pytest.approx(4 / 7)
    assert matrix.value("other", "wikiann/ja", View("full")) == 1.0
    assert matrix.cell("other", "absent") is None
    # What it was trained on is not known: it is neither at home nor abroad.
    assert matrix.best_transfer("gold", View("full")) is None
    assert matrix.mean_out_of_domain("other", View("full")).over == ()
    assert "what it was trained on is not known" in render_text(matrix, View())
    assert Matrix.load(tmp_path / "out" / "matrix.json") == matrix
    row = matrix.row("other")
    assert (row.checkpoint, row.foreign, row.max_length) == ("other", True, 0)  # and no folder
    one = run_matrix([f"file={folder / 'gold.jsonl'}"], {"gold": gold})
    assert one.pairs["file", "gold"].protocols == matrix.pairs["other", "gold"].protocols


def test_a_file_is_for_one_test_set(gold: Path, tmp_path: Path) -> None:
    said = write_lines(tmp_path / "said.jsonl", SAID)
    with pytest.raises(SettingError, match=r"called a.jsonl, b.jsonl, and give s=FOLDER"):
        run_matrix({"s": said}, {"a": gold, "b": gold})
    folder = tmp_path / "folder"
    folder.mkdir()
    write_lines(folder / "other.jsonl", SAID)
    with pytest.raises(SettingError, match="predictions for none of the datasets; expected"):
        run_matrix({"s": folder}, {"a": gold})
    write_lines(folder / "a.jsonl", SAID)
    write_columns(folder / "a.conll", SAID)
    with pytest.raises(SettingError, match=r"a.conll and a.jsonl, all of them for a"):
        run_matrix({"s": folder}, {"a": gold})
    with pytest.raises(SettingError, match="lowercase changes what models read"):
        evaluate(said, gold, lowercase=True)
    with pytest.raises(SettingError, match="corpus='fin' tells a model how to tag"):
        evaluate(said, gold, corpus="fin")


def test_the_first_sentences_alone_and_a_changed_file(gold: Path, tmp_path: Path) -> None:
    said = write_lines(tmp_path / "said.jsonl", SAID)
    cut = run_matrix({"s": said}, {"g": gold}, max_test_samples=1)
    assert cut.pairs["s", "g"].coverage["gold_total"] == 2
    system = ForeignSystem(said, PredictOptions())
    before = system.fingerprint
    write_lines(said, GOLD)
    assert ForeignSystem(said, PredictOptions()).fingerprint != before
    answer = next(system.tag([GoldSplit.load(gold, options=PredictOptions())]))
    assert answer.score_full()["type_aware"]["default"]["micro"]["f1"] == 1.0


def test_what_is_a_model_is_not_taken_for_a_file(tmp_path: Path) -> None:
    for name in ("model.onnx", "model.safetensors"):
        (tmp_path / name).write_bytes(b"x")
        assert not is_foreign(tmp_path / name)
    run = tmp_path / "run"
    run.mkdir()
    (run / "predictions.jsonl").write_text("{}\n", encoding="utf-8")
    assert is_foreign(run)
    (run / "config.json").write_text("{}", encoding="utf-8")
    assert not is_foreign(run)
    assert not is_foreign("nowhere.jsonl")
    assert not is_foreign(object())
