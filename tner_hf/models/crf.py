"""A linear-chain CRF over the tags of a sentence: which tags follow each other, and how readily.

A checkpoint carries it in its `config.json`, under the key and in the form that T-NER used, so that
plain transformers, exports and copies have it without a file of its own. What decodes is `Crf`
alone: the runtimes give scores, and the graph of an export ends with them.

The forward and backward recursions run over all chains of a batch at once, in float64 and in
probabilities scaled at each step: one small matrix product for each, where log-sum-exp would take
the cube. An impossible transition has the score -10,000, of which the exponential is 0 exactly, and
so is its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE
from tner_hf.labels.schemes import Scheme, judge_pair
from tner_hf.models.judging import CRF_KEY

if TYPE_CHECKING:
    from transformers import PretrainedConfig

#: The score of what cannot be; allennlp's, and so T-NER's.
IMPOSSIBLE = -10_000.0

#: Transitions begin between minus this and this.
_DRAWN = 0.1

#: Scores that a step of decoding looks at, at most: they must stay in the caches of a CPU.
_STEP_SIZE = 400_000

#: Stands for a sum of 0, where nothing is possible: a stored CRF may forbid everything.
_LEAST = 1e-300

#: Labels at most: the square of their number is stored as text.
_MOST_LABELS = 1_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Crf(nn.Module):
    """Scores of transitions, and what follows from them.

    `state_dict` does not have them: they are stored in the configuration (`write`).

    Args:
        start: of each tag as the first, shape [n_labels].
        transitions: from each tag (row) to each tag (column), shape [n_labels, n_labels].
        end: of each tag as the last, shape [n_labels].
        over_words: a chain is the words of a sentence; otherwise, as in T-NER, the sub-tokens of a
            row with the special ones.
    """

    def __init__(
        self, start: Tensor, transitions: Tensor, end: Tensor, *, over_words: bool = True
    ) -> None:
        super().__init__()
        self.start, self.transitions, self.end = map(nn.Parameter, (start, transitions, end))
        self.over_words = over_words

    @classmethod
    def draw(cls, names: Sequence[str]) -> Crf:
        """Scores to begin with, at random; those that IOB2 forbids are impossible."""
        start, end = np.empty((2, len(names)), dtype=np.bool_)
        pairs = np.empty((len(names), len(names)), dtype=np.bool_)
        for i, tag in enumerate(names):
            start[i] = not any(judge_pair(OUTSIDE, tag, Scheme.IOB2))
            end[i] = not any(judge_pair(tag, OUTSIDE, Scheme.IOB2))
            pairs[i] = [not any(judge_pair(tag, other, Scheme.IOB2)) for other in names]
        return cls(*(_draw(torch.from_numpy(allowed)) for allowed in (start, pairs, end)))

    @classmethod
    def read(cls, config: PretrainedConfig) -> Crf | None:
        """The CRF of a checkpoint; None without one. `judging` has seen to its form."""
        stored = getattr(config, CRF_KEY, None)
        if stored is None:
            return None
        start, pairs, end = (
            torch.tensor(stored[name], dtype=torch.float32)
            for name in ("start_transitions", "transitions", "end_transitions")
        )
        if "_constraint_mask" in stored:  # the last two rows and columns: start and end
            allowed = torch.tensor(stored["_constraint_mask"]) > 0
            start.masked_fill_(~allowed[-2, :-2], IMPOSSIBLE)
            pairs.masked_fill_(~allowed[:-2, :-2], IMPOSSIBLE)
            end.masked_fill_(~allowed[:-2, -1], IMPOSSIBLE)
        return cls(start, pairs, end, over_words=stored.get("over") == "words")

    def write(self, config: PretrainedConfig) -> None:
        """Put it into a checkpoint's configuration; reading it gives the same to the last bit."""
        stored: dict[str, Any] = {
            "start_transitions": _as_json(self.start),
            "transitions": _as_json(self.transitions),
            "end_transitions": _as_json(self.end),
            "over": "words",
        }
        setattr(config, CRF_KEY, stored)

    def copy_from(self, other: Crf) -> None:
        """Take over the scores of another one."""
        with torch.no_grad():
            for own, given in zip(self.parameters(), other.parameters(), strict=True):
                own.copy_(given)

    def log_likelihood(self, emissions: Tensor, labels: Tensor, lengths: Ints) -> Tensor:
        """The log-probability of the labels, summed over all chains.

        Args:
            emissions: scores of tags, chain after chain, shape [n_positions, n_labels]; any type.
            labels: shape [n_positions]; the transitions between them must be possible.
            lengths: positions of each chain, none of them 0, shape [n_chains].
        """
        emissions = emissions.double()
        start, pairs, end = (each.double() for each in (self.start, self.transitions, self.end))
        first, last = find_ends(lengths, labels.device)
        inner = torch.ones(len(labels), dtype=torch.bool, device=labels.device)
        inner[first] = False
        steps = pairs[labels.roll(1)[inner], labels[inner]].sum()
        path = start[labels[first]].sum() + steps + end[labels[last]].sum()
        path = path + emissions.gather(1, labels[:, None]).sum()
        partition: Any = _LogPartition  # its base has no types
        total: Tensor = path - partition.apply(emissions, start, pairs, end, _Layout(lengths))
        return total

    def read_strays(self, labels: Tensor, lengths: Ints) -> Tensor:
        """Labels in which an `I-x` that cannot follow what is before it is the `B-x` it is read as.

        Args:
            labels: of a `LabelSpace`, chain after chain, shape [n_positions].
            lengths: positions of each chain, none of them 0, shape [n_chains].
        """
        first, _ = find_ends(lengths, labels.device)
        scores = self.transitions.detach()[labels.roll(1), labels]
        scores[first] = self.start.detach()[labels[first]]
        return labels - (scores <= IMPOSSIBLE).long()

    def decode(self, emissions: Floats, lengths: Ints) -> NDArray[np.int16]:
        """The most probable labels of each chain (Viterbi).

        Args:
            emissions: scores of tags, chain after chain, shape [n_positions, n_labels].
            lengths: positions of each chain, shape [n_chains].

        Returns:
            Shape [n_positions].
        """
        found = np.empty(len(emissions), dtype=np.int16)
        start, pairs, end = (each.detach().cpu().numpy() for each in self.parameters())
        into = np.ascontiguousarray(pairs.T)  # what is searched for the best lies in a row
        for places, layout in self._groups(lengths):
            given = layout.lay_out(torch.from_numpy(emissions[places])).numpy()
            best = _find_best_paths(given, start, into, end, layout.active)
            found[places] = layout.flatten(torch.from_numpy(best))
        return found

    @torch.no_grad()
    def marginals(
        self, emissions: Floats, lengths: Ints, temperature: float | None = None
    ) -> Floats:
        """The probability of each label at each position, over all labels of its chain.

        Args:
            emissions: scores of tags, chain after chain, shape [n_positions, n_labels].
            lengths: positions of each chain, shape [n_chains].
            temperature: divides the score of whole paths, so transitions as well as emissions, and
                leaves the best path the best; dividing emissions alone would choose another one.

        Returns:
            Shape [n_positions, n_labels].
        """
        found = np.empty(emissions.shape, dtype=np.float32)
        heat = temperature or 1.0
        start, pairs, end = (_cool(each.detach().cpu(), heat) for each in self.parameters())
        scores = start, pairs, end
        for places, layout in self._groups(lengths):
            given = layout.lay_out(torch.from_numpy(emissions[places]).double() / heat)
            forward = _run_forward(given, *scores, active=layout.active)
            shares, _ = _run_backward(forward, pairs, end, layout.active)
            found[places] = layout.flatten(shares)
        return found

    def _groups(self, lengths: Ints) -> Iterator[tuple[Ints, _Layout]]:
        """Chains of similar length together: their positions, and how they are laid out."""
        begins = np.cumsum(lengths) - lengths
        order = np.argsort(-lengths, kind="stable")
        order = order[: np.count_nonzero(lengths)]
        size = max(1, _STEP_SIZE // len(self.start) ** 2)
        for low in range(0, len(order), size):
            chosen = order[low : low + size]
            own = lengths[chosen]
            shift = np.repeat(begins[chosen] - (np.cumsum(own) - own), own)
            yield np.arange(len(shift)) + shift, _Layout(own)

    def _save_to_state_dict(self, *_: Any) -> None:
        pass

    def _load_from_state_dict(self, *_: Any) -> None:
        pass


def add_crf(model: Any, origin: PretrainedConfig) -> Crf:
    """Give a model a CRF to be trained: that of where it comes from, or one drawn at random.

    Args:
        model: a token classifier with the labels of a `LabelSpace`.
        origin: configuration of what is fine-tuned. Its CRF goes on if it is one of ours with the
            same labels in the same order.

    Raises:
        SettingError: there are too many labels.
    """
    names = [model.config.id2label[i] for i in range(len(model.config.id2label))]
    if len(names) > _MOST_LABELS:
        raise SettingError(
            f"--head crf with {len(names):,} labels has {len(names) ** 2:,} transitions; accepted: "
            f"at most {_MOST_LABELS:,} labels. Train with --head linear"
        )
    crf, known = Crf.draw(names), Crf.read(origin)
    same = [str(name) for _, name in sorted((origin.id2label or {}).items())] == names
    if known is not None and known.over_words and same:
        crf.copy_from(known)
    model.crf = crf.to(model.device)
    crf.write(model.config)
    return crf


def find_ends(lengths: Ints, device: torch.device) -> tuple[Tensor, Tensor]:
    """The first and the last position of each chain, shape [n_chains] each."""
    ends = torch.from_numpy(np.cumsum(lengths)).to(device)
    return ends - torch.from_numpy(lengths).to(device), ends - 1


class _Layout:
    """Chains side by side, time first, the longest first: at each step a prefix of them goes on.

    Args:
        lengths: positions of each chain, none of them 0, shape [n_chains].

    Attributes:
        active: how many chains have a position at each step, never increasing, shape [longest].
    """

    def __init__(self, lengths: Ints) -> None:
        order = np.argsort(-lengths, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        self._column = torch.from_numpy(np.repeat(rank, lengths))
        begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
        self._step = torch.from_numpy(np.arange(len(begins)) - begins)
        reached = np.bincount(lengths)[::-1].cumsum()[::-1]  # chains of at least so many positions
        self.active: list[int] = reached[1:].tolist()

    def lay_out(self, flat: Tensor) -> Tensor:
        """Shape [longest, n_chains, n_labels] of [n_positions, n_labels]."""
        wide = flat.new_zeros((len(self.active), self.active[0], flat.shape[1]))
        wide[self._step, self._column] = flat
        return wide

    def flatten(self, wide: Tensor) -> Tensor:
        """The inverse of `lay_out`."""
        return wide[self._step, self._column]


#: What a run forward leaves: scaled probabilities [longest, n_chains, n_labels] of each label given
#: what is before it, exponentials of the emissions (the same shape), their scales and the sums
#: that were divided by [longest, n_chains], and the last sum [n_chains].
_Forward = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def _run_forward(
    emissions: Tensor, start: Tensor, pairs: Tensor, end: Tensor, active: Sequence[int]
) -> _Forward:
    most = emissions.amax(-1)
    shares = (emissions - most[..., None]).exp()
    steps = pairs.exp()
    alphas, sums = torch.zeros_like(shares), torch.ones_like(most)
    alpha, last = start.exp() * shares[0], alphas.new_empty((active[0], len(start)))
    for t, count in enumerate(active):
        if t:
            alpha = (alpha[:count] @ steps) * shares[t, :count]
        sums[t, :count] = alpha.sum(-1).clamp(min=_LEAST)
        alpha = alpha / sums[t, :count, None]
        alphas[t, :count] = last[:count] = alpha
    return alphas, shares, most, sums, (last @ end.exp()).clamp(min=_LEAST)


def _run_backward(
    forward: _Forward, pairs: Tensor, end: Tensor, active: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """The marginals [longest, n_chains, n_labels], and the expected count of each transition."""
    alphas, shares, _, sums, total = forward
    steps = pairs.exp()
    beta = end.exp() / total[:, None]
    incoming = torch.zeros_like(alphas)
    marginals = torch.zeros_like(alphas)
    for t in range(len(active) - 1, -1, -1):
        count = active[t]
        marginals[t, :count] = alphas[t, :count] * beta[:count]
        if t:
            incoming[t, :count] = shares[t, :count] * beta[:count] / sums[t, :count, None]
            beta[:count] = incoming[t, :count] @ steps.t()
    size = len(end)
    counts = alphas[:-1].reshape(-1, size).t() @ incoming[1:].reshape(-1, size)
    return marginals, counts * steps


class _LogPartition(torch.autograd.Function):
    """The logarithm of the sum over all labels of all chains, summed over chains."""

    @staticmethod
    def forward(
        ctx: Any, emissions: Tensor, start: Tensor, pairs: Tensor, end: Tensor, layout: _Layout
    ) -> Tensor:
        forward = _run_forward(layout.lay_out(emissions), start, pairs, end, layout.active)
        ctx.layout = layout
        ctx.save_for_backward(*forward, pairs, end)
        _, _, most, sums, total = forward
        return most.sum() + sums.log().sum() + total.log().sum()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        *forward, pairs, end = ctx.saved_tensors
        layout: _Layout = ctx.layout
        marginals, counts = _run_backward(tuple(forward), pairs, end, layout.active)
        lasts = _pick_last(marginals, layout.active)
        found = (layout.flatten(marginals), marginals[0].sum(0), counts, lasts.sum(0))
        return *(gradient * each for each in found), None


def _pick_last(wide: Tensor, active: Sequence[int]) -> Tensor:
    """What stands at the last position of each chain, shape [n_chains, n_labels]."""
    last = wide[0].clone()
    for t, count in enumerate(active):
        last[:count] = wide[t, :count]
    return last


def _find_best_paths(
    emissions: Floats, start: Floats, into: Floats, end: Floats, active: Sequence[int]
) -> NDArray[np.int16]:
    """Shape [longest, n_chains]; `into` has a row for each tag that is reached."""
    score = start + emissions[0]
    back = np.zeros(emissions.shape, dtype=np.int16)
    for t in range(1, len(active)):
        count = active[t]
        sums = score[:count, None, :] + into
        chosen = sums.argmax(-1)
        back[t, :count] = chosen
        best = np.take_along_axis(sums, chosen[..., None], -1)[..., 0] + emissions[t, :count]
        # Sums of thousands of scores would lose the digits that the next ones differ in.
        score[:count] = best - best.max(-1, keepdims=True)
    at = (score + end).argmax(-1)
    path = np.zeros(emissions.shape[:2], dtype=np.int16)
    for t in range(len(active) - 1, -1, -1):
        count = active[t]
        path[t, :count] = at[:count]
        at[:count] = back[t, np.arange(count), at[:count]]
    return path


def _cool(scores: Tensor, temperature: float) -> Tensor:
    """Scores at a temperature, in float64; what cannot be stays impossible at each."""
    cooled = scores.double() / temperature
    return cooled.masked_fill(scores <= IMPOSSIBLE, IMPOSSIBLE)


def _draw(allowed: Tensor) -> Tensor:
    scores = torch.empty(allowed.shape).uniform_(-_DRAWN, _DRAWN)
    return scores.masked_fill(~allowed, IMPOSSIBLE)


def _as_json(scores: Tensor) -> Any:
    """Nested lists of the shortest numbers that float32 reads as the same."""
    values = scores.detach().cpu().float().numpy()
    shortest = [float(str(value)) for value in values.ravel()]
    return np.array(shortest).reshape(values.shape).tolist()
