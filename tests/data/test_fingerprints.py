"""Fingerprints of tables: equal for equal content, and different for anything else."""

from __future__ import annotations

import itertools

import pyarrow as pa

from tner_hf.data.fingerprints import fingerprint_table


def test_equal_tables_have_equal_fingerprints() -> None:
    first, second = (pa.table({"x": [["a", "b"], ["c"]], "y": [1, 2]}) for _ in range(2))
    assert fingerprint_table(first, "train") == fingerprint_table(second, "train")


def test_different_content_names_types_and_facts_show() -> None:
    prints = [
        fingerprint_table(pa.table({"x": [["a", "b"], ["c"]]})),
        fingerprint_table(pa.table({"x": [["a"], ["b", "c"]]})),
        fingerprint_table(pa.table({"x": [["a", "b"], ["c"]]}).slice(1)),
        fingerprint_table(pa.table({"x": [["a", "b"], None]})),
        fingerprint_table(pa.table({"y": [["a", "b"], ["c"]]})),
        fingerprint_table(
            pa.table({"x": pa.array([["a", "b"], ["c"]], pa.large_list(pa.string()))})
        ),
        fingerprint_table(pa.table({"x": [["a", "b"], ["c"]]}), "train"),
    ]
    assert all(a != b for a, b in itertools.combinations(prints, 2))


def test_a_dataset_loaded_twice_keeps_its_fingerprint(tmp_path) -> None:
    import tner_hf

    path = tmp_path / "train.txt"
    path.write_text("Ada\tB-PER\nis\tO\n")
    first, second = (tner_hf.load_dataset({"train": path})["train"] for _ in range(2))
    assert first._fingerprint == second._fingerprint
    path.write_text("Ada\tB-ORG\nis\tO\n")
    assert tner_hf.load_dataset({"train": path})["train"]._fingerprint != first._fingerprint
