"""Publish models, datasets, demos and reports on the Hub: the only package that writes there.

Names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.publishing.hub.datasets import push_dataset
    from tner_hf.publishing.hub.models import push_model
    from tner_hf.publishing.hub.publishing import Pushed
    from tner_hf.publishing.hub.reports import push_report
    from tner_hf.publishing.hub.spaces import push_space
    from tner_hf.publishing.hub.target import Target

__all__ = ["Pushed", "Target", "push_dataset", "push_model", "push_report", "push_space"]

__getattr__, __dir__ = load_lazily(__name__)
