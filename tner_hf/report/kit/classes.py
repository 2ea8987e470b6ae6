"""The classes of errors as every page calls them."""

from __future__ import annotations

from collections.abc import Mapping

#: Class to its name, its sign (it never depends on colour alone) and what it means; in the order in
#: which they are read.
CLASSES: Mapping[str, tuple[str, str, str]] = {
    "correct": ("correct", "✓", "same tokens, same type"),
    "type_error": ("type error", "≠", "same tokens, another type"),
    "boundary_error": ("boundary error", "↔", "some tokens in common, same type"),
    "both": ("both", "≠↔", "some tokens in common, another type"),
    "missed": ("missed", "−", "gold, and nothing was predicted on its tokens"),
    "spurious": ("spurious", "+", "predicted, and nothing is gold on its tokens"),
    "schema_gap": ("schema gap", "∅", "its type does not exist on the other side"),
}
