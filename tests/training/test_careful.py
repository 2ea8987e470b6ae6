"""What is no number is not saved, and evaluations leave nothing out."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file

from tner_hf.errors import DataError, FileError, TrainingError
from tner_hf.training import trainer as trainer_module


def test_a_loss_that_is_no_number_stops_the_run(run_training, tmp_path) -> None:
    with pytest.raises(TrainingError, match=r"--learning_rate 1e\+30 is high") as raised:
        run_training(learning_rate=1e30, warmup_steps=0)
    assert "no checkpoint was saved before" in str(raised.value)
    assert not list((tmp_path / "out").rglob("*.safetensors"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]


def test_the_last_finite_checkpoint_is_kept(run_training, tmp_path, monkeypatch) -> None:
    usual = trainer_module.NERTrainer.compute_loss

    def diverge(self, *args, **kwargs):
        loss = usual(self, *args, **kwargs)
        broken = self.state.global_step >= 6 and self.model.training
        return loss * float("nan") if broken else loss

    monkeypatch.setattr(trainer_module.NERTrainer, "compute_loss", diverge)
    said = r"loss is nan at step 7, .*out/checkpoint-5 holds the last finite state"
    with pytest.raises(TrainingError, match=said):
        run_training()
    weights = load_file(tmp_path / "out" / "checkpoint-5" / "model.safetensors")
    assert all(weight.isfinite().all() for weight in weights.values())


def test_a_disk_that_is_full_leaves_what_was_saved(run_training, tmp_path, monkeypatch) -> None:
    usual = trainer_module.NERTrainer._save_optimizer_and_scheduler

    def refuse(self, output_dir):
        if self.state.global_step > 5:
            raise OSError(28, "No space left on device")
        usual(self, output_dir)

    monkeypatch.setattr(trainer_module.NERTrainer, "_save_optimizer_and_scheduler", refuse)
    with pytest.raises(FileError, match="checkpoint-10 cannot be saved: No space left on device"):
        run_training()
    monkeypatch.undo()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"run.json", "checkpoint-5"}
    assert run_training().train["resumed_from"] == "checkpoint-5"


def test_evaluations_drop_nothing(run_training) -> None:
    whole = run_training(output_dir="whole", per_device_eval_batch_size=4)
    dropping = run_training(
        output_dir="dropping", per_device_eval_batch_size=4, dataloader_drop_last=True
    )
    support = [
        run.validation["type_aware"]["default"]["micro"]["support"] for run in (whole, dropping)
    ]
    assert support[0] == support[1] > 0
    assert dropping.train["global_step"] == 10


def test_one_sentence_cannot_be_held_out(run_training, tmp_path) -> None:
    (tmp_path / "one.txt").write_text("Ada B-PER\n")
    with pytest.raises(DataError, match="of 1 training sentence leaves none to train on"):
        run_training(dataset={"train": str(tmp_path / "one.txt")}, validation_fraction=0.1)
    assert not Path(tmp_path / "out").exists()
