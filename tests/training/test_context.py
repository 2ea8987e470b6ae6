"""`--context document` from training to every place that tags sentences of known documents."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tner_hf import evaluate, load_dataset, pipeline
from tner_hf.data.conversion import number_documents
from tner_hf.errors import DataError, SettingError
from tner_hf.inference.tagging import tag_sentences
from tner_hf.models import load_config, load_model, load_tokenizer, read_settings
from tner_hf.publishing.hub import push_model


@pytest.fixture
def documents(toy_files: dict[str, str]) -> dict[str, str]:
    """The toy files, a document for every second sentence."""
    for path in map(Path, toy_files.values()):
        sentences = path.read_text().strip().split("\n\n")
        parts = [
            f"-DOCSTART-\tO\n\n{each}" if i % 2 == 0 else each for i, each in enumerate(sentences)
        ]
        path.write_text("\n\n".join(parts) + "\n")
    return toy_files


def test_what_is_scored_was_read_in_its_document(
    run_training: Callable[..., Any], documents: dict[str, str], tmp_path: Path
) -> None:
    result = run_training(context="document", max_length=24, num_train_epochs=3)
    folder = Path(result.output_dir)
    assert read_settings(load_config(folder)).context == "document"
    assert json.loads((folder / "run.json").read_text())["model"]["context"] == "document"
    scored = json.loads((folder / "test_results.json").read_text())["scores"]
    again = evaluate(folder, {"test": documents["test"]}, native=True)
    assert again["protocols"]["full"] == scored
    # The text around sentences changes what is read of them, and nothing else of the answer.
    rows = load_dataset(documents, split="test", native=True)
    model, tokenizer = load_model(folder), load_tokenizer(folder)
    numbers = number_documents(rows)
    assert numbers is not None
    assert numbers.tolist() == [0, 0, 1, 1, 2]
    asked: dict[str, Any] = {"probabilities": True}
    within = tag_sentences(model, tokenizer, rows["tokens"][:], documents=numbers, **asked)
    alone = tag_sentences(model, tokenizer, rows["tokens"][:], **asked)
    assert within.offsets.tolist() == alone.offsets.tolist()
    assert within.probabilities is not None
    assert alone.probabilities is not None
    begin = within.offsets[4]  # a document of one sentence
    np.testing.assert_allclose(within.probabilities[begin:], alone.probabilities[begin:], 1e-5)
    assert np.abs(within.probabilities[:begin] - alone.probabilities[:begin]).max() > 1e-4
    # Lone sentences and running texts are documents of their own.
    assert len(pipeline(folder)(rows["tokens"][:])) == 5
    with pytest.raises(SettingError, match="scored with the text around each sentence"):
        push_model(folder, "org/toy", dry_run=tmp_path / "dry")


def test_a_test_set_without_documents_is_read_alone_and_says_so(
    run_training: Callable[..., Any],
    documents: dict[str, str],
    toy_iob: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = run_training(context="document", num_train_epochs=1, max_test_samples=0).output_dir
    with caplog.at_level(logging.WARNING, logger="tner_hf"):
        evaluate(folder, {"test": str(toy_iob)}, native=True)
    assert "no documents: its sentences are read alone" in caplog.text


def test_a_crf_goes_over_the_sentence_alone(
    run_training: Callable[..., Any], documents: dict[str, str]
) -> None:
    result = run_training(context="document", head="crf", num_train_epochs=2)
    scored = json.loads((Path(result.output_dir) / "test_results.json").read_text())["scores"]
    again = evaluate(result.output_dir, {"test": documents["test"]}, native=True)
    assert again["protocols"]["full"] == scored


def test_a_run_over_the_same_sentences_in_other_documents_is_another_run(
    run_training: Callable[..., Any], documents: dict[str, str]
) -> None:
    how = {"context": "document", "num_train_epochs": 1, "max_test_samples": 0}
    folder = run_training(**how).output_dir
    run_training(**how)  # done already
    path = Path(documents["train"])
    begin, mark, rest = path.read_text().rpartition("-DOCSTART-\tO\n\n")
    assert mark
    path.write_text(begin + rest)
    said = "the train split has the same sentences in other documents"
    with pytest.raises(SettingError, match=said):
        run_training(**how)
    stored = json.loads((Path(folder) / "run.json").read_text())
    for facts in stored["content"]["splits"].values():  # as earlier versions wrote it
        assert facts.pop("documents")
    (Path(folder) / "run.json").write_text(json.dumps(stored))
    run_training(**how)


def test_off_it_leaves_no_trace(run_training: Callable[..., Any]) -> None:
    result = run_training(num_train_epochs=1, max_test_samples=0)
    stored = json.loads((Path(result.output_dir) / "config.json").read_text())["tner_hf"]
    assert "context" not in stored


def test_data_without_documents_is_refused_before_training(
    run_training: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="the train split does not say which document"):
        run_training(context="document")
    for name, value in (("max_train_samples", 3), ("validation_fraction", 0.5)):
        files = {"train": str(tmp_path / "toy" / "train.txt")}
        with pytest.raises(SettingError, match=f"--{name} {value} takes single sentences"):
            run_training(context="document", dataset=files, **{name: value})
    assert not (tmp_path / "out").exists()
