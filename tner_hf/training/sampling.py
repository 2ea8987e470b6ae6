"""Batches of sentences of similar length, in random order.

Trainer's own `group_by_length` sampler (5.23) leaves each stretch of fifty batches sorted by
length, and draws from the global random state, so processes whose dropout masks differ in size draw
different epochs, and a run that is resumed within an epoch draws another one. This one is a pure
function of lengths, seed and epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

#: Steps that are sorted together: more means less padding, fewer means batches closer to random.
STEPS_PER_POOL = 50


def group_by_length(lengths: Sequence[int], step_size: int, *, seed: Sequence[int]) -> list[int]:
    """A random order of all rows in which each `step_size` neighbours have similar lengths.

    Sentences are shuffled, cut into pools of `STEPS_PER_POOL` steps, sorted by length inside each
    pool and cut into steps; then the steps are shuffled. The step with the longest sentence comes
    first, so that a batch too large for the memory fails at once, and the incomplete step, drawn at
    random, comes last.

    Args:
        lengths: sub-tokens of each row, shape [n_rows].
        step_size: rows that are processed together: batch size times processes.
        seed: any sequence of integers; the same one gives the same order.

    >>> order = group_by_length([5, 1, 9, 2, 8, 1], 2, seed=(0, 0))
    >>> sorted(order)
    [0, 1, 2, 3, 4, 5]
    >>> 2 in order[:2]
    True
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    generator = np.random.default_rng(list(seed))
    shuffled = generator.permutation(len(sizes))
    left_over = len(sizes) % step_size
    rest, whole = shuffled[:left_over], shuffled[left_over:]
    pool_size = STEPS_PER_POOL * step_size
    # Not more than a quarter of the rows in a pool: a small corpus must not see the same batches
    # in every epoch.
    pool_size = max(step_size, min(pool_size, len(whole) // 4 // step_size * step_size))
    pools = [whole[i : i + pool_size] for i in range(0, len(whole), pool_size)]
    ordered = [pool[np.argsort(-sizes[pool], kind="stable")] for pool in pools]
    steps = np.concatenate([*ordered, whole[:0]]).reshape(-1, step_size)
    steps = steps[generator.permutation(len(steps))]
    if len(steps):
        longest = int(sizes[steps].max(axis=1).argmax())
        steps[[0, longest]] = steps[[longest, 0]]
    return [*steps.ravel().tolist(), *rest.tolist()]


class EpochSampler(Sampler[int]):
    """A sampler that draws another order in each epoch, and the same one again when resumed.

    Args:
        draw: gives the rows of the epoch that begins. It has to look up the number itself:
            accelerate's `set_epoch` does not get through the three wrappers of a resumed, sharded
            loader.
        size: how many they are.
    """

    def __init__(self, draw: Callable[[], Sequence[int]], size: int) -> None:
        self._draw, self._size = draw, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        return iter(self._draw())
