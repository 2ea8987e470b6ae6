"""Several seeds of one recipe, from the command to what compares and describes them."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean, stdev

import pytest

from tner_hf.cli import main
from tner_hf.errors import DataError, SettingError
from tner_hf.lab.analysis.systems import System, read_systems
from tner_hf.publishing.cards import collect_facts, render_card
from tner_hf.runs.groups import expand_groups
from tner_hf.runs.seeds import SeedGroup
from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train_seeds


def test_a_group_is_trained_compared_and_described(
    toy_files: dict[str, str],
    tiny_encoder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "group"
    words = [f"--{split}_file={file}" for split, file in toy_files.items()]
    words += ["--model_name_or_path", str(tiny_encoder), "--output_dir", str(folder)]
    words += ["--num_train_epochs=2", "--learning_rate=1e-2", "--disable_tqdm=true"]
    assert main(["train", *words, "--per_device_train_batch_size=4", "--seeds", "5", "7"]) == 0
    table = capsys.readouterr().out
    f1 = {}
    for seed in (5, 7):
        run = folder / f"seed-{seed}"
        assert json.loads((run / "run.json").read_text())["training"]["seed"] == seed
        for split, name in (("validation", "eval"), ("test", "test")):
            scores = json.loads((run / f"{name}_results.json").read_text())["scores"]
            f1[split, seed] = scores["type_aware"]["default"]["micro"]["f1"]
    group = SeedGroup.read(folder)
    assert group is not None
    assert group.seeds == (5, 7)
    assert group.best == max((5, 7), key=lambda seed: f1["validation", seed])
    values = [f1["test", seed] for seed in group.seeds]
    own = group.splits["test"].scores["type_aware"]["default"]["micro"]["f1"]
    assert own == {"mean": fmean(values), "std": stdev(values)}
    shown = f"{100 * fmean(values):.2f} ± {100 * stdev(values):.2f}"
    assert "mean ± std" in table
    assert shown in table
    # The card is of one run, and says of which and how far they spread.
    facts = collect_facts(folder)
    assert facts == collect_facts(folder / f"seed-{group.best}")
    card = render_card(facts)
    assert "one of 2 runs of the same recipe, with the seeds 5, 7" in card
    assert f"{shown} on the test split" in card
    assert str(tmp_path) not in card
    # Elsewhere the folder stands for its runs.
    runs = (str(folder / "seed-5"), str(folder / "seed-7"))
    assert read_systems([str(folder), "other"])[0] == System("group", runs)
    assert read_systems([f"mine={folder}", "other"])[0] == System("mine", runs)
    matrix = tmp_path / "matrix"
    sets = ["--dataset_name", f"toy={toy_files['test']}", "--native", "--protocol", "full"]
    assert main(["matrix", "-m", str(folder), *sets, "--output_dir", str(matrix)]) == 0
    text = capsys.readouterr().out
    assert "group/seed-5" in text
    assert "group (2 seeds)" in text
    assert shown in text
    assert f"| group (2 seeds) | {shown} |" in (matrix / "matrix.md").read_text()
    other = ["--per_device_train_batch_size=4", "--max_steps=1", "--seeds", "5"]
    assert main(["train", *words, *other]) == 2
    assert "holds another run: max_steps was -1 and is now 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seeds", "settings", "said"),
    [
        ((), {}, "give one or more, each once"),
        ((1, 2, 1), {}, "--seeds 1 2 1 cannot be used; give one or more, each once"),
        ((1, -2), {}, "--seed -2 cannot be used"),
        ((1, 2**40), {}, "--seed 1099511627776 cannot be used; give 4.29497e"),
        ((1, 2), {"push_to_hub": True}, "a repository holds one model"),
        ((1, 2), {"resume_from_checkpoint": "true"}, "leave it out"),
    ],
)
def test_seeds_that_cannot_be_used_are_refused(
    tmp_path: Path, seeds: tuple[int, ...], settings: dict[str, object], said: str
) -> None:
    args = NERTrainingArguments(str(tmp_path / "out"), **settings)
    with pytest.raises(SettingError, match=said):
        train_seeds(ModelArguments("bert"), DataArguments(train_file="t.txt"), args, seeds)
    assert not (tmp_path / "out").exists()


def test_a_run_and_a_group_do_not_share_a_folder(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    args = NERTrainingArguments(str(tmp_path))
    with pytest.raises(SettingError, match="holds a single run"):
        train_seeds(ModelArguments("bert"), DataArguments(train_file="t.txt"), args, [1])


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        '{"seeds": [1], "best": 2, "splits": {}}',
        '{"seeds": 1}',
        "[",
        '{"seeds": [1], "best": 1, "splits": {"test": {"scores": {}, "n_runs": 1}}}',
        "[1]",
    ],
)
def test_a_damaged_record_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "seeds.json").write_text(content)
    with pytest.raises(DataError, match=r"seeds\.json") as caught:
        SeedGroup.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_models_that_are_no_groups_stay_as_they_are(tmp_path: Path) -> None:
    named = {"hub": "owner/model", "folder": str(tmp_path)}
    assert expand_groups(named) == (named, {})
