import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from tner_hf.labels import LabelSpace
from tner_hf.training.loss import TaughtLoss, TokenLoss, find_open_labels


@pytest.fixture
def logits():
    return torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)


LABELS = torch.tensor([[0, 4, -100], [-100, 2, 1]])


def test_without_open_labels_it_is_cross_entropy_to_the_last_bit(logits):
    ours = TokenLoss()({"logits": logits}, LABELS)
    stock = functional.cross_entropy(logits.view(-1, 5), LABELS.view(-1))
    assert ours.item() == stock.item()
    assert torch.equal(*(torch.autograd.grad(x, logits)[0] for x in (ours, stock)))


def test_it_is_averaged_over_the_items_of_the_whole_step(logits):
    mean = TokenLoss()({"logits": logits}, LABELS)
    assert TokenLoss()({"logits": logits}, LABELS, 8).item() == pytest.approx(mean.item() / 2)
    count = torch.tensor(8)
    assert TokenLoss()({"logits": logits}, LABELS, count).item() == pytest.approx(mean.item() / 2)


def test_a_batch_without_labels_costs_nothing(logits):
    assert TokenLoss()({"logits": logits}, torch.full((2, 3), -100)).item() == 0
    assert TokenLoss([[0, 1]])({"logits": logits}, torch.full((2, 3), -100)).item() == 0


def test_an_open_label_is_an_o_among_the_annotated_tags_only(logits):
    labels = torch.tensor([[5, 4, -100], [-100, 6, 1]])
    ours = TokenLoss([[0, 3, 4], [0, 1]])({"logits": logits}, labels).item()
    p = logits.detach().softmax(-1)
    by_hand = -(
        math.log(p[0, 0, 0] / p[0, 0, [0, 1, 2]].sum())
        + math.log(p[0, 1, 4])
        + math.log(p[1, 1, 0] / p[1, 1, [0, 2, 3, 4]].sum())
        + math.log(p[1, 2, 1])
    )
    assert ours == pytest.approx(by_hand / 4, rel=1e-6)


def test_plain_labels_cost_the_same_beside_open_ones(logits):
    opened = TokenLoss([[0, 3, 4]])({"logits": logits}, LABELS)
    assert opened.item() == pytest.approx(TokenLoss()({"logits": logits}, LABELS).item(), rel=1e-6)
    gradients = [
        torch.autograd.grad(loss({"logits": logits}, LABELS), logits)[0]
        for loss in (TokenLoss([[0, 3, 4]]), TokenLoss())
    ]
    assert torch.allclose(*gradients, atol=1e-7)


def test_an_open_label_neither_punishes_nor_rewards_what_it_may_stand_for(logits):
    loss = TokenLoss([[0, 3, 4]])({"logits": logits}, torch.tensor([[5, -100, -100], [-100] * 3]))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0, 0, [3, 4]].tolist() == [0, 0]
    assert gradient[0, 0, 0] < 0
    assert (gradient[0, 0, [1, 2]] > 0).all()
    assert torch.isfinite(gradient).all()


def test_smoothing_of_an_open_label_spreads_over_the_annotated_tags_only(logits):
    labels = torch.tensor([[5, -100, -100], [-100] * 3])
    ours = TokenLoss([[0, 3, 4]], label_smoothing=0.1)({"logits": logits}, labels)
    annotated = functional.cross_entropy(logits[0, :1, :3], torch.tensor([0]), label_smoothing=0.1)
    assert ours.item() == pytest.approx(annotated.item(), rel=1e-6)


def test_a_taught_o_is_a_cross_entropy_to_its_target_without_what_nobody_knows(logits):
    targets = np.array([[0.7, 0, 0, 0.2, 0.1], [0.4, -1, -1, 0, 0.6]], dtype=np.float32)
    loss = TaughtLoss([[0, 3, 4], [0, 1, 2, 4]], targets)
    labels = torch.tensor([[7, 4, -100], [8, 6, 5]])  # both targets, a tag, two hard open labels
    ours = loss({"logits": logits}, labels)
    p = logits.detach().softmax(-1)
    left = p[1, 0, [0, 3, 4]] / p[1, 0, [0, 3, 4]].sum()
    by_hand = -(
        0.7 * math.log(p[0, 0, 0]) + 0.2 * math.log(p[0, 0, 3]) + 0.1 * math.log(p[0, 0, 4])
        + math.log(p[0, 1, 4])
        + 0.4 * math.log(left[0]) + 0.6 * math.log(left[2])
        + math.log(p[1, 1, 0] / p[1, 1, [0, 3]].sum())
        + math.log(p[1, 2, 0] / p[1, 2, [0, 1, 2]].sum())
    )  # fmt: skip
    assert ours.item() == pytest.approx(by_hand / 5, rel=1e-6)
    (gradient,) = torch.autograd.grad(ours, logits)
    assert torch.allclose(gradient[0, 0], (p[0, 0] - torch.tensor(targets[0])) / 5, atol=1e-7)
    assert gradient[1, 0, [1, 2]].tolist() == [0, 0]
    assert torch.isfinite(gradient).all()


def test_labels_without_a_teacher_cost_what_they_do_without_any(logits):
    labels, open_labels = torch.tensor([[5, 4, -100], [-100, 6, 1]]), [[0, 3, 4], [0, 1]]
    taught = TaughtLoss(open_labels, np.ones((1, 5), dtype=np.float32) / 5)
    assert taught({"logits": logits}, labels) == TokenLoss(open_labels)({"logits": logits}, labels)
    assert taught({"logits": logits}, torch.full((2, 3), -100)).item() == 0


@pytest.mark.parametrize("open_labels", [[], [[0, 3]]])
def test_label_smoothing_is_that_of_torch(logits, open_labels):
    ours = TokenLoss(open_labels, label_smoothing=0.1)({"logits": logits}, LABELS)
    torchs = functional.cross_entropy(logits.view(-1, 5), LABELS.view(-1), label_smoothing=0.1)
    assert ours.item() == pytest.approx(torchs.item(), rel=1e-6)


def test_half_precision_logits_are_summed_in_full():
    logits = torch.zeros(1, 1, 5, dtype=torch.bfloat16)
    assert TokenLoss()({"logits": logits}, torch.tensor([[1]])).dtype == torch.float32


def test_corpora_that_annotate_everything_have_no_open_labels():
    space = LabelSpace(("person", "location"))
    assert find_open_labels(space, {"a": ["location", "person"]}) == {}
    assert find_open_labels(space, {"a": ["person"], "b": []}) == {
        "a": (0, 3, 4),
        "b": (0, 1, 2, 3, 4),
    }
