"""Messages that say what is wrong, where, and what to do next."""

from __future__ import annotations

import pytest

from tner_hf.errors import DataError, MissingExtraError, Problem, TnerError, UnknownNameError


def test_an_unknown_name_comes_with_a_guess_and_the_known_ones() -> None:
    error = UnknownNameError(
        "corpus", "wnut17", ["wnut2017", "fin"], "See `tner-hf datasets list`."
    )
    assert str(error) == (
        "unknown corpus 'wnut17'. Did you mean 'wnut2017'? Known: wnut2017, fin. "
        "See `tner-hf datasets list`."
    )


def test_of_very_many_names_a_message_shows_the_near_ones_or_some() -> None:
    names = [f"setting_{number}" for number in range(50)]
    guessed = str(UnknownNameError("setting", "settin_7", names))
    assert guessed.startswith("unknown setting 'settin_7'. Did you mean 'setting_7'")
    assert "Known" not in guessed
    assert str(UnknownNameError("setting", "x", names)).endswith("setting_39 and 10 more.")


def test_a_problem_names_path_line_and_message() -> None:
    assert str(Problem("a.txt", 3, "empty token")) == "a.txt:3: empty token"
    assert str(Problem("a.txt", 0, "file is empty")) == "a.txt: file is empty"


def test_a_data_error_lists_its_problems_and_counts_the_rest() -> None:
    error = DataError("2 files are malformed", [Problem("a", n, "bad") for n in range(1, 24)])
    assert str(error).splitlines()[1] == "  a:1: bad"
    assert str(error).splitlines()[-1] == "  … and 3 more: `tner-hf datasets check` lists all"
    assert len(error.problems) == 23


def test_half_a_character_can_be_printed_and_sent() -> None:
    assert str(DataError("tag '\ud800'")).encode() == rb"tag '\ud800'"


def test_a_missing_extra_prints_the_line_to_type() -> None:
    assert 'pip install "tner-hf[demo]"' in str(MissingExtraError("the web demo", "demo"))


@pytest.mark.parametrize("kind", [ValueError, LookupError, OSError, ImportError])
def test_each_error_is_also_the_builtin_that_callers_expect(kind: type[Exception]) -> None:
    import tner_hf.errors as errors

    ours = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, TnerError)]
    assert any(issubclass(error, kind) for error in ours)
