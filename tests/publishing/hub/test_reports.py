"""`push_report`: every table of a folder on one page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import DatasetCard, HfApi
from publishing.hub.conftest import WRITER

from tner_hf.cli import main
from tner_hf.errors import DataError, SettingError
from tner_hf.lab.reproduce.result import Reproduction, Split
from tner_hf.publishing.hub import push_report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What two runs of `reproduce` leave, models aside."""
    for table, corpus in (("table3", "fin"), ("table4", "wikiann/ja")):
        splits = (Split(corpus, corpus, absent="its raw files are not here"),)
        made = Reproduction(table, "F1", "type_aware", (), splits=splits)
        made.save(tmp_path / "out" / table / "reproduce.json")
    (tmp_path / "out" / "models").mkdir()
    return tmp_path / "out"


def test_two_tables_are_one_page(hub: HubServer, api: HfApi, folder: Path) -> None:
    pushed = push_report(folder, "org/tables", token=WRITER.token)
    assert sorted(pushed.sent) == ["README.md", "table3/reproduce.json", "table4/reproduce.json"]
    card = DatasetCard(hub.text("dataset", "org/tables", "README.md"))
    assert card.data.to_dict()["viewer"] is False
    how = "(micro F1 in percent, type-aware, protocol shared, seqeval's default mode)"
    headings = [line for line in card.text.splitlines() if line.startswith("#")]
    parts = ["### Data", "### Notes"]
    assert headings[1:] == [f"## table3: F1 {how}", *parts, f"## table4: F1 {how}", *parts]
    assert "| wikiann/ja |" in card.text
    assert "fin is absent: its raw files are not here\n" in card.text
    numbers = hub.text("dataset", "org/tables", "table4/reproduce.json")
    assert numbers == (folder / "table4" / "reproduce.json").read_text()
    (folder / "table3" / "reproduce.json").unlink()
    again = push_report(folder, "org/tables", token=WRITER.token)
    assert (list(again.sent), again.deleted) == (["README.md"], ("table3/reproduce.json",))


def test_a_table_of_an_earlier_version_which_named_folders_is_refused(folder: Path) -> None:
    page = folder / "table3" / "reproduce.json"
    page.write_text(page.read_text().replace('"format": 3', '"format": 2'))
    with pytest.raises(DataError, match=r"format 2; this version reads 3. Run `tner-hf reproduce`"):
        push_report(folder, "org/tables", dry_run=True)


def test_a_folder_without_tables_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match="holds no table; give the --output_dir"):
        push_report(tmp_path, "org/tables", dry_run=True)
    assert main(["push", "report", str(tmp_path), "--repo_id", "org/tables", "--dry_run"]) == 2
    assert "tner-hf reproduce" in capsys.readouterr().err
