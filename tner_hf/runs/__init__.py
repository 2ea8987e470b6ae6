"""What a training run was: the file `run.json`, and nobody else opens it.

    run = Run.read("out")
    run.differences(other)  # why one is not the other
    run.test_set()          # what it was tested on, as `evaluate` takes it

Needs neither torch nor transformers.
"""

from __future__ import annotations

from tner_hf.runs.recipe import list_differences
from tner_hf.runs.record import RUN_FILE, Gold, Run, SplitFacts, find_home

__all__ = ["RUN_FILE", "Gold", "Run", "SplitFacts", "find_home", "list_differences"]
