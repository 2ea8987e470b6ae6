"""Memory that a training step frees, kept for the next step.

glibc maps each large block anew and hands it back when it is freed. The gradient of an embedding
table (47 MB for 30,000 sub-tokens of width 384) then costs eleven thousand page faults in each step
of a training on a CPU, some 5 to 10 % of a small encoder's time.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

#: Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4

#: Variables, beside `MALLOC_…`, by which users choose how memory is had.
_CHOSEN_BY = frozenset({"GLIBC_TUNABLES", "LD_PRELOAD"})

#: Where glibc's own thresholds arrive once a block of the largest mapped size has been freed, as
#: happens in any process that runs a model; and its default number of mapped blocks.
_USUAL = ((_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 64 << 20), (_MMAP_MAX, 65_536))


@contextmanager
def keep_freed_memory() -> Iterator[None]:
    """Let glibc keep what is freed as long as the block lasts, and hand it back then.

    Nothing is done with another C library or allocator, or where the environment says how memory
    is to be had.
    """
    chosen = any(n.startswith("MALLOC_") or n in _CHOSEN_BY for n in os.environ)
    if chosen or platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        for parameter, value in _USUAL:
            libc.mallopt(parameter, value)
        libc.malloc_trim(0)
