"""Flags, the configuration file, help, and mistakes of `tner-hf train`."""

from __future__ import annotations

import json

import pytest

from tner_hf.cli import data_options, main
from tner_hf.cli.data_options import add_reading_options
from tner_hf.cli.parsing import Parser
from tner_hf.cli.train import parse_arguments
from tner_hf.errors import SettingError, TnerError
from tner_hf.formats.options import READING

NEEDED = ["--model_name_or_path", "bert", "--output_dir", "out"]


def test_every_group_of_flags_is_understood():
    model, data, training = parse_arguments(
        [*NEEDED, "--dataset_name", "wnut2017", "wikiann/ja", "--max_train_samples", "9",
         "--max-length", "64", "--lowercase", "--label_all_subtokens", "inside", "--native",
         "--learning_rate", "3e-5", "--no_partial_labels", "--report_to", "tensorboard"]
    )  # fmt: skip
    assert (model.max_length, model.lowercase, model.label_all_subtokens) == (64, True, "inside")
    assert data.source() == ["wnut2017", "wikiann/ja"]
    assert (data.max_train_samples, data.native, data.partial_labels) == (9, True, False)
    assert (training.learning_rate, training.report_to) == (3e-5, ["tensorboard"])
    assert (training.output_dir, training.metric_for_best_model) == ("out", "f1")


def test_own_files_and_their_columns():
    _, data, _ = parse_arguments(
        [*NEEDED, "--train_file", "a.txt", "--test_file", "b.txt", "--tag_column", "-2",
         "--token_column", "words", "--scheme", "BILOU"]
    )  # fmt: skip
    assert data.source() == {"train": "a.txt", "test": "b.txt"}
    assert data.reading() == {"token_column": "words", "tag_column": -2, "scheme": "BILOU"}


def test_every_option_of_reading_is_a_flag_here_and_of_the_other_commands():
    given = {
        "token_column": 1, "tag_column": "ner", "delimiter": "\t", "scheme": "bioes",
        "strict": True, "encoding": "latin-1", "label2id": "ids.json", "format": "conll",
        "header": False, "empty_tokens": "drop", "on_misaligned": "error", "nested": "inner",
        "word_splitter": "whitespace",
    }  # fmt: skip
    assert set(given) == set(READING)
    flags = [
        f"--{'' if value else 'no-'}{name}" if isinstance(value, bool) else f"--{name}={value}"
        for name, value in given.items()
    ]
    _, data, _ = parse_arguments([*NEEDED, "--train_file", "a.txt", *flags])
    assert data.reading() == given
    other = Parser()
    add_reading_options(other)
    assert data_options.given(other.parse_args(flags), READING) == given


def test_an_option_of_reading_is_judged_before_anything_is_read():
    for flags, message in [
        (["--scheme", "BIX"], "BIX"),
        (["--encoding", "latin-99"], "unknown encoding 'latin-99'"),
        (["--token_column", "1", "--tag_column", "1"], "token_column and tag_column are both 1"),
    ]:
        with pytest.raises(TnerError, match=message):
            parse_arguments([*NEEDED, "--train_file", "a.txt", *flags])


def test_a_header_can_be_denied_in_the_file_as_well(tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("train_file: a.csv\nheader: false\nstrict: true\ntoken_column: 2\n")
    _, data, _ = parse_arguments([*NEEDED, "--config", str(config)])
    assert data.reading() == {"header": False, "strict": True, "token_column": 2}
    _, data, _ = parse_arguments([*NEEDED, "--config", str(config), "--header"])
    assert data.reading()["header"] is True


def test_the_command_line_wins_over_the_file(tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text(
        "model_name_or_path: bert\noutput-dir: out\ndataset_name: [wnut2017, fin]\n"
        "learning_rate: 2e-5\nseed: 7\nbf16: true\npartial_labels: false\nrun_name: null\n"
        "lr_scheduler_kwargs: {num_cycles: 2}\n"
    )
    model, data, training = parse_arguments(["--config", str(config), "--seed", "8"])
    assert (model.model_name_or_path, data.dataset_name) == ("bert", ["wnut2017", "fin"])
    assert (training.learning_rate, training.seed, training.bf16) == (2e-5, 8, True)
    assert (data.partial_labels, training.run_name) == (False, None)
    assert training.lr_scheduler_kwargs == {"num_cycles": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learnin_rate: 1\n", "unknown key learnin_rate. Did you mean learning_rate"),
        ("seed: many\n", "argument --seed: invalid int value: 'many'"),
        ("- a list\n", "holds a list; accepted: `flag: value`"),
        ("a: [", "is no YAML"),
        ("label_all_subtokens: all\n", "invalid choice: 'all'"),
    ],
)
def test_mistakes_in_the_file_are_explained(tmp_path, text, message):
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(SettingError, match=message):
        parse_arguments([*NEEDED, "--dataset_name", "fin", "--config", str(tmp_path / "run.yaml")])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: --model_name_or_path, --output_dir"),
        (["--model_name_or_pat", "x"], "unknown flag --model_name_or_pat. Did you mean --model_n"),
        (NEEDED, "nothing to train on: give --dataset_name"),
        ([*NEEDED, "--dataset_name", "a", "--train_file", "b"], "either --dataset_name or"),
        ([*NEEDED, "--train_file", "a", "--max_train_samples", "0"], "--max_train_samples 0 is no"),
        ([*NEEDED, "--train_file", "a", "--validation_fraction", "1"], "--validation_fraction 1.0"),
        ([*NEEDED, "--train_file", "a", "--max_length", "1"], "--max_length 1 leaves no room"),
        ([*NEEDED, "--train_file", "a", "--eval_strategy", "daily"], "daily is not a valid"),
        ([*NEEDED, "--train_file", "a", "--early_stopping_patience", "0"], "stop before training"),
        ([*NEEDED, "--train_file", "a", "b"], "'b' belongs to no flag"),
        (["--config", "/no/such.yaml"], "--config /no/such.yaml cannot be read"),
    ],
)
def test_mistakes_are_one_line_and_status_2(words, message, capsys):
    assert main(["train", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert error.startswith("tner-hf: ")


def test_help_shows_our_flags_first_and_the_rest_on_request(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.index("--dataset_name") < text.index("--learning_rate")
    assert "--fsdp" not in text
    assert max(map(len, text.splitlines())) < 240
    with pytest.raises(SystemExit):
        main(["train", "--help_all"])
    assert "--fsdp" in capsys.readouterr().out


def test_it_trains_and_prints_both_scores(toy_iob, tiny_encoder, tmp_path, capsys):
    words = ["--train_file", str(toy_iob), "--test_file", str(toy_iob), "--disable_tqdm", "true"]
    model = ["--model_name_or_path", str(tiny_encoder), "--output_dir", str(tmp_path / "out")]
    assert main(["train", *model, *words, "--num_train_epochs", "1"]) == 0
    shown = capsys.readouterr()
    assert "no validation split" in shown.err
    assert shown.out.startswith("split ")
    assert json.loads((tmp_path / "out" / "train_results.json").read_text())["global_step"] == 1
