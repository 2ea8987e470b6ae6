"""Any amount of text, each row tagged once: fixed shards, written and renamed, in a manifest.

    sources.py    what is given -> one source an input (lines, tables, whole files)
    plan.py       sources -> shards by content, and what the job is
    processes.py  runs the shards: here, or in processes
    ray_cluster.py  or on a Ray cluster
    work.py       one shard: read, answer, write, receipt
    running.py    from beginning to end; goes on where it was stopped
    verifying.py  recounts everything

Needs neither torch nor transformers before a model is loaded.
"""

from __future__ import annotations

from tner_hf.inference.shards.model import ModelSpec
from tner_hf.inference.shards.plan import TagSettings
from tner_hf.inference.shards.running import Engine, tag_sources
from tner_hf.inference.shards.sources import find_sources

__all__ = ["Engine", "ModelSpec", "TagSettings", "find_sources", "tag_sources"]
