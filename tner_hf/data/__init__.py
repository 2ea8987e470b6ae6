"""Corpora and your own files as datasets with one form: id, tokens, ner_tags.

Names load on first use, so that the command line can list corpora without the datasets library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.data.columns import labels_of
    from tner_hf.data.export import export_dataset
    from tner_hf.data.loading import load_dataset
    from tner_hf.data.merging import merge_datasets
    from tner_hf.data.stats import corpus_stats
    from tner_hf.data.unifying import annotated_types, unification_report

__all__ = [
    "annotated_types",
    "corpus_stats",
    "export_dataset",
    "labels_of",
    "load_dataset",
    "merge_datasets",
    "unification_report",
]

__getattr__, __dir__ = load_lazily(__name__)
