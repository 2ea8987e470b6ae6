"""The arithmetic of a CRF, against a slow obvious version and against pytorch-crf."""

from __future__ import annotations

from itertools import chain, pairwise, product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tner_hf.errors import SettingError
from tner_hf.labels import LabelSpace
from tner_hf.models.crf import IMPOSSIBLE, Crf, _Layout, _LogPartition, add_crf

NAMES = LabelSpace(("a", "b")).names  # O B-a I-a B-b I-b


@pytest.fixture
def crf() -> Crf:
    torch.manual_seed(0)
    return Crf.draw(NAMES)


def all_paths(crf: Crf, emissions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every labelling of one chain to its score, by the definition."""
    start, pairs, end = (each.detach().double().numpy() for each in crf.parameters())
    emissions, scores = emissions.astype(np.float64), {}
    for path in product(range(len(start)), repeat=len(emissions)):
        score = start[path[0]] + end[path[-1]]
        score += sum(pairs[a, b] for a, b in pairwise(path))
        scores[path] = score + sum(emissions[t, label] for t, label in enumerate(path))
    return scores


def log_sum(values: Any) -> float:
    return float(torch.logsumexp(torch.tensor(list(values), dtype=torch.double), 0))


@st.composite
def chains(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array(draw(st.lists(st.integers(0, 4), min_size=1, max_size=4)))
    seed = draw(st.integers(0, 2**20))
    width = draw(st.sampled_from([0.0, 1.0, 8.0, 100.0]))
    noise = np.random.default_rng(seed).normal(size=(lengths.sum(), len(NAMES)))
    return (width * noise).astype(np.float32), lengths


@settings(max_examples=40)
@given(chains(), st.sampled_from([None, 0.6, 1.0, 2.5]))
def test_it_is_the_slow_obvious_version(
    drawn: tuple[np.ndarray, np.ndarray], temperature: float | None
) -> None:
    emissions, lengths = drawn
    torch.manual_seed(1)
    crf = Crf.draw(NAMES)
    found = crf.decode(emissions, lengths)
    marginals = crf.marginals(emissions, lengths, temperature)
    begin = 0
    for length in lengths[lengths > 0]:
        own = slice(begin, begin + length)
        begin += length
        scores = all_paths(crf, emissions[own])
        path = tuple(found[own].tolist())
        assert scores[path] == pytest.approx(max(scores.values()), abs=1e-3)
        total = log_sum(scores.values())
        gold = torch.tensor(path)
        likelihood = crf.log_likelihood(torch.from_numpy(emissions[own]), gold, np.array([length]))
        assert likelihood.item() == pytest.approx(scores[path] - total, abs=1e-9)
        scores = {p: s / (temperature or 1) for p, s in scores.items()}  # whole paths are cooled
        total = log_sum(scores.values())
        for t, label in product(range(length), range(len(NAMES))):
            expected = np.exp(log_sum(s for p, s in scores.items() if p[t] == label) - total)
            assert marginals[own][t, label] == pytest.approx(expected, abs=1e-6)


def test_it_is_that_of_pytorch_crf(crf: Crf) -> None:
    torchcrf = pytest.importorskip("torchcrf", reason="pip install pytorch-crf")
    lengths = np.array([3, 1, 7, 2, 7])
    emissions = 3 * torch.randn(lengths.sum(), len(NAMES))
    labels = torch.from_numpy(crf.decode(-emissions.numpy(), lengths)).long()
    other = torchcrf.CRF(len(NAMES), batch_first=True)
    for name in ("start_transitions", "end_transitions", "transitions"):
        getattr(other, name).data.copy_(getattr(crf, name.removesuffix("_transitions")))
    rows, width = len(lengths), lengths.max()
    mask = torch.from_numpy(np.arange(width) < lengths[:, None])
    wide, gold = torch.zeros(rows, width, len(NAMES)), torch.zeros(rows, width, dtype=torch.long)
    wide[mask], gold[mask] = emissions, labels
    expected = other(wide, gold, mask)
    found = crf.log_likelihood(emissions, labels, lengths)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    assert crf.decode(emissions.numpy(), lengths).tolist() == [*chain(*other.decode(wide, mask))]
    expected.backward()
    found.backward()
    assert torch.allclose(crf.transitions.grad, other.transitions.grad, atol=1e-5)
    assert torch.allclose(crf.start.grad, other.start_transitions.grad, atol=1e-5)
    assert torch.allclose(crf.end.grad, other.end_transitions.grad, atol=1e-5)


def test_its_gradients_are_those_of_differences() -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.double, requires_grad=True, generator=generator)

    layout = _Layout(np.array([3, 1, 4, 3]))
    inputs = (drawn(11, 5), drawn(5), drawn(5, 5), drawn(5))
    assert torch.autograd.gradcheck(lambda *given: _LogPartition.apply(*given, layout), inputs)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_its_marginals_are_the_gradient_of_the_partition(crf: Crf, temperature: float) -> None:
    """By a recursion in logarithms that autograd differentiates, not by the one here."""
    lengths = np.array([5, 1, 3])
    emissions = 4 * torch.randn(9, len(NAMES), dtype=torch.double)
    emissions.requires_grad_()
    start, pairs, end = (each.detach().double() / temperature for each in crf.parameters())
    total = torch.zeros((), dtype=torch.double)
    for chain_of in emissions.split(lengths.tolist()):
        state = start + chain_of[0] / temperature
        for step in chain_of[1:]:
            state = torch.logsumexp(state[:, None] + pairs, 0) + step / temperature
        total = total + torch.logsumexp(state + end, 0)
    (gradient,) = torch.autograd.grad(temperature * total, emissions)
    given_to = emissions.detach().float().numpy()
    found = crf.marginals(given_to, lengths, temperature)
    assert np.allclose(found, gradient.numpy(), atol=1e-6)
    assert np.allclose(found.sum(1), 1, atol=1e-6)


def test_what_is_impossible_stays_so_at_every_temperature(crf: Crf) -> None:
    emissions = np.zeros((3, len(NAMES)), dtype=np.float32)
    for temperature in (0.01, 1, 100):  # what a checkpoint may hold
        found = crf.marginals(emissions, np.array([3]), temperature)
        assert not found[0, [2, 4]].any()  # I-a and I-b first
        assert np.allclose(found.sum(1), 1, atol=1e-6)


def test_what_iob2_forbids_is_never_decoded_and_never_learnt(crf: Crf) -> None:
    emissions = torch.zeros(3, len(NAMES))
    emissions[:, 1:3] = torch.tensor([40.0, 50])  # three times I-a
    assert crf.decode(emissions.numpy(), np.array([3])).tolist() == [1, 2, 2]
    emissions[1] = torch.tensor([50.0, 0, 0, 0, 0])  # O in between
    assert crf.decode(emissions.numpy(), np.array([3])).tolist() == [1, 0, 1]
    crf.log_likelihood(emissions / 50, torch.tensor([1, 0, 0]), np.array([3])).backward()
    forbidden = crf.transitions <= IMPOSSIBLE
    assert forbidden.sum() == 6  # I-x after anything but B-x and I-x
    assert not crf.transitions.grad[forbidden].any()
    assert crf.transitions.grad[~forbidden].all()


def test_without_transitions_it_is_the_best_label_of_each_word() -> None:
    size = 103
    crf = Crf(torch.zeros(size), torch.zeros(size, size), torch.zeros(size))
    emissions = np.random.default_rng(0).normal(size=(700, size)).astype(np.float32)
    lengths = np.array([300, 0, 1, 399])
    assert (crf.decode(emissions, lengths) == emissions.argmax(1)).all()
    expected = torch.from_numpy(emissions).softmax(1).numpy()
    assert np.allclose(crf.marginals(emissions, lengths), expected, atol=1e-6)


def test_long_chains_keep_their_digits(crf: Crf) -> None:
    rng = np.random.default_rng(0)
    emissions = rng.normal(size=(20_000, len(NAMES))).astype(np.float32) + 500
    whole = crf.decode(emissions, np.array([20_000]))
    shifted = crf.decode(emissions - 500, np.array([20_000]))
    assert (whole == shifted).mean() > 0.999  # float32 itself loses digits at 500


def test_strays_are_read_as_scores_read_them(crf: Crf) -> None:
    labels = torch.tensor([2, 2, 0, 4, 1, 4, 4, 2])  # I-a I-a O I-b | B-a I-b I-b I-a
    read = crf.read_strays(labels, np.array([4, 4]))
    assert read.tolist() == [1, 2, 0, 3, 1, 3, 4, 1]


def test_it_comes_back_from_a_configuration_to_the_last_bit(crf: Crf) -> None:
    config: Any = SimpleNamespace()
    with torch.no_grad():
        crf.transitions.mul_(1 / 3)
    crf.write(config)
    again = Crf.read(config)
    assert again is not None
    assert again.over_words
    assert all(map(torch.equal, crf.parameters(), again.parameters()))
    assert Crf.read(SimpleNamespace()) is None
    assert not crf.state_dict()


def test_a_crf_of_tner_is_constrained_by_its_mask() -> None:
    mask = torch.ones(7, 7)
    mask[0, 2] = mask[5, 2] = mask[2, 6] = 0  # O to I-a; I-a first; I-a last
    stored = {
        "transitions": torch.zeros(5, 5).tolist(),
        "start_transitions": [0.0] * 5,
        "end_transitions": [0.0] * 5,
        "_constraint_mask": mask.tolist(),
    }
    crf = Crf.read(SimpleNamespace(crf_state_dict=stored))
    assert crf is not None
    assert not crf.over_words
    lowest = [(each <= IMPOSSIBLE).nonzero().flatten().tolist() for each in crf.parameters()]
    assert lowest == [[2], [0, 2], [2]]


def test_one_that_forbids_everything_gives_no_probability() -> None:
    crf = Crf(*(torch.full(shape, IMPOSSIBLE) for shape in ((5,), (5, 5), (5,))))
    emissions = np.zeros((7, 5), dtype=np.float32)
    assert not crf.marginals(emissions, np.array([3, 4])).any()
    assert len(crf.decode(emissions, np.array([3, 4]))) == 7


def test_too_many_labels_are_refused() -> None:
    names = {i: f"B-{i}" for i in range(1001)}
    model = SimpleNamespace(config=SimpleNamespace(id2label=names))
    with pytest.raises(SettingError, match=r"1,001 labels has 1,002,001 transitions; .* 1,000"):
        add_crf(model, model.config)
