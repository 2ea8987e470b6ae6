"""`tner-hf datasets` as a user types it."""

import json
import os
import re
import sys

import pytest
from invented_corpora import write_invented_corpora

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
    assert [line.split()[0] for line in lines[1 : len(corpus_names()) + 1]] == list(corpus_names())
    assert "3,394" in next(line for line in lines if line.startswith("wnut2017"))


def test_list_as_json(capsys):
    listed = json.loads(run(capsys, "list", "--json")[1])
    assert [each["name"] for each in listed] == list(corpus_names())


def test_info(capsys):
    status, out, _ = run(capsys, "info", "conll2003")
    assert status == 0
    assert "must not be published" in " ".join(out.split())
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


def test_stats_without_names_is_one_table_of_all_corpora(capsys, monkeypatch, tmp_path):
    mirror = write_invented_corpora(tmp_path / "mirror")
    monkeypatch.setenv("TNER_HF_SOURCES", str(mirror))
    status, out, _ = run(capsys, "stats", "--cache_dir", tmp_path / "cache")
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    sizes = ["59,924", "1,088,503", "81,828", "59,924"]
    assert ["ontonotes5", "18", "train", *sizes, "declared"] in lines
    assert ["wnut2017", "6", "train", "3", "11", "4", "1,000", "DIFFERS"] in lines
    assert ["kind/wikinews", "3", "train", "2", "5", "3", "counted"] in lines
    assert ["kind/moro", "3", "train", "unknown"] in lines
    assert ["uner/en_ewt", "4", "validation", "2,001", "25,149", "966", "declared"] in lines
    assert "wikiann/es: " in out.partition("Cannot be counted")[2]
    assert "wnut2017: " in out.partition("Notes")[2]
    rows = json.loads(run(capsys, "stats", "--cache_dir", tmp_path / "cache", "--json")[1])
    assert {row["state"] for row in rows} == {
        "counted", "declared", "DIFFERS", "unknown", "UNREADABLE",
    }  # fmt: skip


def test_list_fits_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    lines = run(capsys, "list")[1].splitlines()
    assert max(map(len, lines)) <= 80
    at = next(i for i, line in enumerate(lines) if line.startswith("ontonotes5"))
    assert lines[at].endswith("news, broadcasts,")
    assert lines[at + 1].strip() == "telephone"


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


def test_a_single_file_is_repaired_into_a_file(capsys, tmp_path):
    path, output = tmp_path / "a.txt", tmp_path / "deep" / "fixed.conll"
    path.write_text("Ulm I-LOC\r\nis O", encoding="utf-8", newline="")
    status, out, _ = run(capsys, "check", path, "--fix", output)
    assert status == 0
    assert out.splitlines()[-4:] == [
        f"{path}: 3 changes, written to {output}",
        "  line ends became LF",
        "  line end added after the last line",
        "  IO became IOB2: 1 tag rewritten",
    ]
    assert output.read_bytes() == b"Ulm B-LOC\nis O\n"


def test_fix_wants_an_iob_file(capsys, tmp_path):
    status, _, err = run(capsys, "check", "wnut2017", "--fix", tmp_path)
    assert status == 2
    assert "it repairs IOB files, and none is given" in err


def test_what_needs_a_person_is_not_repaired(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("Ada X-PER\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", tmp_path / "a.txt", "--fix", tmp_path / "out")
    assert status == 1
    assert "not repaired: 1 error to mend" in out


@pytest.fixture
def leaky(tmp_path):
    """A folder whose test file repeats a training sentence and gives a string another type."""
    train = "Ada B-PER\nwrote O\n. O\n\nParis B-LOC\nis O\nold O\n"
    test = "Ada B-PER\nwrote O\n. O\n\nparis B-LOC\nis O\nold O\n\nParis B-PER\nwins O\n"
    (tmp_path / "train.txt").write_text(train, encoding="utf-8")
    (tmp_path / "test.txt").write_text(test, encoding="utf-8")
    return tmp_path


def test_check_looks_across_splits(capsys, leaky):
    status, out, _ = run(capsys, "check", leaky / "train.txt", leaky / "test.txt")
    assert status == 0
    assert out.endswith(
        "test: 1 of 3 sentences (1 distinct) are in train too, word for word, with 33.3% of the "
        "entities; 2 (2 distinct) but for case, spaces and numbers (warning)\n"
        "2 files: 0 errors, 1 warning\n"
    )
    assert f"{leaky}/test.txt:1  {leaky}/train.txt:1  Ada wrote .\n" in out
    assert "Paris   1 LOC, 1 PER" in out
    assert run(capsys, "check", leaky)[1] == out


def test_check_as_a_page_leads_from_findings_to_sentences(capsys, leaky, tmp_path):
    page = tmp_path / "check.html"
    status, out, _ = run(capsys, "check", leaky, "--html", page)
    assert status == 0
    assert out.endswith(f"2 files: 0 errors, 1 warning\nto read through: {page}\n")
    html = page.read_text(encoding="utf-8")
    assert str(leaky) not in html  # where files lie is nobody's business
    (number,) = re.findall(r'<div class="line" id="line-(\d+)"><span class="at">test.txt:9<', html)
    assert html.count(f'<a href="#line-{number}">test.txt:9</a>') == 2  # PER, and Paris as PER
    assert 'Paris<span class="type">PER</span></mark> wins' in html


def test_a_page_that_cannot_be_written_is_said_before_the_work(capsys, leaky):
    status, out, err = run(capsys, "check", leaky, "--html", leaky)
    assert (status, out) == (2, "")
    assert str(leaky) in err


def test_check_as_json_is_complete(capsys, leaky):
    found = json.loads(run(capsys, "check", leaky, "--max_length", 2, "--json")[1])
    assert [size["sentences"] for size in found["lens"]["sizes"]] == [2, 3]
    (recurrence,) = found["lens"]["recurrences"]
    assert recurrence["exact"] == {"sentences": 1, "distinct": 1, "entities": 1}
    assert [fit["over"] for fit in found["lens"]["fits"]] == [2, 2]
    assert len(found["lens"]["warnings"]) == 3


def test_check_counts_the_sub_tokens_of_a_model(capsys, leaky, tiny_encoder):
    options = ("-m", tiny_encoder, "--max_length", 6)
    found = json.loads(run(capsys, "check", leaky, *options, "--json")[1])
    train, test = found["lens"]["fits"]
    assert (train["unit"], train["longest"], train["unknown"]) == ("sub-tokens", 9, 0)
    assert (test["limit"], test["over"], test["longest_place"]) == (6, 3, f"{leaky}/test.txt:1")


def test_check_of_corpora_compares_them(capsys, leaky, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "test.jsonl").write_text(
        '{"tokens": ["Ada", "wrote", "."], "tags": ["B-person", "O", "O"]}\n', encoding="utf-8"
    )
    options = ("--unify", "--cache_dir", tmp_path / "cache")
    status, out, _ = run(capsys, "check", leaky, other, *options)
    assert status == 0
    assert f"{other} test: 1 of 1 sentences (1 distinct) are in {leaky} train too" in out
    assert out.endswith("2 datasets: 0 errors, 2 warnings\n")


def test_check_of_files_with_errors_goes_no_further(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("Ada X-PER\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", tmp_path / "a.txt", "--json")
    assert status == 1
    assert json.loads(out)["lens"] is None


def test_check_maps_types_where_asked(capsys, leaky, tmp_path):
    (tmp_path / "map.yaml").write_text("LOC: O\n", encoding="utf-8")
    options = ("--label_map", tmp_path / "map.yaml", "--json")
    found = json.loads(run(capsys, "check", leaky / "test.txt", *options)[1])
    assert found["lens"]["sizes"][0]["entities"] == 2


def test_check_of_an_unknown_corpus(capsys):
    status, _, err = run(capsys, "check", "wnut2071")
    assert status == 2
    assert "Did you mean 'wnut2017'" in err


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


def test_check_shows_the_first_of_each_cause_and_all_on_demand(tmp_path, capsys):
    path = tmp_path / "a.txt"
    path.write_text("x B_X\ny O\n\n" * 5)
    assert main(["datasets", "check", str(path)]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in shown[:3]] == [f"{path}:{n}" for n in (1, 4, 7)]
    assert shown[3].startswith("2 more: a tag that cannot be read, 5 in all: ")
    assert shown[-1] == "1 file: 5 errors, 0 warnings"
    main(["datasets", "check", str(path), "--all"])
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_formats_are_listed(capsys):
    assert main(["datasets", "formats"]) == 0
    shown = capsys.readouterr().out
    assert "labelstudio" in shown
    assert "Prodigy" in shown


def test_check_reports_how_spans_were_aligned(tmp_path, capsys):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Oslo-based Ada", "label": [[0, 4, "LOC"], [11, 14, "PER"]]}\n')
    assert main(["datasets", "check", str(path)]) == 0
    assert (
        f"{path}:1: span 'Oslo' (LOC, 0-4) cuts a word; expanded to 'Oslo-based' (warning)"
        in capsys.readouterr().out
    )
    assert main(["datasets", "check", str(path), "--on_misaligned", "error"]) == 1
