"""The first layers of a teacher: with which weights, and what cannot be taken apart."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    AlbertConfig,
    AlbertForTokenClassification,
    AutoModelForTokenClassification,
    BertConfig,
    BertForTokenClassification,
    DistilBertConfig,
    DistilBertForTokenClassification,
    ModernBertConfig,
    ModernBertForTokenClassification,
)

from tner_hf.errors import CheckpointError, SettingError
from tner_hf.lab.distilling.student import check_layers, count_layers, make_student

SMALL = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 40}
IDS = torch.arange(5, 12).view(1, -1)


@pytest.mark.parametrize("layers", [0, -1, 4, 9])
def test_as_many_layers_make_no_student(layers: int):
    with pytest.raises(
        SettingError, match=rf"--layers {layers}: the teacher has 4; accepted: 1 to 3"
    ):
        check_layers(layers, 4)


def test_a_student_says_what_the_first_layers_of_its_teacher_say():
    torch.manual_seed(0)
    teacher = BertForTokenClassification(BertConfig(**SMALL, num_hidden_layers=4)).eval()
    student = make_student(teacher, 2).eval()
    assert student.config.num_hidden_layers == 2
    assert teacher.config.num_hidden_layers == 4
    teacher.bert.encoder.layer = teacher.bert.encoder.layer[:2]
    with torch.inference_mode():
        assert torch.equal(student(IDS).logits, teacher(IDS).logits)
    own = {id(p) for p in teacher.parameters()}
    assert not own & {id(p) for p in student.parameters()}


def test_a_saved_student_is_loaded_as_it_was(tmp_path):
    config = ModernBertConfig(
        **SMALL, num_hidden_layers=6, pad_token_id=0, layer_types=["full_attention"] * 6
    )
    teacher = ModernBertForTokenClassification(config)
    student = make_student(teacher, 3).eval()
    student.save_pretrained(tmp_path)
    again = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        assert torch.equal(student(IDS).logits, again(IDS).logits)


def test_other_names_of_the_number_of_layers():
    config = DistilBertConfig(dim=16, hidden_dim=32, n_heads=2, n_layers=3, vocab_size=40)
    teacher = DistilBertForTokenClassification(config)
    assert count_layers(teacher) == 3
    assert make_student(teacher, 1).config.n_layers == 1


def test_shared_layers_cannot_be_left_out():
    teacher = AlbertForTokenClassification(
        AlbertConfig(**SMALL, embedding_size=16, num_hidden_layers=4)
    )
    with pytest.raises(CheckpointError, match=r"type 'albert' whose layers cannot be left out"):
        make_student(teacher, 2)
