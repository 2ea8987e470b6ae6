"""What teachers say of types that a corpus does not annotate, and a run that learns it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from merged_training import keep, train_merged
from preparations import save_tagger

from tner_hf.config import CheckpointSettings
from tner_hf.data import annotated_types, labels_of
from tner_hf.data.merging import merge_datasets
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.inference.tagging import tag_sentences
from tner_hf.labels import UNIFIED, LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.cards import render_model_card
from tner_hf.runs import Run
from tner_hf.training import judging
from tner_hf.training.mixing import Mixture
from tner_hf.training.rows import TrainingRows, encode_training_rows
from tner_hf.training.teachers import Teacher, find_teachers

#: Types of the corpora here: LOC, ORG and PER, in this order.
TAGS = ("O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER")


@pytest.fixture(scope="module")
def corpora() -> dict[str, Any]:
    return {"people": keep("PER"), "places": keep("LOC", "ORG")}


@pytest.fixture
def save(tiny_encoder: Path, tmp_path: Path) -> Callable[..., str]:
    """A teacher of some types whose scores differ from word to word."""

    def make(name: str, *types: str, **how: Any) -> str:
        how = {"max_length": 64, "spread": 40, "seed": len(name), **how}
        return str(save_tagger(tmp_path / name, tiny_encoder, *types, **how))

    return make


def encode(
    encoder: Path, merged: Any, given: list[str], mixture: Mixture | None = None, **how: Any
) -> TrainingRows:
    split = merged["train"]
    found = find_teachers(given, labels_of(split), annotated_types(split), None)
    settings = CheckpointSettings(**{"max_length": 64, **how})
    tokenizer = load_tokenizer(encoder)
    if settings.conditions:
        tokenizer.add_tokens([f"<corpus:{name}>" for name in settings.conditions])
    return encode_training_rows(split, tokenizer, settings, teachers=found, mixture=mixture)


def probabilities(teacher: str, words: list[str]) -> np.ndarray:
    """What plain transformers says of the first sub-token of each word; shape [n_words, n]."""
    encoded = load_tokenizer(teacher)(words, is_split_into_words=True, return_tensors="pt")
    model = load_model(teacher).eval()
    with torch.inference_mode():
        found = model(**encoded).logits[0].softmax(-1).numpy()
    return found[[encoded.word_ids().index(word) for word in range(len(words))]]


def test_a_distribution_is_conditioned_on_what_gold_does_not_exclude() -> None:
    # O, B-LOC and I-LOC, a type of its own, and B-PER twice, of two native types.
    teacher = Teacher("x", np.array([0, 1, 2, -1, 5, 5]))
    odds = np.array([[2.0, 8.0, 4.0, 1.0, 3.0, 2.0]], dtype=np.float32)
    people = teacher.weigh(np.log(odds), (0, 5, 6), size=7)
    np.testing.assert_allclose(people, [[0, 0, 0, 0, 0, 5 / 8, 0]], rtol=1e-6)
    places = teacher.weigh(np.log(odds), (0, 1, 2), size=7, temperature=0.5)  # squares of odds
    np.testing.assert_allclose(places, [[0, 64 / 85, 16 / 85, 0, 0, 0, 0]], rtol=1e-6)
    assert teacher.knows([1, 2, 3, 4, 5, 6]) == [1, 2, 5, 6]


def test_labels_are_read_in_any_scheme_and_through_the_map_of_the_corpora(save) -> None:
    folder = save("native", "PER", "LOC")
    path = Path(folder, "config.json")
    config = json.loads(path.read_text())
    config["id2label"] = dict(enumerate(["E-PER", "O", "S-PER", "B-MISC", "B-LOC"]))
    path.write_text(json.dumps(config))
    space = LabelSpace(("location", "person"))
    assert Teacher.read(folder, space, UNIFIED).labels.tolist() == [4, 0, 3, -1, 1]
    space = LabelSpace(("MISC", "PER"))
    assert Teacher.read(f"old={folder}", space, None).labels.tolist() == [4, 0, 3, 1, -1]
    assert Teacher.read(f"old={folder}", space, None).checkpoint == folder


def test_an_open_o_has_what_its_teacher_says_and_gold_entities_stay(
    tiny_encoder, corpora, save
) -> None:
    merged = merge_datasets(corpora)
    teacher = save("geo", "LOC", "GPE")  # knows LOC; nobody knows ORG
    rows = encode(tiny_encoder, merged, [teacher])
    split = merged["train"].with_format(None)
    plain = encode_training_rows(split, load_tokenizer(tiny_encoder), CheckpointSettings(64))
    assert plain.targets is None
    first = len(TAGS) + 2
    seen = 0
    for row, usual, sentence in zip(rows.dataset, plain.dataset, split, strict=True):
        labels = [label for label in row["labels"] if label != -100]
        hard = [label for label in usual["labels"] if label != -100]
        if sentence["corpus"] == "places":  # whose missing type is PER, which this one has not
            assert labels == hard
            continue
        said = probabilities(teacher, sentence["tokens"])
        for label, before, likely in zip(labels, hard, said, strict=True):
            if before != len(TAGS):
                assert label == before
                continue
            expected = [1 - likely[1] - likely[2], likely[1], likely[2], -1, -1, 0, 0]
            np.testing.assert_allclose(rows.targets[label - first], expected, atol=1e-5)
            seen += 1
    assert seen == len(rows.targets) == 4 * 21


def test_what_teachers_of_a_type_say_is_averaged_and_sums_to_one(
    tiny_encoder, corpora, save
) -> None:
    merged = merge_datasets({"people": corpora["people"], "few": keep("LOC", "ORG", "PER")})
    given = [save("geo", "LOC"), save("offices", "ORG", "LOC"), save("firms", "ORG", "PER")]
    rows = encode(tiny_encoder, merged, given)
    words = merged["train"][0]["tokens"]
    geo, offices, firms = (probabilities(teacher, words) for teacher in given)
    at = 2  # Ada and Lovelace are gold
    firms = firms[at] / (1 - firms[at, 3:].sum())  # given that it is no person
    tags = [*(geo[at, 1:3] + offices[at, 3:5]) / 2, *(offices[at, 1:3] + firms[1:3]) / 2]
    over = max(sum(tags), 1)
    expected = np.array([max(0, 1 - sum(tags)), *tags, 0, 0]) / over
    np.testing.assert_allclose(rows.targets[0], expected, atol=1e-5)
    np.testing.assert_allclose(rows.targets.sum(axis=1), 1, atol=1e-5)
    # Where they agree on more than there is, nothing is left for `O`.
    sure = [save(n, t, bias=(-99, 50)) for n, t in (("a", "LOC"), ("b", "ORG"))]
    targets = encode(tiny_encoder, merged, sure).targets
    np.testing.assert_allclose(targets[:, [0, 5, 6]], 0)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-5)


def test_long_sentences_are_read_whole_with_the_settings_of_the_teacher(tiny_encoder, save) -> None:
    def lengthen(row: dict[str, Any]) -> dict[str, Any]:
        return {"tokens": row["tokens"] * 12, "ner_tags": row["ner_tags"] * 12}

    merged = merge_datasets({"a": keep("PER").map(lengthen), "b": keep("LOC").map(lengthen)})
    teacher = save("short", "LOC", max_length=10, lowercase=True)
    rows = encode(tiny_encoder, merged, [teacher], max_length=40)
    split = merged["train"].with_format(None)
    tagged = tag_sentences(
        load_model(teacher), load_tokenizer(teacher), split["tokens"][:], top_k=3
    )
    first, checked = 5 + 2, 0  # five tags, two of the corpora with an open `O`
    for row, begin in zip(rows.dataset, tagged.offsets, strict=False):
        labels = [label for label in row["labels"] if label != -100]  # of the words that fit
        for word, label in enumerate(labels, int(begin)):
            if label >= first:
                said = dict(tagged.top.of(word))
                expected = [said["O"], said["B-LOC"], said["I-LOC"]]
                np.testing.assert_allclose(rows.targets[label - first, :3], expected, atol=1e-5)
                checked += 1
    assert checked == len(rows.targets) > 400
    assert (rows.report.truncated_sentences, tagged.windowed_sentences) == (32, 40)


def test_rows_under_a_condition_stay_hard_and_so_do_pieces_of_words(
    tiny_encoder, corpora, save
) -> None:
    merged = merge_datasets(corpora)
    mixture = Mixture(np.asarray(merged["train"]["corpus"][:]), condition=0.5)
    rows = encode(
        tiny_encoder, merged, [save("geo", "LOC")], mixture,
        conditions=("people", "places"), label_all_subtokens="inside",
    )  # fmt: skip
    size, half = len(TAGS) + 2, len(merged["train"])
    labels = rows.dataset["labels"][:]
    assert max(max(each) for each in labels[half:]) < len(TAGS)
    assert sum(label >= size for each in labels[:half] for label in each) == 4 * 21


def test_targets_that_take_too_much_memory_are_refused(
    tiny_encoder, corpora, save, monkeypatch
) -> None:
    monkeypatch.setattr(judging, "_MOST_BYTES", 1000)
    message = r"targets of 84 words in 7 labels need 2,352 bytes of memory; accepted: up to 1,000"
    with pytest.raises(SettingError, match=message):
        encode(tiny_encoder, merge_datasets(corpora), [save("geo", "LOC")])


def test_a_run_with_teachers_is_resumed_to_the_same_weights(
    tiny_encoder, corpora, save, tmp_path
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums over other numbers of threads differ in their last bits
    given = [save("geo", "LOC"), save("humans", "PER")]
    settings: dict[str, Any] = {
        "corpus_condition": 0.5, "sampling_temperature": 2.0, "epochs": 2, "save_steps": 6,
    }  # fmt: skip
    whole, broken, plain = (tmp_path / name for name in ("whole", "broken", "plain"))
    train_merged(whole, tiny_encoder, corpora, teachers=given, **settings)
    broken.mkdir()
    shutil.copy(whole / "run.json", broken)
    shutil.copytree(whole / "checkpoint-6", broken / "checkpoint-6")
    moved = shutil.copytree(given[0], tmp_path / "elsewhere")  # the same by content
    again = train_merged(broken, tiny_encoder, corpora, teachers=[str(moved), given[1]], **settings)
    assert again.train["resumed_from"] == "checkpoint-6"
    weights = [(folder / "model.safetensors").read_bytes() for folder in (whole, broken)]
    assert weights[0] == weights[1]
    train_merged(plain, tiny_encoder, corpora, **settings)
    torch.set_num_threads(threads)
    assert weights[0] != (plain / "model.safetensors").read_bytes()

    recorded = Run.read(whole).data["teachers"]
    assert [each.partition("@")[0] for each in recorded] == ["geo", "humans"]
    with pytest.raises(SettingError, match="holds another run: the teachers are others; teachers"):
        train_merged(whole, tiny_encoder, corpora, teachers=given[:1], **settings)
    card = render_model_card(whole)
    assert "in the text of that corpus what other models say there (`geo`, `humans`)" in card
    assert str(tmp_path) not in card
    assert "other models say there" not in render_model_card(plain)


def test_with_padding_or_without_and_accumulated_the_loss_is_the_same(
    tiny_encoder, corpora, save, tmp_path, run_training
) -> None:
    calm = shutil.copytree(tiny_encoder, tmp_path / "calm")
    config = json.loads((calm / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (calm / "config.json").write_text(json.dumps(config))
    merged = merge_datasets(corpora)
    del merged["test"]
    teacher, losses = save("geo", "LOC"), []
    for how in (
        {"per_device_train_batch_size": 8},
        {"per_device_train_batch_size": 8, "padding_free": False},
        {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4},
    ):
        folder = f"out-{len(losses)}"
        run_training(
            folder, merged, model_name_or_path=str(calm), teachers=teacher, num_train_epochs=1,
            logging_steps=1, eval_strategy="no", save_strategy="no", **how,
        )  # fmt: skip
        state = json.loads((tmp_path / folder / "trainer_state.json").read_text())
        losses.append([entry["loss"] for entry in state["log_history"] if "loss" in entry])
    assert len(losses[0]) == 5
    for other in losses[1:]:
        assert other == pytest.approx(losses[0], rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"partial_labels": False}, "--no_partial_labels takes every O for one; --teachers say"),
        ({"head": "crf"}, "--head crf learns whole sentences"),
        ({"class_weights": "balanced"}, "--class_weights weighs tags"),
        ({"label_smoothing_factor": 0.1}, r"--label_smoothing_factor 0\.1 spreads"),
        ({}, "geo have nothing to say: every corpus here annotates all of the types. Give"),
    ],
)
def test_settings_that_leave_teachers_nothing_to_say_are_refused(
    run_training, save, settings, message
) -> None:
    with pytest.raises(SettingError, match=message):
        run_training(teachers=save("geo", "LOC"), **settings)


def test_teachers_that_cannot_answer_are_refused_before_training(
    tiny_encoder, corpora, save, tmp_path
) -> None:
    def ask(parts: dict[str, Any], *given: str) -> None:
        train_merged(tmp_path / "out", tiny_encoder, parts, teachers=list(given))

    with pytest.raises(SettingError, match="every corpus here annotates all of the types"):
        ask({"a": keep("PER"), "b": keep("PER")}, save("geo", "LOC"))
    message = r"/law knows LAW, and none of the types .* annotate: LOC, ORG, PER; leave it out"
    with pytest.raises(SettingError, match=message):
        ask(corpora, save("geo", "LOC"), save("law", "LAW"))
    with pytest.raises(CheckpointError, match="is no token classifier"):
        ask(corpora, str(tiny_encoder))
    folder = Path(save("io", "LOC"))
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "O", "1": "I-LOC", "2": "I-PER"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"where an entity begins \(O, I-LOC, I-PER …\)"):
        ask(corpora, str(folder))
    train_merged(tmp_path / "crf", tiny_encoder, corpora, head="crf", epochs=1)
    with pytest.raises(CheckpointError, match="has a CRF, or labels that do not say"):
        ask(corpora, str(tmp_path / "crf"))
    assert not (tmp_path / "out").exists()
