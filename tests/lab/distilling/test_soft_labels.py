"""The teacher's scores as labels, and the loss on them, against slow and obvious ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tner_hf.errors import SettingError
from tner_hf.lab.distilling.soft_labels import SoftLoss, make_soft_rows
from tner_hf.models import load_model, load_tokenizer, read_settings
from tner_hf.training import judging

SENTENCES = [["Ada", "Lovelace", "lived", "in", "London", "."], ["Paris"], ["to", "see"] * 20]


def test_every_word_is_labelled_once_with_what_the_teacher_says_of_it(taught):
    teacher, tokenizer = load_model(taught).eval(), load_tokenizer(taught)
    settings = read_settings(teacher.config)
    rows, scores = make_soft_rows(SENTENCES, teacher, tokenizer, settings)
    assert (rows.report.sentences, rows.report.tokens) == (3, 47)
    labels = [label for row in rows.dataset["labels"] for label in row if label != -100]
    assert sorted(labels) == list(range(47))
    assert all(row[0] == row[-1] == -100 for row in rows.dataset["labels"])
    encoded = tokenizer(SENTENCES[0], is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        logits = teacher(**encoded).logits[0]
    first = [encoded.word_ids().index(word) for word in range(6)]
    np.testing.assert_allclose(scores[:6], logits[first].numpy(), atol=1e-5)


def test_scores_that_take_too_much_memory_are_refused_before_they_are_made(taught, monkeypatch):
    monkeypatch.setattr(judging, "_MOST_BYTES", 1000)
    teacher, tokenizer = load_model(taught), load_tokenizer(taught)
    settings = read_settings(teacher.config)
    with pytest.raises(SettingError, match=r"47 words in 7 labels need 1,316 bytes of memory"):
        make_soft_rows(SENTENCES, teacher, tokenizer, settings)


def test_the_loss_is_the_divergence_word_by_word():
    draw = np.random.default_rng(0)
    scores = draw.normal(size=(3, 4)).astype(np.float32)
    logits = torch.tensor(draw.normal(size=(2, 3, 4)), dtype=torch.float32, requires_grad=True)
    labels = torch.tensor([[-100, 2, 0], [-100, 1, -100]])
    for heat in (1.0, 3.0):
        expected = 0.0
        for row, place, word in ((0, 1, 2), (0, 2, 0), (1, 1, 1)):
            p = np.exp(scores[word] / heat) / np.exp(scores[word] / heat).sum()
            own = logits[row, place].detach().numpy() / heat
            q = np.exp(own) / np.exp(own).sum()
            expected += heat**2 * float((p * np.log(p / q)).sum())
        loss = SoftLoss(scores, temperature=heat)
        assert loss({"logits": logits}, labels).item() == pytest.approx(expected / 3, rel=1e-5)
        assert loss((logits,), labels, 6).item() == pytest.approx(expected / 6, rel=1e-5)
    loss({"logits": logits}, labels).backward()
    assert torch.isfinite(logits.grad).all()


def test_a_student_that_says_the_same_loses_nothing():
    scores = np.array([[2.0, -1.0], [0.5, 9.0]], dtype=np.float32)
    logits = torch.from_numpy(scores)[None] + 7  # what all labels have in common says nothing
    assert SoftLoss(scores)({"logits": logits}, torch.tensor([[0, 1]])).item() == pytest.approx(0)
    nothing = torch.full((1, 2), -100)
    assert SoftLoss(scores)({"logits": logits}, nothing).item() == 0
