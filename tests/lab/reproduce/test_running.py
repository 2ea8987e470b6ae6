"""A whole run: trained, scored, set beside the paper, and gone on with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import SettingError, SourceError
from tner_hf.lab.reproduce import Reproduction, Scale, reproduce
from tner_hf.lab.reproduce.training import make_arguments


def test_every_figure_that_can_be_had_is_there(rehearsal: Any) -> None:
    scored = {(c.row, c.column) for c in rehearsal.result.cells if c.ours is not None}
    two = ("wnut2017", "conll2003")
    assert scored == {(row, column) for row in (*two, "all") for column in two}


def test_a_corpus_without_raw_files_is_absent_with_the_reason(rehearsal: Any) -> None:
    cell = next(c for c in rehearsal.result.cells if c.row == "fin")
    assert (cell.ours, cell.verdict, cell.absent) == (None, "absent", "fin is not here")
    split = next(s for s in rehearsal.result.splits if s.corpus == "fin")
    assert split.absent == (
        "its raw files are not here; `tner-hf datasets info fin` says where they come from"
    )


def test_what_is_passed_on_names_no_folder_of_this_machine(
    rehearsal: Any, tiny_encoder: Path
) -> None:
    for name in ("reproduce.json", "reproduce.md"):
        told = (rehearsal.folder / "table3" / name).read_text()
        assert tiny_encoder.name in told
        assert str(tiny_encoder.parent) not in told
        assert str(rehearsal.folder) not in told


def test_a_small_run_judges_nothing(rehearsal: Any) -> None:
    assert rehearsal.result.scaled_down[-1] == "2 steps instead of 5,000"
    assert set(rehearsal.result.count()) == {"not comparable", "absent"}


def test_the_edition_of_each_split_is_told_with_its_sizes(rehearsal: Any) -> None:
    split = next(s for s in rehearsal.result.splits if s.corpus == "wnut2017")
    assert (split.dataset, split.train, split.test) == ("wnut2017", 20, 20)
    assert (split.paper_train, split.paper_test) == (1000, 1287)


def test_the_files_hold_the_same(rehearsal: Any) -> None:
    stored = json.loads((rehearsal.folder / "table3" / "reproduce.json").read_text())
    assert Reproduction.from_dict(stored) == rehearsal.result
    page = (rehearsal.folder / "table3" / "reproduce.md").read_text()
    assert page.startswith("# table3: cross-domain type-ignored F1, XLM-R large")
    assert "SCALED DOWN" in page


def test_models_are_checkpoints_without_leftovers(rehearsal: Any, tiny_encoder: Path) -> None:
    names = {path.name for path in (rehearsal.folder / "models").iterdir()}
    base = tiny_encoder.name
    merged = next(name for name in names if name.startswith(f"{base}-all-"))
    assert names == {f"{base}-wnut2017", f"{base}-conll2003", merged}
    for name in names:
        files = {path.name for path in (rehearsal.folder / "models" / name).iterdir()}
        assert {"config.json", "model.safetensors", "train_results.json"} <= files
        assert not [file for file in files if file.startswith("checkpoint-")]


def test_a_second_run_trains_and_tags_nothing(
    rehearsal: Any, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("tner_hf.training.run._train", refuse)
    monkeypatch.setattr("tner_hf.predictions.tagger.tag_sentences", refuse)
    assert reproduce("table3", **rehearsal.options) == rehearsal.result


def test_a_run_goes_on_with_what_is_missing(rehearsal: Any, mirror: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(rehearsal.folder, folder)
    lost = next((folder / "models").glob("*-conll2003"))
    shutil.rmtree(lost)
    result = reproduce("table3", **{**rehearsal.options, "output_dir": folder})
    assert (lost / "model.safetensors").is_file()
    assert result.cells == rehearsal.result.cells


def test_a_model_of_another_recipe_is_not_taken_for_this_one(rehearsal: Any, mirror: Path) -> None:
    scale = replace(rehearsal.options["scale"], max_steps=3)
    with pytest.raises(SettingError, match="max_steps was 2 and is now 3"):
        reproduce("table3", **{**rehearsal.options, "scale": scale})


def test_with_no_corpus_at_all_there_is_nothing_to_do(mirror: Path, tmp_path: Path) -> None:
    scale = Scale(corpora=("fin", "bc5cdr"))
    with pytest.raises(SourceError, match="nothing of table3 can be computed") as caught:
        reproduce("table3", output_dir=tmp_path / "out", scale=scale, cache_dir=tmp_path)
    assert "CDR_Data.zip" in str(caught.value)


def test_the_settings_of_a_run_are_those_of_the_recipe(tmp_path: Path) -> None:
    from tner_hf.lab.reproduce import make_plan, recipe

    plan = make_plan(recipe("table8"), Scale(gradient_accumulation_steps=4))
    model = plan.models["xlm-roberta-large-all-lower"]
    model_args, data_args, args = make_arguments(plan, model, str(tmp_path))
    assert (model_args.model_name_or_path, model_args.lowercase) == ("xlm-roberta-large", True)
    assert (args.max_steps, args.warmup_steps, args.learning_rate) == (15000, 700, 1e-5)
    assert (args.weight_decay, args.max_grad_norm, args.seed) == (1e-7, 1.0, 1234)
    assert (args.per_device_train_batch_size, args.gradient_accumulation_steps) == (8, 4)
    assert args.lr_scheduler_type == "linear"
    assert not data_args.partial_labels


def test_a_batch_that_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    from tner_hf.lab.reproduce import make_plan, recipe

    plan = make_plan(recipe("table4"), Scale(gradient_accumulation_steps=5))
    with pytest.raises(SettingError, match="does not divide the batch of 32"):
        make_arguments(plan, next(iter(plan.models.values())), str(tmp_path))
