"""What `tner_hf.metrics` offers, and that scoring stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tner_hf.metrics


def test_every_public_name_is_there() -> None:
    assert dir(tner_hf.metrics) == tner_hf.metrics.__all__
    assert all(hasattr(tner_hf.metrics, name) for name in tner_hf.metrics.__all__)
    with pytest.raises(AttributeError, match="no attribute 'f2'"):
        _ = tner_hf.metrics.f2


def test_scoring_imports_no_heavy_library() -> None:
    code = (
        "import sys, tner_hf.metrics as m; m.score([['O']], [['O']]); "
        "heavy = {'torch', 'transformers', 'datasets', 'evaluate', 'seqeval'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
