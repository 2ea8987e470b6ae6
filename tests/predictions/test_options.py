"""Arguments by name: which are of tagging, which of loading, and which of neither."""

from __future__ import annotations

import pytest

from tner_hf.errors import UnknownNameError
from tner_hf.predictions.options import PredictOptions


def test_what_is_not_of_tagging_is_of_loading() -> None:
    options = PredictOptions.of({"device": "cpu", "token_column": 1, "cache_dir": "c"})
    assert (options.device, options.loading) == ("cpu", {"token_column": 1, "cache_dir": "c"})


@pytest.mark.parametrize(("given", "meant"), [("splti", "split"), ("token_colum", "token_column")])
def test_a_typo_is_told_before_anything_is_loaded(given: str, meant: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"option '{given}'\. Did you mean '{meant}'"):
        PredictOptions.of({given: "test"})
