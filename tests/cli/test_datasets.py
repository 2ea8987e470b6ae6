"""`tner-hf datasets` as a user types it."""

import json
import os
import sys

import pytest

from tner_hf.cli import main
from tner_hf.data.corpora import corpus_names


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of one command."""
    status = main(["datasets", *map(os.fspath, map(str, arguments))])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_no_sub_command_shows_them(capsys):
    status, out, _ = run(capsys)
    assert status == 0
    assert all(name in out for name in ("list", "info", "stats", "check", "export"))


def test_list_names_every_corpus(capsys):
    status, out, err = run(capsys, "list")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:4] == ["corpus", "types", "languages", "train"]
    assert [line.split()[0] for line in lines[1:12]] == list(corpus_names())
    assert "3,394" in next(line for line in lines if line.startswith("wnut2017"))


def test_list_as_json(capsys):
    listed = json.loads(run(capsys, "list", "--json")[1])
    assert [each["name"] for each in listed] == list(corpus_names())


def test_info(capsys):
    status, out, _ = run(capsys, "info", "conll2003")
    assert status == 0
    assert "must not be published" in out
    assert "PER   person" in out
    assert json.loads(run(capsys, "info", "conll2003", "--json")[1])["redistributable"] is False


def test_info_of_an_unknown_corpus(capsys):
    status, out, err = run(capsys, "info", "conll2004")
    assert (status, out) == (2, "")
    assert "Did you mean 'conll2003'" in err


def test_stats_of_files(capsys, toy_iob):
    status, out, _ = run(capsys, "stats", "--train_file", toy_iob, "--test_file", toy_iob)
    assert status == 0
    assert out.split("\n\n")[0].splitlines()[1:] == [
        "toy",
        "split  sentences  tokens  entities  median  p99  longest  also in train",
        "train          5      26        10       6    7        7",
        "test           5      26        10       6    7        7              5",
    ]
    assert "LOC                   5     5" in out


def test_stats_as_json(capsys, toy_iob):
    (stats,) = json.loads(run(capsys, "stats", toy_iob, "--unify", "--json")[1])
    assert stats["splits"]["train"]["types"] == {"location": 5, "organization": 2, "person": 3}


def test_stats_without_names_is_table_1(capsys, monkeypatch, tmp_path):
    from tner_hf.data import table1

    row = table1.TableRow("ontonotes5", "News", "en", 18, 18, {"train": 5}, missing="Buy it.")
    monkeypatch.setattr(table1, "table1", lambda **_: [row])
    status, out, _ = run(capsys, "stats", "--cache_dir", tmp_path)
    assert status == 0
    assert "ontonotes5  paper     18      5" in out
    assert "ontonotes5: Buy it." in out
    assert json.loads(run(capsys, "stats", "--json")[1])[0]["agrees"] is False


def test_check_of_good_files(capsys, toy_iob):
    status, out, _ = run(capsys, "check", toy_iob)
    assert status == 0
    assert "IOB2, 5 sentences, 26 tokens" in out
    assert out.endswith("1 file: 0 errors, 0 warnings\n")


def test_check_reports_path_line_and_exits_1(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("Ada B-PER\nParis X-LOC\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", tmp_path / "a.txt")
    assert status == 1
    assert "a.txt:2: tag 'X-LOC' has the unknown prefix 'X'" in out


def test_check_warns_and_exits_0_unless_strict(capsys, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Ada B-PER\nL. I-PER\n\nEve B-PER\n\nUlm I-LOC\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", path)
    assert status == 0
    assert "a.txt:6: stray I- start" in out
    assert run(capsys, "check", path, "--strict")[0] == 1


def test_check_compares_splits(capsys, toy_iob, tmp_path):
    (tmp_path / "test.txt").write_text("x B-DATE\n", encoding="utf-8")
    options = ("--train_file", toy_iob, "--test_file", tmp_path / "test.txt", "--json")
    report = json.loads(run(capsys, "check", *options)[1])
    assert report["ok"] is True
    assert any("DATE" in problem["message"] for problem in report["problems"])


def test_check_of_json_lines(capsys, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a", "b"], "tags": ["O"]}\n', encoding="utf-8")
    status, out, _ = run(capsys, "check", path)
    assert status == 1
    assert "a.jsonl:1: 2 words but 1 tags" in out


def test_check_writes_repaired_copies(capsys, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Ada B-PER\nL. I-PER\n\nEve B-PER\n\nUlm I-LOC\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", path, "--fix", tmp_path / "out")
    assert status == 0
    assert "1 change," in out
    assert (tmp_path / "out" / "a.txt").read_text(encoding="utf-8").endswith("Ulm B-LOC\n")
    assert run(capsys, "check", tmp_path / "out" / "a.txt", "--strict")[0] == 0


def test_what_needs_a_person_is_not_repaired(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("Ada X-PER\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", tmp_path / "a.txt", "--fix", tmp_path / "out")
    assert status == 1
    assert "not repaired: 1 error to mend" in out


def test_check_of_nothing(capsys):
    status, _, err = run(capsys, "check")
    assert status == 2
    assert "neither of NAME… and --train_file … given" in err


def test_export_and_read_back(capsys, toy_iob, tmp_path):
    status, out, _ = run(capsys, "export", toy_iob, tmp_path / "out", "--unify")
    assert status == 0
    assert f'datasets.load_dataset("{tmp_path / "out"}")' in out
    (stats,) = json.loads(
        run(capsys, "stats", tmp_path / "out", "--json", "--cache_dir", tmp_path / "cache")[1]
    )
    assert stats["splits"]["train"]["entities"] == 10
    assert run(capsys, "export", toy_iob, tmp_path / "out")[0] == 2
    assert run(capsys, "export", toy_iob, tmp_path / "out", "--overwrite", "--json")[0] == 0


def test_tables_at_a_terminal_keep_brackets(capsys, monkeypatch):
    from tner_hf.cli.output import Output

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    Output().table(["tag", "n"], [["[bold]", 1234]])
    out = capsys.readouterr().out
    assert "[bold]" in out
    assert "1,234" in out


@pytest.mark.parametrize("command", ["list", "info", "stats", "check", "export"])
def test_every_sub_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as stopped:
        main(["datasets", command, "--help"])
    assert stopped.value.code == 0
    assert f"example: tner-hf datasets {command}" in capsys.readouterr().out
