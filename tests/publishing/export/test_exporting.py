"""`export_model` and `tner-hf export`: what is kept, what is refused, and that nothing is left."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest
from architectures import FAMILIES, SENTENCES, SPACE

import tner_hf
from tner_hf.cli import main
from tner_hf.errors import ExportError, SettingError
from tner_hf.inference.runtimes import load_tagger
from tner_hf.inference.tagging import tag_sentences
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.export import export_model, exporting, graph


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".partial" in path.name)


def test_int8_joins_fp32_of_the_same_weights_and_is_scored(
    copied: Path, gold_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fp32 = (copied / "onnx" / "model.onnx").read_bytes()
    arguments = ["export", "-m", str(copied), "--int8", "--test_file", str(gold_file), "--json"]
    assert main([*arguments, "--max_f1_drop", "0.2", "--min_agreement", "0.5"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["path"] == str(copied / "onnx" / "model_quantized.onnx")
    assert said["check"]["tokens"] == 26
    assert said["check"]["agreement"] >= 0.5
    assert {path.name for path in (copied / "onnx").iterdir()} == {
        *("model.onnx", "model_quantized.onnx", "config.json", "export.json"),
        *("tokenizer.json", "tokenizer_config.json"),
    }
    assert (copied / "onnx" / "model.onnx").read_bytes() == fp32
    record = json.loads((copied / "onnx" / "export.json").read_text())
    assert record["model.onnx"]["weights"] == record["model_quantized.onnx"]["weights"]
    assert record["model_quantized.onnx"]["check"]["dataset"] == "gold"
    assert leftovers(copied) == []

    operators = [n.op_type for n in onnx.load(copied / "onnx" / "model_quantized.onnx").graph.node]
    assert operators.count("MatMulInteger") == 12  # six matrices in each of two layers
    products = 2 * 2 + 1  # inside attention, and the classifier
    assert operators.count("MatMul") == products


def test_one_that_is_worse_is_refused_and_nothing_is_left(
    copied: Path, gold_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in (copied / "onnx").iterdir()}
    arguments = ["export", "-m", str(copied), "--test_file", str(gold_file)]
    assert main([*arguments, "--min_agreement", "1.1"]) == 2
    said = capsys.readouterr().err
    assert "is not as good, and was not kept" in said
    assert "labels that agree: 100.00 %" in said
    assert {path.name: path.read_bytes() for path in (copied / "onnx").iterdir()} == before
    assert leftovers(copied) == []


def test_the_other_file_goes_when_the_weights_changed(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_fingerprint", lambda model: "other weights")
    export_model(copied, int8=True, check=False)
    assert sorted(p.name for p in (copied / "onnx").glob("*.onnx")) == ["model_quantized.onnx"]
    assert list(json.loads((copied / "onnx" / "export.json").read_text())) == [
        "model_quantized.onnx"
    ]


def test_large_weights_lie_beside_the_graph(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "LARGEST_FILE", 1)
    out = tmp_path / "large"
    made = export_model(exported, out, check=False)
    assert made.path.stat().st_size + (out / "model.onnx_data").stat().st_size == made.size
    text = "Ada Lovelace lived in London."
    assert [e["word"] for e in tner_hf.pipeline(out)(text)] == [
        e["word"] for e in tner_hf.pipeline(exported)(text)
    ]


def test_gold_data_is_that_of_the_run_or_must_be_named(exported: Path) -> None:
    with pytest.raises(SettingError, match="does not say what it was tested on"):
        export_model(exported)


def test_a_folder_with_other_things_is_left_alone(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SettingError, match="not written by `tner-hf export`"):
        export_model(exported, tmp_path, check=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_model_that_cannot_be_traced_is_a_clear_error(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import BertForTokenClassification

    def forward(self, input_ids, attention_mask):
        raise RuntimeError("data-dependent control flow")

    monkeypatch.setattr(BertForTokenClassification, "forward", forward)
    with pytest.raises(ExportError, match="a bert model cannot be exported to ONNX by PyTorch"):
        export_model(exported, tmp_path / "out", check=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "bert"])
def test_every_family_gives_the_labels_of_pytorch(family: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    build_tokenizer, build_config = FAMILIES[family]
    tokenizer = build_tokenizer()
    torch.manual_seed(0)
    AutoModel.from_config(build_config(len(tokenizer))).save_pretrained(tmp_path / "encoder")
    tokenizer.save_pretrained(tmp_path / "encoder")
    model = load_model(tmp_path / "encoder", SPACE)
    model.save_pretrained(tmp_path / "model")
    tokenizer = load_tokenizer(tmp_path / "encoder")
    tokenizer.save_pretrained(tmp_path / "model")
    export_model(tmp_path / "model", check=False)

    ours = load_tagger(tmp_path / "model" / "onnx")
    sentences = [*SENTENCES, ["Ada", "met", "Grace"] * 15]
    expected = tag_sentences(model, tokenizer, sentences, probabilities=True)
    found = tag_sentences(ours, tokenizer, sentences, probabilities=True)
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-5)
