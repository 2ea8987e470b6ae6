"""Rows that are trained: once, by one recipe, and the merged one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import SettingError
from tner_hf.lab.matrix.training import train_models, trained_domains
from tner_hf.models import load_config, read_settings, tag_names
from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

QUICK = {
    "max_steps": 1, "eval_strategy": "no", "save_strategy": "no", "disable_tqdm": True,
    "report_to": "none",
}  # fmt: skip


def quickly(base: Path, *, lowercase: bool = False, learning_rate: float = 5e-5) -> Any:
    """What makes the settings of a run of one step."""
    return lambda folder: (
        ModelArguments(str(base), lowercase=lowercase),
        DataArguments(corpus_condition=0.5),
        NERTrainingArguments(folder, learning_rate=learning_rate, **QUICK),
    )


def test_each_corpus_is_trained_once_and_all_of_them_merged(
    toy_iob: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Ada\tB-chemical\nran\tO\n", encoding="utf-8")
    corpora = {"toy": str(toy_iob), "other": str(other)}
    made = train_models(corpora, tmp_path / "out", quickly(tiny_encoder))
    assert made == {n: str(tmp_path / "out" / "models" / n) for n in ("toy", "other", "all")}
    types = {name: tag_names(load_config(folder)) for name, folder in made.items()}
    assert "B-person" in types["toy"]  # a file's own PER, unified
    assert set(types["all"]) == set(types["toy"]) | set(types["other"])
    settings = {name: read_settings(load_config(folder)) for name, folder in made.items()}
    assert settings["toy"].corpora == ("toy",)
    assert [settings[n].conditions for n in ("toy", "all")] == [(), ("toy", "other")]

    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    again = train_models(corpora, tmp_path / "out", quickly(tiny_encoder))
    assert again == made
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

    with pytest.raises(SettingError, match=r"another run: learning_rate was 5e-05 and is now"):
        train_models(corpora, tmp_path / "out", quickly(tiny_encoder, learning_rate=1e-3))
    with pytest.raises(SettingError, match="lowercase was False and is now True"):
        train_models(corpora, tmp_path / "out", quickly(tiny_encoder, lowercase=True))


def test_no_corpus_may_be_called_all(toy_iob: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="a corpus is called 'all'"):
        train_models({"all": "fin", "toy": str(toy_iob)}, tmp_path, quickly(tmp_path))


def test_domains_are_names_and_languages() -> None:
    assert trained_domains(["wikiann/ja", "wnut=wnut2017/paper"], merged=True) == {
        "wikiann/ja": ("wikiann/ja",),
        "wnut": ("wnut", "wnut2017"),
        "all": ("wikiann/ja", "wnut", "wnut2017"),
    }
    assert list(trained_domains(["fin", "bc5cdr"], merged=False)) == ["fin", "bc5cdr"]
