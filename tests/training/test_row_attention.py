"""Rows end to end attend as each alone, drop the same, and give the same gradients."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from tner_hf.training.row_attention import attend_rows

LENGTHS = [7, 1, 12]


def draw(seed: int = 0) -> list[torch.Tensor]:
    """Query, key and value as a model has them: heads beside each other in memory."""
    torch.manual_seed(seed)
    drawn = [torch.randn(sum(LENGTHS), 3, 4, requires_grad=True) for _ in range(3)]
    return [each.transpose(0, 1) for each in drawn]


def attend_alone(inputs: list[torch.Tensor], dropout: float, scaling: float | None) -> torch.Tensor:
    rows = zip(*(each.split(LENGTHS, dim=1) for each in inputs), strict=True)
    return torch.cat(
        [
            scaled_dot_product_attention(
                q[None], k[None], v[None], dropout_p=dropout, scale=scaling
            )
            for q, k, v in rows
        ],
        dim=2,
    )[0].transpose(0, 1)


@pytest.mark.parametrize("scaling", [None, 0.3])
@pytest.mark.parametrize("dropout", [0.1, 0.6])
def test_rows_attend_as_each_alone_and_drop_the_same(dropout: float, scaling: float | None) -> None:
    inputs = draw()
    torch.manual_seed(1)
    found = attend_rows(*inputs, LENGTHS, dropout=dropout, scaling=scaling)
    torch.manual_seed(1)
    expected = attend_alone(inputs, dropout, scaling)
    assert found.shape == (sum(LENGTHS), 3, 4)
    assert not torch.allclose(found, attend_alone(inputs, 0.0, scaling))
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(found)
    for ours, theirs in zip(
        torch.autograd.grad((found * weights).sum(), inputs),
        torch.autograd.grad((expected * weights).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_gradients_are_those_of_finite_differences() -> None:
    inputs = [each.detach().double().requires_grad_() for each in draw()]

    def attend(*given: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        return attend_rows(*given, LENGTHS, dropout=0.3)

    # The softmax is in float32, whatever comes in.
    assert torch.autograd.gradcheck(attend, inputs, eps=1e-3, atol=1e-3, rtol=1e-2)


def test_half_precision_is_that_of_autocast() -> None:
    inputs = [each.detach().bfloat16().requires_grad_() for each in draw()]
    with torch.autocast("cpu", torch.bfloat16):
        torch.manual_seed(1)
        found = attend_rows(*inputs, LENGTHS, dropout=0.1)
        torch.manual_seed(1)
        expected = attend_alone(inputs, 0.1, None)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found, expected, atol=0.03, rtol=0.03)
    for gradient in torch.autograd.grad(found.float().sum(), inputs):
        assert gradient.dtype == torch.bfloat16
        assert gradient.isfinite().all()
