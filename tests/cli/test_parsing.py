"""Mistakes on a command line are one line, and told before the work."""

from __future__ import annotations

import pytest

from tner_hf.cli import main


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("evaluate -m x --test_file y --splti dev", "unknown flag --splti. Did you mean --split"),
        ("evaluate -m x --test_file y --bootstrap", "unknown flag --bootstrap. `tner-hf evaluate"),
        ("datasets check x --tga_column=2", "unknown flag --tga_column. Did you mean --tag_column"),
        ("datasets chek x", "unknown command chek. Did you mean check? `tner-hf datasets --help`"),
        ("evaluate -d sample", "arguments are required: -m/--model_name_or_path. `tner-hf eval"),
        ("matrix -o x -m a -d b --protocl full", "Did you mean --protocol? `tner-hf"),
        ("evaluate -m x -d sample -o /dev/null/x.json", "/dev/null/x.json cannot be written: Not"),
        ("predict -m x --file y -o /dev/null/x", "/dev/null/x cannot be written: Not a directory"),
        (
            "matrix --models a b --datasets c -o x",
            "--models: it is now --model_name_or_path. `tner",
        ),
        ("matrix -m a -d c -o x --measure=recall", "--measure: it is now --metric. `tner-hf mat"),
        ("reproduce table2 --corpora a -o x", "--corpora: it is now --dataset_name. `tner-hf rep"),
        ("push dataset x --config ja", "--config: it is now --dataset_config. `tner-hf push data"),
        ("datasets check x --revision y", "--revision: it is now --dataset_revision. `tner-hf d"),
        ("train --model_revision x -m y", "--model_revision: it is now --revision. `tner-hf tr"),
        ("train -m y --max-seq-length 9", "--max-seq-length: it is now --max_length. `tner-hf"),
        ("errors -m x -d sample -o /dev/null/x", "/dev/null/x cannot be written: Not a directory"),
    ],
)
def test_a_mistake_is_one_line(
    capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("tner-hf: ")
    assert err.count("\n") == 1
