"""The record of a dataset survives what the datasets library does to it."""

from datasets import Dataset, DatasetDict, concatenate_datasets, load_from_disk

from tner_hf.data.record import DatasetRecord, read_record, write_record
from tner_hf.labels import UnificationReport

RECORD = DatasetRecord(
    {"letters": ("person", "Ort")},
    UnificationReport({"PER": "person"}, ("Ort",), {}),
    "unified-1",
    ("read aloud",),
)


def make_dataset(record: DatasetRecord = RECORD) -> Dataset:
    dataset = Dataset.from_dict({"id": ["0", "1"]})
    dataset.info.description = "Two letters.\nSent by post."
    write_record(dataset, record)
    return dataset


def test_round_trip_through_json():
    assert DatasetRecord.from_dict(RECORD.to_dict()) == RECORD


def test_survives_map_filter_select_and_disk(tmp_path):
    dataset = make_dataset().map(lambda row: {"n": len(row["id"])}).filter(lambda _: True)
    dataset.select([0]).save_to_disk(tmp_path / "saved")
    assert read_record(load_from_disk(tmp_path / "saved")) == RECORD


def test_description_for_people_is_kept():
    dataset = make_dataset()
    write_record(dataset, RECORD)
    assert dataset.info.description.startswith("Two letters.\nSent by post.\n\ntner-hf record")
    assert dataset.info.description.count("tner-hf record") == 1


def test_records_of_concatenated_datasets_are_joined():
    other = make_dataset(DatasetRecord({"letters": ("person", "date"), "notes": ("time",)}))
    joined = read_record(concatenate_datasets([make_dataset(), other]))
    assert joined.annotated == {"letters": ("person", "Ort", "date"), "notes": ("time",)}
    assert joined.unification == RECORD.unification


def test_one_record_for_all_splits():
    dataset = DatasetDict({"train": make_dataset(), "test": make_dataset()})
    assert read_record(dataset) == RECORD


def test_dataset_without_record():
    assert read_record(Dataset.from_dict({"id": []})) == DatasetRecord()
