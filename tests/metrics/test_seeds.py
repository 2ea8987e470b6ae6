"""What another seed changes: mean and deviation of several runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tner_hf.errors import SettingError
from tner_hf.metrics import score
from tner_hf.metrics.seeds import SeedSummary, summarise_seeds


def test_seeds_have_mean_and_sample_deviation() -> None:
    gold = [["B-a", "O", "B-b"]]
    runs = [score(gold, [tags.split()]) for tags in ("B-a O B-b", "B-a O O", "B-a B-c B-b")]
    summary = summarise_seeds(runs)
    recall = summary.scores["type_aware"]["default"]["micro"]["recall"]
    assert recall["mean"] == pytest.approx(5 / 6)
    assert recall["std"] == pytest.approx(np.std([1, 0.5, 1], ddof=1))
    assert summary.scores["type_aware"]["default"]["per_type"]["c"]["f1"]["mean"] == 0.0
    alone = summarise_seeds(runs[:1])
    assert alone.scores["type_ignored"]["strict"]["macro"]["f1"] == {"mean": 1.0, "std": None}
    assert SeedSummary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary
    with pytest.raises(SettingError, match="no scores"):
        summarise_seeds([])
