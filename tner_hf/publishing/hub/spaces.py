"""`push_space`: the demo of `tner-hf demo` as a Space of the Hub.

A Space builds from its own repository and the package index. This package is not on the index, so
the Space carries the part of it that the demo needs, as it is installed here, and its `app.py` is
the program that `tner-hf demo` runs: people see there what they saw on their own machine.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import HubError, SettingError
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.faults import hub_errors
from tner_hf.publishing.hub.publishing import Pushed, publish
from tner_hf.publishing.hub.target import Target, aim, find_token

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: The Gradio that the app is written for; a Space installs it by `sdk_version`.
GRADIO = "6.31.0"

#: Whose pages show a Space.
HUB = "https://huggingface.co"

_PINNED = ("transformers", "torch", "tokenizers", "safetensors", "numpy", "regex", "pyyaml")

#: What lies above the demo or beside it; what it imports of cards is for a checkpoint folder only,
#: and the models of a Space come from the Hub.
_LEFT_BEHIND = frozenset(
    f"tner_hf/{name}"
    for name in (
        "__main__.py", "annotate", "cli", "dataset_scripts", "inference/shards", "lab",
        "model_cards", "paper", "publishing", "spacy_component.py", "training",
        "transformers_ner.py",
    )
)  # fmt: skip

#: What the others read, and their code.
_READ = frozenset({".py", ".json", ".html", ".css", ".js", ".svg", ".txt"})


def push_space(
    models: str | Sequence[str],
    repo_id: str | Target,
    *,
    title: str | None = None,
    examples: Sequence[str] = (),
    **publishing: Any,
) -> Pushed:
    """Publish a demo: an app that tags what people type, its pinned requirements and a card.

    Args:
        models: Hub ids of the models that people can choose from; they must be published.
        repo_id: `owner/name` of the Space, or a `Target`.
        title: of the page.
        examples: texts to click on, before those of the models' cards, which the demo reads itself.
        **publishing: fields of `Target` beside it, e.g. `dry_run=True`.

    Raises:
        SettingError: no model, or one that is no Hub id.
        HubError: a model is not on the Hub, or the Hub did not take the Space.
    """
    names = list(dict.fromkeys([models] if isinstance(models, str) else models))
    if not names or not all(name.count("/") == 1 for name in names):
        raise SettingError(
            f"models={names}: a demo needs Hub ids of published models, as in org/name; publish "
            "one with `tner-hf push model`"
        )
    target = aim(repo_id, "space", (), publishing)
    if not target.dry_run:
        _check_published(names, target)
    heading = title or f"Named entities: {', '.join(name.partition('/')[2] for name in names)}"
    return publish(make_space(names, heading, examples), target)


def make_space(models: Sequence[str], title: str, examples: Sequence[str]) -> dict[str, Content]:
    """The files of a Space."""
    demo = {
        "models": list(models),
        "title": title,
        "examples": list(examples),
        "frame_ancestors": [HUB],  # the Hub shows a Space in a frame of its own page
    }
    carried = collect_package()
    return {
        "README.md": render_space_card(models, title).encode(),
        "app.py": carried["tner_hf/demo/app.py"],
        "demo.json": (json.dumps(demo, ensure_ascii=False, indent=2) + "\n").encode(),
        "requirements.txt": pin_requirements().encode(),
        **carried,
    }


def collect_package() -> dict[str, Content]:
    """The part of this package that the demo runs on, as files of a folder `tner_hf`."""
    return dict(sorted(_walk(importlib.resources.files("tner_hf"), "tner_hf")))


def _walk(part: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if path in _LEFT_BEHIND:
        return
    if part.is_file() and Path(path).suffix in _READ:
        yield path, part.read_bytes()
    elif part.is_dir() and part.name != "__pycache__":
        for inner in part.iterdir():
            yield from _walk(inner, f"{path}/{inner.name}")


def pin_requirements() -> str:
    """What the demo needs, at the versions installed here, with which the models were tried."""
    # A local version such as 2.13.0+cpu is not on PyPI.
    pins = [f"{name}=={importlib.metadata.version(name).partition('+')[0]}" for name in _PINNED]
    return "\n".join(pins) + "\n"


def render_space_card(models: Sequence[str], title: str) -> str:
    """The README.md of a Space: settings that the Hub reads, and where the models are."""
    from huggingface_hub import SpaceCard, SpaceCardData

    data = SpaceCardData(
        title=title,
        emoji="🔖",
        colorFrom="blue",
        colorTo="gray",
        sdk="gradio",
        sdk_version=GRADIO,
        app_file="app.py",
        pinned=False,
        models=list(models),
        tags=["ner", "token-classification", "tner-hf"],
    )
    listed = "\n".join(f"- [{name}](https://huggingface.co/{name})" for name in models)
    text = (
        f"# {title}\n\nType a text and see the named entities in it.\n\n{listed}\n\n"
        "Compare models, check them against gold, tag files, or call it from a program (see the "
        "page). What the models can and cannot do is said on their cards. The folder `tner_hf` is "
        "the part of tner-hf (Apache-2.0) that the demo runs on."
    )
    return str(SpaceCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n"))


def _check_published(names: Sequence[str], target: Target) -> None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    api = HfApi(token=target.token)
    for name in names:
        with hub_errors(name, find_token(target)):
            try:
                api.model_info(name)
            except RepositoryNotFoundError as error:
                raise HubError(
                    f"{name}: no such model on the Hub, or hidden from this token. Publish it "
                    f"first: tner-hf push model CHECKPOINT --repo_id {name}"
                ) from error
