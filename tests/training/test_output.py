import json
from dataclasses import replace

import pytest

from tner_hf.errors import FileError, SettingError
from tner_hf.runs import Run
from tner_hf.training.output import (
    adopt_state,
    check_folder,
    choose_checkpoint,
    claim_folder,
    find_checkpoint,
    move_files,
    set_aside,
)

RUN = Run(model={"max_length": 64}, data={"dataset_name": ["a"]})


def save_checkpoint(folder, step, *, files=("optimizer.pt", "scheduler.pt", "config.json")):
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    for name in (*files, "model.safetensors"):
        (path / name).touch()
    (path / "trainer_state.json").write_text("{}")
    return path


def test_an_empty_folder_is_claimed(tmp_path):
    claim_folder(tmp_path, RUN)
    assert Run.read(tmp_path) == RUN


def test_a_folder_with_anything_else_is_refused_untouched(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SettingError, match=r"not empty \(thesis\.tex\)"):
        claim_folder(tmp_path, RUN)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(SettingError, match="is a file"):
        check_folder(tmp_path / "out")
    with pytest.raises(FileError, match="out/new cannot be written: Not a directory"):
        check_folder(tmp_path / "out" / "new")
    check_folder(tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_with_other_settings_is_refused(tmp_path):
    other = replace(RUN, model={"max_length": 32})
    claim_folder(tmp_path, other)
    claim_folder(tmp_path, RUN)  # nothing was saved yet: a mistyped setting can be mended
    save_checkpoint(tmp_path, 1)
    claim_folder(tmp_path, RUN)
    with pytest.raises(SettingError, match="max_length was 64 and is now 32"):
        claim_folder(tmp_path, other)
    assert Run.read(tmp_path) == RUN


def test_a_folder_that_trainer_would_delete_is_refused(tmp_path):
    claim_folder(tmp_path, RUN)
    save_checkpoint(tmp_path, 10)
    (tmp_path / "checkpoint-10-of-mine").mkdir()
    with pytest.raises(SettingError, match="checkpoint-10-of-mine"):
        claim_folder(tmp_path, RUN)


def test_what_a_killed_run_was_saving_is_cleared_away(tmp_path):
    claim_folder(tmp_path, RUN)
    (tmp_path / ".incomplete").mkdir()
    claim_folder(tmp_path, RUN)
    assert not (tmp_path / ".incomplete").exists()


def test_the_newest_complete_checkpoint_is_found(tmp_path):
    assert find_checkpoint(tmp_path / "none") is None
    save_checkpoint(tmp_path, 9)
    newest = save_checkpoint(tmp_path, 10)
    (save_checkpoint(tmp_path, 11) / "trainer_state.json").unlink()
    (save_checkpoint(tmp_path, 12) / "trainer_state.json").write_text('{"epo')
    (save_checkpoint(tmp_path, 13) / "model.safetensors").unlink()
    save_checkpoint(tmp_path, 14, files=("scheduler.pt", "config.json"))
    assert find_checkpoint(tmp_path) == newest


def test_several_processes_want_a_random_state_each(tmp_path):
    saved = save_checkpoint(tmp_path, 1)
    (saved / "rng_state_0.pth").touch()
    assert find_checkpoint(tmp_path, processes=2) is None
    (saved / "rng_state_1.pth").touch()
    assert find_checkpoint(tmp_path, processes=2) == saved


def test_what_resume_from_checkpoint_means(tmp_path):
    assert choose_checkpoint(tmp_path, None) is None
    assert choose_checkpoint(tmp_path, "false") is None
    with pytest.raises(SettingError, match="no complete checkpoint in"):
        choose_checkpoint(tmp_path, "true")
    saved = save_checkpoint(tmp_path, 5)
    assert choose_checkpoint(tmp_path, None) == saved
    assert choose_checkpoint(tmp_path, "True") == saved
    RUN.write(tmp_path)
    assert choose_checkpoint(tmp_path, str(saved)) == saved
    with pytest.raises(SettingError, match="which a new run would overwrite"):
        choose_checkpoint(tmp_path, "false")
    with pytest.raises(SettingError, match="is no complete checkpoint"):
        choose_checkpoint(tmp_path, str(tmp_path / "checkpoint-6"))


def test_files_are_moved_over_older_ones(tmp_path):
    source, target = tmp_path / "new", tmp_path / "old"
    for folder in (source, target):
        folder.mkdir()
        (folder / "config.json").write_text(folder.name)
    (source / "more").mkdir()
    move_files(source, target)
    assert (target / "config.json").read_text() == "new"
    assert (target / "more").is_dir()
    assert not source.exists()


def test_an_earlier_run_is_set_aside_and_nothing_deleted(tmp_path):
    folder = tmp_path / "out"
    set_aside(folder)  # there is none
    for i in (1, 2):
        folder.mkdir()
        RUN.write(folder)
        save_checkpoint(folder, i)
        set_aside(folder)
        assert not folder.exists()
        assert (tmp_path / f"out.old-{i}" / f"checkpoint-{i}").is_dir()
    folder.mkdir()
    (folder / "thesis.tex").touch()
    set_aside(folder)  # that is no run
    assert (folder / "thesis.tex").is_file()


def test_a_state_of_another_run_is_not_resumed(tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder, run in ((mine, RUN), (other, replace(RUN, model={"max_length": 32}))):
        folder.mkdir()
        run.write(folder)
    saved = save_checkpoint(other, 5)
    with pytest.raises(SettingError, match="not a state of this run: max_length was 32 and is now"):
        choose_checkpoint(mine, str(saved))
    RUN.write(other)
    assert choose_checkpoint(mine, str(saved)) == saved
    (other / "run.json").unlink()
    with pytest.raises(SettingError, match="it lies in no folder of a run"):
        choose_checkpoint(mine, str(saved))


def test_a_folder_that_was_moved_finds_its_best_checkpoint(tmp_path):
    best, newest = save_checkpoint(tmp_path, 5), save_checkpoint(tmp_path, 10)
    state = newest / "trainer_state.json"
    state.write_text('{"best_model_checkpoint": "/was/here/checkpoint-5", "epoch": 1}')
    adopt_state(newest, tmp_path)
    assert json.loads(state.read_text()) == {"best_model_checkpoint": str(best), "epoch": 1}
