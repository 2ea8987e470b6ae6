"""Going on from a trained checkpoint: its rows are kept by tag."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer

OLD = LabelSpace(("person", "place", "thing"))


@pytest.fixture
def trained(tiny_encoder: Path, tmp_path: Path) -> Path:
    torch.manual_seed(1)
    model = load_model(tiny_encoder, OLD)
    model.classifier.bias.data.normal_()
    model.save_pretrained(tmp_path)
    load_tokenizer(tiny_encoder).save_pretrained(tmp_path)
    return tmp_path


def logits_of(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([[2, 5, 7, 9, 3]])).logits[0]


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("person", "place", "thing"), None),
        (("thing", "person", "place"), "keeps thing, person, place"),
        (("place",), "keeps place; forgets person, thing"),
        (
            ("event", "person", "place", "thing"),
            "keeps person, place, thing; starts anew for event",
        ),
        (("thing", "event"), "keeps thing; starts anew for event; forgets person, place"),
    ],
)
def test_logits_of_kept_tags_stay(
    trained: Path, types: tuple[str, ...], said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    before = logits_of(load_model(trained))
    space = LabelSpace(types)
    with caplog.at_level(logging.WARNING):
        model = load_model(trained, space)
    now = logits_of(model)
    assert now.shape[-1] == model.config.num_labels == len(space)
    assert tuple(model.config.id2label.values()) == space.names
    for row, name in enumerate(space.names):
        if name in OLD.names:
            expected = before[:, OLD.names.index(name)]
            assert torch.allclose(now[:, row], expected, atol=1e-6)
    assert [record.getMessage() for record in caplog.records] == (
        [] if said is None else [f"the checkpoint's head {said}"]
    )


def test_a_carried_head_trains_and_is_saved(trained: Path, tmp_path: Path) -> None:
    model = load_model(trained, LabelSpace(("event", "place")))
    labels = torch.tensor([[-100, 1, 2, 3, -100]])
    loss = model(input_ids=torch.tensor([[2, 5, 7, 9, 3]]), labels=labels).loss
    loss.backward()
    assert model.classifier.weight.grad.shape == (5, 16)
    model.save_pretrained(tmp_path / "again")
    again = load_model(tmp_path / "again")
    assert torch.equal(again.classifier.weight, model.classifier.weight)


def test_none_of_the_types_starts_the_head_anew(
    trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load_model(trained, LabelSpace(("gene",)))
    assert model.config.num_labels == 3
    assert "knows none of the types gene: its head starts anew" in caplog.text


def test_another_scheme_starts_the_head_anew(
    trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load_model(trained)
    names = ["O", "B-person", "I-person", "E-person", "S-person", "B-place", "I-place"]
    model.config.id2label = dict(enumerate(names))
    model.config.label2id = {name: i for i, name in enumerate(names)}
    model.save_pretrained(trained)
    carried = load_model(trained, LabelSpace(("person",)))
    assert "another scheme (B, E, I, S): its head starts anew in IOB2" in caplog.text
    assert not torch.equal(carried.classifier.weight[1], model.classifier.weight[1])
