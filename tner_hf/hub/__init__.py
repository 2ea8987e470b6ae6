"""Publish models, datasets and demos on the Hub: the only package that writes there.

Names load on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tner_hf.hub.datasets import push_dataset
    from tner_hf.hub.models import push_model
    from tner_hf.hub.publishing import Pushed
    from tner_hf.hub.spaces import push_space

#: Public name to the module that defines it.
_HOMES = {
    "Pushed": "tner_hf.hub.publishing",
    "push_dataset": "tner_hf.hub.datasets",
    "push_model": "tner_hf.hub.models",
    "push_space": "tner_hf.hub.spaces",
}

__all__ = ["Pushed", "push_dataset", "push_model", "push_space"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
