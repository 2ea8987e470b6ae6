"""Rows that are trained: once, by one recipe, and the merged one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.errors import SettingError
from tner_hf.lab.matrix.training import train_models, trained_domains
from tner_hf.models import load_config, read_settings, tag_names

QUICK = {
    "max_steps": 1, "eval_strategy": "no", "save_strategy": "no", "disable_tqdm": True,
    "report_to": "none", "corpus_condition": 0.5,
}  # fmt: skip


def test_each_corpus_is_trained_once_and_all_of_them_merged(
    toy_iob: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Ada\tB-chemical\nran\tO\n", encoding="utf-8")
    corpora = {"toy": str(toy_iob), "other": str(other)}
    made = train_models(str(tiny_encoder), corpora, tmp_path / "out", **QUICK)
    assert made == {n: str(tmp_path / "out" / "models" / n) for n in ("toy", "other", "all")}
    types = {name: tag_names(load_config(folder)) for name, folder in made.items()}
    assert "B-person" in types["toy"]  # a file's own PER, unified
    assert set(types["all"]) == set(types["toy"]) | set(types["other"])
    settings = {name: read_settings(load_config(folder)) for name, folder in made.items()}
    assert settings["toy"].corpora == ("toy",)
    assert [settings[n].conditions for n in ("toy", "all")] == [(), ("toy", "other")]

    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    again = train_models(str(tiny_encoder), corpora, tmp_path / "out", **QUICK)
    assert again == made
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

    with pytest.raises(SettingError, match=r"another run: learning_rate was 5e-05 and is now"):
        train_models(str(tiny_encoder), corpora, tmp_path / "out", learning_rate=1e-3, **QUICK)
    with pytest.raises(SettingError, match="lowercase was False and is now True"):
        train_models(str(tiny_encoder), corpora, tmp_path / "out", lowercase=True, **QUICK)


def test_an_unknown_setting_is_named(toy_iob: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="'learning' is no setting of a training run"):
        train_models("base", [str(toy_iob)], tmp_path, learning=1)


def test_no_corpus_may_be_called_all(toy_iob: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="a corpus is called 'all'"):
        train_models("base", {"all": "fin", "toy": str(toy_iob)}, tmp_path)


def test_domains_are_names_and_languages() -> None:
    assert trained_domains(["wikiann/ja", "wnut=wnut2017/paper"], merged=True) == {
        "wikiann/ja": ("wikiann/ja",),
        "wnut": ("wnut", "wnut2017"),
        "all": ("wikiann/ja", "wnut", "wnut2017"),
    }
    assert list(trained_domains(["fin", "bc5cdr"], merged=False)) == ["fin", "bc5cdr"]
