"""`push_report`: every table of a folder on one page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import DatasetCard, HfApi
from publishing.hub.conftest import WRITER

from tner_hf.cli import main
from tner_hf.errors import SettingError
from tner_hf.publishing.hub import push_report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What two runs of `reproduce` leave, models aside."""
    for table, row in (("table3", "wnut2017"), ("table4", "wikiann/ja")):
        (tmp_path / "out" / table).mkdir(parents=True)
        absent = f"fin: no file in {tmp_path}/raw/fin, or ~/fin"
        page = f"# {table}: F1\n\n| {row} |\n\n## Data\n\n{absent}\n"
        (tmp_path / "out" / table / "reproduce.md").write_text(page)
        numbers = f'{{"row": "{row}", "absent": "no file in {tmp_path}/raw/fin"}}'
        (tmp_path / "out" / table / "reproduce.json").write_text(numbers)
    (tmp_path / "out" / "models").mkdir()
    return tmp_path / "out"


def test_two_tables_are_one_page(hub: HubServer, api: HfApi, folder: Path) -> None:
    pushed = push_report(folder, "org/tables", token=WRITER.token)
    assert sorted(pushed.sent) == ["README.md", "table3/reproduce.json", "table4/reproduce.json"]
    card = DatasetCard(hub.text("dataset", "org/tables", "README.md"))
    assert card.data.to_dict()["viewer"] is False
    headings = [line for line in card.text.splitlines() if line.startswith("#")]
    assert headings[1:] == ["## table3: F1", "### Data", "## table4: F1", "### Data"]
    assert "| wikiann/ja |" in card.text
    assert "fin: no file in fin, or fin\n" in card.text
    numbers = hub.text("dataset", "org/tables", "table4/reproduce.json")
    assert numbers == '{"row": "wikiann/ja", "absent": "no file in fin"}'
    (folder / "table3" / "reproduce.json").unlink()
    again = push_report(folder, "org/tables", token=WRITER.token)
    assert (list(again.sent), again.deleted) == (["README.md"], ("table3/reproduce.json",))


def test_a_name_with_blanks_does_not_leave_its_home(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/Ada Smith")
    page = folder / "table3" / "reproduce.md"
    page.write_text("# table3\n\nfin: no file in /home/Ada Smith/raw/fin\n")
    push_report(folder, "org/tables", dry_run=tmp_path / "sent")
    sent = (tmp_path / "sent" / "README.md").read_text()
    assert "fin: no file in fin\n" in sent
    assert "Smith" not in sent


def test_a_folder_without_tables_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match="holds no table; give the --output_dir"):
        push_report(tmp_path, "org/tables", dry_run=True)
    assert main(["push", "report", str(tmp_path), "--repo_id", "org/tables", "--dry_run"]) == 2
    assert "tner-hf reproduce" in capsys.readouterr().err
