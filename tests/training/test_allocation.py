"""Whether memory that is freed stays: counted in page faults, by the system."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

#: Frees and takes 48 MB again ten times, before, inside and after; prints the page faults of each.
_PROGRAM = """
import json, resource
from tner_hf.training.allocation import keep_freed_memory

def count_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        b"x" * 48_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

counts = [count_faults()]
with keep_freed_memory():
    count_faults()  # until the heap has grown
    counts.append(count_faults())
print(json.dumps([*counts, count_faults()]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's own allocator is meant")
@pytest.mark.parametrize("chosen", [False, True])
def test_freed_memory_stays_unless_the_user_chose_otherwise(chosen):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "LD_PRELOAD"))}
    kept |= {"MALLOC_ARENA_MAX": "4"} if chosen else {}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=kept, capture_output=True, text=True, check=True
    )
    before, inside, after = json.loads(done.stdout)
    # Huge pages, where the system gives them, are a few faults instead of thousands.
    assert before > 20 < after
    assert (inside < before / 10) is not chosen
