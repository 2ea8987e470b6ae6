"""A shard is read ahead of the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tner_hf.inference.shards.rows import Batch
from tner_hf.inference.shards.work import _read_ahead

ONE = Batch([{"text": "Ada"}], ["Ada"], [1])


def find_reader() -> threading.Thread:
    (reader,) = (each for each in threading.enumerate() if each.name == "reading")
    return reader


def test_who_stops_does_not_wait_for_a_read_that_hangs() -> None:
    hangs = threading.Event()

    def read() -> Iterator[Batch]:
        yield ONE
        hangs.wait(60)
        yield ONE

    batches = _read_ahead(read())
    assert next(batches) is ONE
    reader = find_reader()
    batches.close()  # as an error of the model, or Ctrl-C, does
    assert reader.is_alive()
    assert reader.daemon
    hangs.set()
    reader.join(10)
    assert not reader.is_alive()


def test_an_error_of_reading_comes_where_it_was_read_and_the_thread_ends() -> None:
    def read() -> Iterator[Batch]:
        yield ONE
        raise OSError("the disk is gone")

    batches = _read_ahead(read())
    assert next(batches) is ONE
    reader = find_reader()
    with pytest.raises(OSError, match="the disk is gone"):
        next(batches)
    reader.join(10)
    assert not reader.is_alive()
