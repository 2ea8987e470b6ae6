import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.training.mixing import Mixture, share_out

sizes = st.lists(st.integers(1, 400), min_size=1, max_size=6)
temperatures, repeats = st.floats(1, 50), st.floats(1, 9)


@given(sizes, temperatures, repeats)
def test_an_epoch_stays_as_long_and_no_corpus_is_repeated_more_than_allowed(sizes, t, most) -> None:
    quotas = share_out(sizes, t, most)
    assert sum(quotas) == sum(sizes)
    assert all(quota <= size * most + 1 for quota, size in zip(quotas, sizes, strict=True))


@given(sizes, repeats)
def test_at_temperature_1_each_sentence_comes_once(sizes, most) -> None:
    assert share_out(sizes, 1, most) == sizes


def test_shares_are_those_of_the_definition_where_nothing_is_capped() -> None:
    quotas = share_out([6400, 1600, 100], 2, 100)
    weights = np.sqrt([6400, 1600, 100])
    assert np.allclose(quotas, 8100 * weights / weights.sum(), atol=1)


def test_an_epoch_draws_whole_passes_and_a_part_without_repeats() -> None:
    corpora = np.array(["large"] * 90 + ["small"] * 10)
    rows = Mixture(corpora, temperature=2, max_repeats=9).draw((3, 0))
    counts = np.bincount(rows, minlength=100)
    assert sum(counts) == 100
    assert counts[90:].sum() == 25  # sqrt(10) of sqrt(90) + sqrt(10)
    assert set(counts[90:]) == {2, 3}
    assert set(counts[:90]) == {0, 1}


def test_the_condition_moves_its_share_to_the_second_half_and_epochs_repeat_by_seed() -> None:
    mixture = Mixture(np.array(["a", "b"] * 500), condition=0.3)
    first, again, other = (mixture.draw(seed) for seed in ((1, 0), (1, 0), (1, 1)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sorted(first % 1000) == list(range(1000))
    assert 250 < (first >= 1000).sum() < 350
    assert (Mixture(np.array(["a", "b"])).draw((0,)) < 2).all()
