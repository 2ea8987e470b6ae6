"""Spaces: their files, and the app at work."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from hub.conftest import WRITER
from hub.server import HubServer
from huggingface_hub import HfApi, SpaceCard

from tner_hf.errors import HubError, SettingError
from tner_hf.hub import push_space

CARD = b"---\nwidget:\n- text: Ada lived in London.\n---\n# Toy\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[ModuleType]:
    """The app of a demo of two models, imported as Python imports it."""
    push_space(["org/a", "org/b"], "org/demo", examples=["x"], dry_run=tmp_path / "space")
    spec = importlib.util.spec_from_file_location("space_app", tmp_path / "space" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["space_app"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["space_app"]


def test_a_space_is_a_card_an_app_and_pins(hub: HubServer, api: HfApi) -> None:
    api.create_repo("org/toy")
    api.upload_file(repo_id="org/toy", path_in_repo="README.md", path_or_fileobj=CARD)
    pushed = push_space("org/toy", "org/demo", token=WRITER.token)
    assert pushed.url == f"{hub.url}/spaces/org/demo"
    assert sorted(pushed.sent) == ["README.md", "app.py", "demo.json", "requirements.txt"]
    card = SpaceCard(hub.text("space", "org/demo", "README.md"))
    assert (card.data.sdk, card.data.models) == ("gradio", ["org/toy"])
    assert hub.repository("space", "org/demo").sdk == "gradio"
    pins = hub.text("space", "org/demo", "requirements.txt").splitlines()
    assert all("==" in pin and "+" not in pin for pin in pins)
    # The widget text of the model's card is the example of the demo.
    demo = yaml.safe_load(hub.text("space", "org/demo", "demo.json"))
    assert demo["examples"] == ["Ada lived in London."]
    assert push_space("org/toy", "org/demo", token=WRITER.token).sent == {}


def test_a_demo_of_a_model_that_is_not_there_is_refused(hub: HubServer, api: HfApi) -> None:
    with pytest.raises(HubError, match="org/absent: no such model on the Hub"):
        push_space("org/absent", "org/demo", token=WRITER.token)
    assert hub.store.repositories == {}


def test_a_folder_is_no_model_of_a_demo() -> None:
    with pytest.raises(SettingError, match="a demo needs Hub ids of published models"):
        push_space(["model"], "org/demo")


def test_pieces_of_a_long_text_are_the_text(app: ModuleType) -> None:
    text = "A line.\n" + "One two three. " * 60 + "字" * 700
    cut = list(app.pieces(text))
    assert "".join(piece for _, piece in cut) == text
    assert all(text[start:].startswith(piece) and len(piece) <= 500 for start, piece in cut)
    assert cut[0][1] == "A line.\n"


def test_the_page_is_built(app: ModuleType) -> None:
    pytest.importorskip("gradio", reason="pip install gradio")
    page = app.build()
    assert [type(each).__name__ for each in page.input_components] == ["Textbox", "Dropdown"]
