"""`tner-hf export --wheel`: a package that pip installs, and whose name is the model's then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from email import message_from_bytes
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest

import tner_hf
from tner_hf.cli import main, quickstart
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.models.installed import find_installed


@pytest.fixture(scope="module")
def wheel(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(exported, tmp_path_factory.mktemp("wheel") / "model"))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Letters\n", encoding="utf-8")
    assert main(["export", "-m", str(folder), "--no_check", "--wheel", "letters_ner==1.2"]) == 0
    return folder / "letters_ner-1.2-py3-none-any.whl"


@pytest.fixture
def installed(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip put the package into."""
    folder = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True)
    monkeypatch.syspath_prepend(folder)
    return folder


def test_what_is_in_the_package(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        names = set(opened.namelist())
        about = message_from_bytes(opened.read("letters_ner-1.2.dist-info/METADATA"))
        text = b"".join(opened.read(name) for name in names if not name.endswith(".onnx"))
    assert {name for name in names if "dist-info" not in name} == {
        f"letters_ner/{name}"
        for name in (
            *("__init__.py", "model.onnx", "config.json", "export.json"),
            *("tokenizer.json", "tokenizer_config.json"),
        )
    }
    assert (about["Name"], about["Version"]) == ("letters_ner", "1.2")
    assert about["Requires-Dist"] == f"tner-hf[onnx]>={tner_hf.__version__}"
    said = about.get_payload()
    assert said.startswith("# letters_ner\n")
    assert "- not checked\n- licence: mit\n" in said
    assert said.endswith("# Letters\n")
    assert str(wheel.parent).encode() not in text  # no place of this machine


def test_an_installed_model_is_known_by_its_name(
    installed: Path, wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Ada Lovelace lived in London."
    assert find_installed() == {"letters_ner": installed / "letters_ner"}
    expected = tner_hf.pipeline(wheel.parent / "onnx")(text)
    assert tner_hf.pipeline("letters_ner")(text) == expected
    assert "letters_ner" not in sys.modules

    assert main(["predict", text]) == 0  # the only one there is
    assert "Lovelace" in capsys.readouterr().out


def test_of_several_installed_models_one_has_to_be_named(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = metadata.EntryPoint("other", "letters_ner", "tner_hf.models")
    first = metadata.entry_points(group="tner_hf.models")
    monkeypatch.setattr(
        "tner_hf.models.installed.entry_points",
        lambda group: metadata.EntryPoints([*first, point]),
    )
    with pytest.raises(SettingError, match="installed: letters_ner, other"):
        quickstart.find_model()


def test_a_folder_of_the_name_comes_first(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "letters_ner").mkdir()
    with pytest.raises(CheckpointError, match=r"no config\.json"):
        tner_hf.pipeline("letters_ner")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Letters", "is no name of a package"),
        ("../letters", "is no name of a package"),
        ("letters==one", "is no name of a package"),
        ("embedded", "an encoder is called so"),
        ("torch", "a package of that name is installed here, and is no model"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused_before_the_work(
    copied: Path, capsys: pytest.CaptureFixture[str], wanted: str, said: str
) -> None:
    before = sorted(copied.rglob("*"))
    assert main(["export", "-m", str(copied), "--no_check", "--wheel", wanted]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert sorted(copied.rglob("*")) == before


def test_a_card_that_is_no_text_is_refused_before_the_work(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / "README.md").write_bytes(b"caf\xe9")
    assert main(["export", "-m", str(copied), "--no_check", "--wheel", "letters_ner"]) == 2
    error = capsys.readouterr().err
    assert "no text in UTF-8 (byte 3)" in error
    assert error.count("\n") == 1
    assert not list(copied.glob("*.whl"))
