from pathlib import Path

import pytest

from tner_hf.publishing.cards.base_model import describe_base


def test_encoders_inside_packages_are_called_by_the_model_that_they_carry() -> None:
    known = ("intfloat/multilingual-e5-small", "mit")
    assert describe_base("embedded-multilingual") == known
    assert describe_base("embedded")[0] == "sentence-transformers/all-MiniLM-L6-v2"


def test_a_folder_of_such_a_name_is_no_such_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert describe_base("embedded-multilingual", is_folder=True) == (None, None)
    monkeypatch.chdir(tmp_path)
    Path("embedded-multilingual").mkdir()
    assert describe_base("embedded-multilingual")[1] is None
