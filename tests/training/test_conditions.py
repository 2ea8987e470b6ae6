"""One model that can be told by whose guidelines to tag, and every door that tells it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TOY_SENTENCES
from merged_training import keep, train_merged

from tner_hf import evaluate, pipeline
from tner_hf.config import CheckpointSettings
from tner_hf.data.merging import merge_datasets
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.lab.calibration import calibrate
from tner_hf.lab.matrix import run_matrix
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.tables import render_text
from tner_hf.lab.matrix.view import View
from tner_hf.models import load_config, load_tokenizer, read_settings
from tner_hf.training import (
    DataArguments,
)
from tner_hf.training.mixing import Mixture
from tner_hf.training.rows import encode_training_rows

WORDS = [words for words, _ in TOY_SENTENCES]


@pytest.fixture(scope="module")
def corpora() -> dict[str, Any]:
    return {"people": keep("PER"), "places": keep("LOC", "ORG")}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path, corpora: Any) -> Path:
    """A model of both corpora, taught with their names for half of the sentences."""
    folder = tmp_path_factory.mktemp("told")
    train_merged(folder, tiny_encoder, corpora, corpus_condition=0.5)
    return folder


def tag(model: Any, **options: Any) -> list[list[tuple[str, str]]]:
    answers = pipeline(model, **options)(WORDS)
    return [[(each["entity_group"], each["word"]) for each in answer] for answer in answers]


PEOPLE = [[("PER", "Ada Lovelace")], [("PER", "Grace")], [], [], [("PER", "Grace Hopper")]]
PLACES = [
    [("LOC", "London")],
    [("ORG", "Acme Corp"), ("LOC", "New York")],
    [],
    [("LOC", "Paris"), ("LOC", "London"), ("LOC", "Rome")],
    [("ORG", "Navy")],
]


def test_it_tags_as_it_is_told_and_by_both_guidelines_where_it_is_not(told: Path) -> None:
    assert read_settings(load_config(told)).conditions == ("people", "places")
    assert tag(told, corpus="people") == PEOPLE
    assert tag(told, corpus="places") == PLACES
    together = [sorted([*a, *b]) for a, b in zip(PEOPLE, PLACES, strict=True)]
    assert [sorted(answer) for answer in tag(told)] == together


def test_plain_transformers_tags_without_condition(told: Path) -> None:
    from transformers import pipeline as stock

    texts = [" ".join(words) for words in WORDS]
    ours, theirs = (
        [[(each["entity_group"], each["word"], each["start"]) for each in answer] for answer in run]
        for run in (
            pipeline(told, aggregation_strategy="simple")(texts),
            stock("ner", str(told), aggregation_strategy="simple")(texts),
        )
    )
    assert ours == theirs
    conditioned = pipeline(told, aggregation_strategy="simple", corpus="people")(texts)
    assert {each["entity_group"] for answer in conditioned for each in answer} == {"PER"}


def test_long_texts_are_told_in_each_window(told: Path) -> None:
    words = WORDS[0] * 30
    found = pipeline(told, corpus="people")([words])[0]
    assert {each["entity_group"] for each in found} == {"PER"}
    assert len(found) == 30


def test_an_evaluation_says_what_the_model_was_told(told: Path, corpora: Any) -> None:
    plain, conditioned = (
        evaluate(told, corpora["people"], corpus=corpus) for corpus in (None, "people")
    )
    assert conditioned.f1 == 1.0 > plain.f1
    assert "corpus" not in plain.provenance
    assert conditioned["corpus"] == "people"
    assert "told to tag as people, on" in conditioned.table().splitlines()[0]
    # also where the tokenizer came with its condition
    given = evaluate(pipeline(told, corpus="people"), corpora["people"])
    assert (given.f1, given["corpus"]) == (1.0, "people")


def test_a_matrix_tells_each_model_whose_test_set_it_is(
    told: Path, taught: Path, corpora: Any, tmp_path: Path
) -> None:
    models = {"told": told, "taught": taught}
    plain = run_matrix(models, corpora, output_dir=tmp_path)
    own = run_matrix(models, corpora, output_dir=tmp_path, corpus="own")
    view = View(protocol="full")
    for name in corpora:
        assert own.pairs["told", name].score(view)["f1"] == 1.0
        assert (
            plain.pairs["told", name].score(view)["f1"] < 1.0
        )  # stored predictions are told apart
        assert own.pairs["told", name].corpus == name
        assert own.pairs["taught", name].corpus is None
    line = "tagged by the guidelines of each test set's own corpus, in 2 of 4 pairs"
    assert render_text(own, view).splitlines()[-1] == line
    assert line not in render_text(plain, view)
    assert Matrix.load(tmp_path / "matrix.json").describe_conditions() == own.describe_conditions()


def test_a_demo_and_a_job_say_what_their_model_was_told(told: Path) -> None:
    from tner_hf.demo.about import describe_model
    from tner_hf.inference.shards.model import ModelSpec

    facts = [
        dict(describe_model("told", str(told), pipeline(told, corpus=corpus))["facts"])
        for corpus in ("people", None)
    ]
    assert facts[0]["guidelines"] == "those of people"
    assert facts[1]["guidelines"] == "those that its corpora share"
    spec = ModelSpec(str(told), corpus="people")
    assert spec.identify()["corpus"] == "people"
    assert "corpus" not in ModelSpec(str(told)).identify()
    found = spec()([" ".join(WORDS[0])])
    assert [(each["type"], each["text"]) for each in found[0]] == PEOPLE[0]


def test_a_card_names_the_scores_of_a_model_that_was_told(
    told: Path, corpora: Any, tmp_path: Path
) -> None:
    from tner_hf.publishing.cards.scores import check_scored, read_scores

    settings = read_settings(load_config(told))
    found = []
    for corpus in (None, "people"):
        path = tmp_path / f"{corpus}.json"
        evaluate(told, corpora["people"], corpus=corpus, output_file=path)
        found.append(read_scores(path, settings))
    assert found[1].title == f"{found[0].title}, told to tag as people"
    check_scored(found, allow_unscored=False)  # two results, not one twice


def test_who_cannot_be_told_says_so(told: Path, taught: Path, corpora: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'people'\? Known: people, places"):
        pipeline(told, corpus="peopel")
    with pytest.raises(UnknownNameError, match="Did you mean 'people'"):
        run_matrix({"told": told}, corpora, corpus="peopel")
    for ask in (pipeline, lambda model, corpus: evaluate(model, corpora["people"], corpus=corpus)):
        with pytest.raises(SettingError, match="trained without conditions"):
            ask(taught, corpus="people")
    with pytest.raises(SettingError, match="one temperature, for every condition"):
        calibrate(told, corpora["people"], split="train", corpus="people")


def test_an_exported_model_is_told_as_well(told: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    from tner_hf.publishing.export import export_model

    export_model(told, tmp_path / "exported", check=False)
    assert tag(tmp_path / "exported", corpus="people") == PEOPLE
    assert tag(tmp_path / "exported") == tag(told)


def test_a_crf_is_told_as_well(tiny_encoder: Path, corpora: Any, tmp_path: Path) -> None:
    train_merged(tmp_path / "crf", tiny_encoder, corpora, corpus_condition=0.5, head="crf")
    assert tag(tmp_path / "crf", corpus="people") == PEOPLE
    assert tag(tmp_path / "crf", corpus="places") == PLACES


def test_rows_under_a_condition_take_o_for_o(tiny_encoder: Path, corpora: Any) -> None:
    tokenizer = load_tokenizer(tiny_encoder)
    tokenizer.add_tokens(["<corpus:people>", "<corpus:places>"], special_tokens=True)
    merged = merge_datasets(corpora)["train"].shuffle(seed=0)  # no longer one after the other
    names = np.asarray(merged["corpus"][:])
    settings = CheckpointSettings(max_length=64, conditions=("people", "places"))
    mixture = Mixture(names, condition=0.5)
    rows = encode_training_rows(merged, tokenizer, settings, mixture=mixture)
    assert len(rows.dataset) == 2 * len(merged)
    tags = len(merged.features["ner_tags"].feature.names)
    for i, name in enumerate(names.tolist()):
        general, own = rows.dataset[i], rows.dataset[len(merged) + i]
        token = tokenizer.convert_tokens_to_ids(f"<corpus:{name}>")
        assert own["input_ids"] == [2, token, *general["input_ids"][1:]]
        open_label = tags + list(rows.open_labels).index(name)
        closed = [0 if label == open_label else label for label in general["labels"]]
        assert own["labels"] == [-100, *closed]
    assert rows.subtokens == sum(rows.dataset["length"][i] for i in mixture.draw((0,)))


def test_training_on_a_mixture_counts_the_rows_of_an_epoch(
    tiny_encoder: Path, corpora: Any, tmp_path: Path
) -> None:
    settings = {"corpus_condition": 0.5, "sampling_temperature": 2.0, "epochs": 2}
    result = train_merged(tmp_path, tiny_encoder, corpora, **settings)
    assert result.train["global_step"] == 2 * 5
    assert result.train["alignment"]["sentences"] == 40


def test_a_run_that_is_resumed_within_an_epoch_draws_the_same_sentences(
    tiny_encoder: Path, corpora: Any, tmp_path: Path
) -> None:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums over other numbers of threads differ in their last bits
    settings = {"corpus_condition": 0.5, "sampling_temperature": 2.0, "epochs": 2, "save_steps": 6}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_merged(whole, tiny_encoder, {**corpora, "few": keep("LOC")}, **settings)
    broken.mkdir()
    shutil.copy(whole / "run.json", broken)
    shutil.copytree(whole / "checkpoint-12", broken / "checkpoint-12")
    again = train_merged(broken, tiny_encoder, {**corpora, "few": keep("LOC")}, **settings)
    torch.set_num_threads(threads)
    assert again.train["resumed_from"] == "checkpoint-12"
    weights = [(folder / "model.safetensors").read_bytes() for folder in (whole, broken)]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"corpus_condition": 1.0}, "--corpus_condition 1 cannot be used; give 0 or more, and"),
        ({"corpus_condition": -0.1}, "--corpus_condition -0.1 cannot be used"),
        ({"sampling_temperature": 0.5}, "--sampling_temperature 0.5 cannot be used; give 1"),
        ({"sampling_temperature": float("inf")}, "--sampling_temperature inf cannot be used"),
        ({"sampling_temperature": float("nan")}, "--sampling_temperature nan cannot be used"),
        ({"max_repeats": 0.0}, "--max_repeats 0 cannot be used; give 1 or more"),
    ],
)
def test_shares_that_make_no_sense_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        DataArguments(dataset_name=["a"], **settings)


def test_one_corpus_cannot_be_mixed_nor_frozen_embeddings_learn_a_condition(run_training) -> None:
    with pytest.raises(SettingError, match=r"--corpus_condition 0\.5 is for several corpora"):
        run_training(corpus_condition=0.5)
    with pytest.raises(SettingError, match="--sampling_temperature 2 is for several corpora"):
        run_training(sampling_temperature=2.0)
    with pytest.raises(SettingError, match="--freeze encoder leaves embeddings as they are"):
        run_training(corpus_condition=0.5, freeze="encoder")
