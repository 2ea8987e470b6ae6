"""An exported model in place of its original: same entities, labels and scores, everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import TOY_SENTENCES

import tner_hf
from tner_hf.cli import main
from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.features import encode_windows
from tner_hf.inference.runtimes import OnnxTagger, load_tagger, open_runtime
from tner_hf.inference.runtimes.onnx import find_onnx
from tner_hf.inference.tagging import predict_windows, tag_sentences
from tner_hf.lab.calibration import calibrate
from tner_hf.lab.evaluation.scoring import score_split
from tner_hf.labels import LabelSpace
from tner_hf.models import load_config, load_model, load_tokenizer, read_settings, tag_names
from tner_hf.models.crf import IMPOSSIBLE, Crf
from tner_hf.predictions import predict_split
from tner_hf.publishing.export import export_model
from tner_hf.publishing.export.quantizing import quantize_graph

TEXTS = [
    "Ada Lovelace lived in London.",
    "",
    "unknowable Ünïcödé wörds, 東京タワー and x@y 1843 👩‍👩‍👧!",
    "Paris London Rome " * 12,  # several windows
]


def assert_same(ours: list, theirs: list) -> None:
    assert [[{**e, "score": 0} for e in answer] for answer in ours] == [
        [{**e, "score": 0} for e in answer] for answer in theirs
    ]
    scores = [[e["score"] for answer in side for e in answer] for side in (ours, theirs)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


@pytest.mark.parametrize("strategy", ["words", "none", "simple", "first", "average", "max"])
def test_the_pipeline_gives_the_entities_of_pytorch(exported: Path, strategy: str) -> None:
    original, ours = tner_hf.pipeline(exported), tner_hf.pipeline(exported / "onnx")
    assert_same(
        ours(TEXTS, aggregation_strategy=strategy), original(TEXTS, aggregation_strategy=strategy)
    )


@pytest.mark.parametrize("file", ["model.onnx", "model_quantized.onnx"])
def test_the_likeliest_labels_are_those_of_pytorch(copied: Path, file: str) -> None:
    if file == "model_quantized.onnx":
        export_model(copied, int8=True, check=False)
    original, ours = tner_hf.pipeline(copied), tner_hf.pipeline(copied / "onnx" / file)
    count = len(original.model.config.id2label)
    for answer, expected in zip(ours(TEXTS, top_k=3), original(TEXTS, top_k=3), strict=True):
        assert [(w["word"], w["start"]) for w in answer] == [
            (w["word"], w["start"]) for w in expected
        ]
        if file == "model.onnx":
            assert [[e["label"] for e in w["labels"]] for w in answer] == [
                [e["label"] for e in w["labels"]] for w in expected
            ]
            for one, other in zip(answer, expected, strict=True):
                scores = [[e["score"] for e in w["labels"]] for w in (one, other)]
                assert scores[0] == pytest.approx(scores[1], abs=1e-5)
    everything = ours(TEXTS[0], top_k=count)
    assert all(sum(e["score"] for e in w["labels"]) == pytest.approx(1) for w in everything)
    with pytest.raises(SettingError, match=f"accepted: 1 to {count}"):
        ours("Ada", top_k=count + 1)


def test_lists_of_words_and_characters_give_the_entities_of_pytorch(exported: Path) -> None:
    sentences = [words for words, _ in TOY_SENTENCES] + [["a"] * 40, ["\u200b", "Ada"]]
    for splitter in ("unicode", "characters"):
        original = tner_hf.pipeline(exported, word_splitter=splitter)
        ours = tner_hf.pipeline(exported / "onnx", word_splitter=splitter)
        assert_same(ours(sentences), original(sentences))
        assert_same(ours(["東京タワー Ada", "x"]), original(["東京タワー Ada", "x"]))


def test_a_runtime_answers_as_pytorch_does_at_every_batch_size(exported: Path) -> None:
    tokenizer, model = load_tokenizer(exported), load_model(exported)
    ours = load_tagger(exported / "onnx" / "model.onnx")
    sentences = [words for words, _ in TOY_SENTENCES] * 3 + [["Ada"] * 50]
    windows = encode_windows(sentences, tokenizer, max_length=12, overlap=4)
    expected, scores = predict_windows(model, windows, probabilities=True)
    for batch_tokens in (1, 24, None):
        found = predict_windows(ours, windows, probabilities=True, batch_tokens=batch_tokens)
        assert found[0].tolist() == expected.tolist()
        assert found[1] == pytest.approx(scores, abs=1e-5)
        labels, nothing = predict_windows(ours, windows, batch_tokens=batch_tokens)
        assert labels.tolist() == expected.tolist()
        assert nothing is None
    batch = windows.batch(0, 5)
    with open_runtime(model) as one, open_runtime(ours) as other:
        np.testing.assert_allclose(one.logits(batch), other.logits(batch), atol=1e-4)
    for temperature in (0.5, 3.0):  # scores alike, and the labels of no temperature
        alike = {"probabilities": True, "temperature": temperature}
        for runtime in (model, ours):
            labels, warm = predict_windows(runtime, windows, **alike)
            assert labels.tolist() == expected.tolist()
            assert warm == pytest.approx(predict_windows(model, windows, **alike)[1], abs=1e-5)


def test_a_crf_decodes_outside_the_graph(exported: Path) -> None:
    tokenizer, model = load_tokenizer(exported), load_model(exported)
    ours = load_tagger(exported / "onnx" / "model.onnx")
    crf = Crf.draw(tag_names(model.config))
    with torch.no_grad():
        crf.transitions.masked_fill_(crf.transitions > IMPOSSIBLE, 0).fill_diagonal_(9)
    sentences = [words for words, _ in TOY_SENTENCES] + [["Ada"] * 50]
    plain = tag_sentences(ours, tokenizer, sentences)
    for one in (model, ours):
        crf.write(one.config)
    sure = []
    for settings in (CheckpointSettings(), CheckpointSettings(temperature=2.5)):
        how = {"settings": settings, "probabilities": True}
        expected, found = (tag_sentences(one, tokenizer, sentences, **how) for one in (model, ours))
        assert found.ids.tolist() == expected.ids.tolist() != plain.ids.tolist()
        assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-5)
        sure.append(found.probabilities.mean())
    assert sure[1] < sure[0] - 0.01


def test_an_int8_model_with_a_crf_is_calibrated_in_its_own_folder(
    copied: Path, gold_file: Path
) -> None:
    folder = copied / "onnx"
    config = load_config(folder)
    Crf.draw(tag_names(config)).write(config)
    config.save_pretrained(folder)
    quantize_graph(folder / "model.onnx", folder / "model_quantized.onnx")
    assert find_onnx(folder) == folder / "model_quantized.onnx"
    before = tner_hf.evaluate(folder, str(gold_file), confidence=None)
    report = calibrate(folder, {"validation": str(gold_file)})
    after = tner_hf.evaluate(folder, str(gold_file), confidence=None)
    assert after.protocols == before.protocols
    assert read_settings(load_config(copied)).temperature is None
    assert after.calibration.temperature == report.temperature
    assert after.calibration.words.ece == pytest.approx(report.after.words.ece, abs=1e-5)
    assert report.loss[1] < report.loss[0]


def test_evaluate_scores_it_like_the_original(exported: Path, gold_file: Path) -> None:
    original = predict_split(exported, str(gold_file))
    ours = predict_split(exported / "onnx", str(gold_file))
    assert ours.predicted.tolist() == original.predicted.tolist()
    assert len(set(ours.predicted.tolist())) > 2
    scores = tner_hf.evaluate(exported / "onnx", str(gold_file), confidence=None)
    assert scores["protocols"] == score_split(original, None)["protocols"]
    assert scores.provenance["model"] == "onnx"


def test_predict_and_evaluate_take_the_folder_and_the_file(
    exported: Path, gold_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(exported / "onnx" / "model.onnx")
    said = []
    for checkpoint in (str(exported), str(exported / "onnx"), file):
        assert main(["predict", "-m", checkpoint, "Ada Lovelace lived in London."]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2] != "Ada Lovelace lived in London.\n"
    assert main(["evaluate", "-m", file, "--test_file", str(gold_file), "--no_intervals"]) == 0
    assert "type" in capsys.readouterr().out


def test_a_folder_means_its_quantized_model_and_other_names_must_be_named(copied: Path) -> None:
    folder = copied / "onnx"
    assert find_onnx(copied) is None  # the checkpoint itself has weights of PyTorch
    assert find_onnx(folder) == folder / "model.onnx"
    shutil.copy(folder / "model.onnx", folder / "model_quantized.onnx")
    assert find_onnx(folder) == folder / "model_quantized.onnx"
    (folder / "model_quantized.onnx").unlink()
    (folder / "model.onnx").rename(folder / "mine.onnx")
    with pytest.raises(CheckpointError, match=r"none of them called .*mine\.onnx"):
        find_onnx(folder)
    assert find_onnx(folder / "mine.onnx") == folder / "mine.onnx"
    with pytest.raises(CheckpointError, match="there is no file"):
        load_tagger(folder / "model.onnx")


def test_what_cannot_run_says_why(copied: Path) -> None:
    folder = copied / "onnx"
    with pytest.raises(CheckpointError, match="cannot be trained"):
        load_model(folder, LabelSpace(("PER",)))
    with pytest.raises(SettingError, match="accepted: cpu, or cuda with"):
        load_tagger(folder, device="cuda")
    tagger = load_tagger(folder)
    assert isinstance(tagger, OnnxTagger)
    assert tagger.to("cpu") is tagger
    with pytest.raises(SettingError, match="open it anew"):
        tagger.to(torch.device("cuda"))
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(CheckpointError, match="ONNX Runtime cannot load"):
        load_tagger(folder)
