import itertools
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from tner_hf.training.sampling import EpochSampler, group_by_length

lengths_lists = st.lists(st.integers(1, 60), max_size=200)


@given(lengths_lists, st.integers(1, 9), st.integers(0, 5))
def test_every_row_comes_once(lengths, step_size, seed):
    order = group_by_length(lengths, step_size, seed=(seed, 0))
    assert sorted(order) == list(range(len(lengths)))


@given(lengths_lists.filter(bool), st.integers(1, 9), st.integers(0, 5))
def test_the_longest_row_of_the_whole_steps_comes_in_the_first(lengths, step_size, seed):
    order = group_by_length(lengths, step_size, seed=(seed, 0))
    whole = len(order) // step_size * step_size
    ordered = [lengths[i] for i in order]
    assert whole == 0 or max(ordered[:step_size]) == max(ordered[:whole])


def test_steps_hold_similar_lengths_and_follow_each_other_at_random():
    lengths = [(7 * i) % 64 + 1 for i in range(6400)]
    order = group_by_length(lengths, 32, seed=(0, 0))
    steps = [[lengths[i] for i in order[k : k + 32]] for k in range(0, len(order), 32)]
    padded = sum(32 * max(step) for step in steps)
    assert sum(lengths) / padded > 0.95
    means = [sum(step) / 32 for step in steps]
    rising = sum(a < b for a, b in itertools.pairwise(means))
    assert 80 < rising < 120  # of 199; a sorted stretch would have none or all


def test_epochs_differ_and_repeat_with_the_same_seed():
    lengths = list(range(1, 50))
    epoch = [0]
    draw = partial(group_by_length, lengths, 4)
    sampler = EpochSampler(lambda: draw(seed=(1, epoch[0])), 49)
    first = list(sampler)
    epoch[0] = 1
    second = list(sampler)
    epoch[0] = 0
    assert first != second
    assert list(sampler) == first
    assert len(sampler) == 49


def test_a_small_corpus_is_not_cut_into_the_same_steps_each_epoch():
    lengths = list(range(16))
    steps = set()
    for epoch in range(5):
        order = group_by_length(lengths, 4, seed=(0, epoch))
        steps |= {frozenset(order[k : k + 4]) for k in range(0, 16, 4)}
    assert len(steps) > 4
