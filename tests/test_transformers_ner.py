"""The paper's interface."""

from __future__ import annotations

import pytest

from tner_hf import TrainTransformersNER
from tner_hf.errors import SettingError, UnknownNameError

QUICK = {"epoch": 8, "batch_size": 4, "lr": 1e-2, "disable_tqdm": True}


def test_train_test_predict_and_use(toy_files, tiny_encoder, tmp_path, capsys):
    model = TrainTransformersNER(
        toy_files, str(tiny_encoder), checkpoint_dir=tmp_path / "out", random_seed=1, **QUICK
    )
    trained = model.train()
    assert trained.test["type_aware"]["default"]["micro"]["f1"] == 1.0

    scores = model.test()
    assert scores["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"] == 1.0
    assert "100.00" in capsys.readouterr().out

    again = TrainTransformersNER(str(tmp_path / "out"))
    assert again.test({"test": toy_files["test"]}, lower_case=True)["protocols"]["shared"]
    predicted = again.predict([["Ada", "Lovelace", "lived", "in", "London", "."]])
    assert predicted["prediction"] == [["B-PER", "I-PER", "O", "O", "B-LOC", "O"]]
    assert [entity["type"] for entity in predicted["entity_prediction"][0]] == ["PER", "LOC"]
    assert again.pipeline() is again.pipeline()
    assert again.pipeline()("Grace Hopper")[0]["word"] == "Grace Hopper"


def test_a_checkpoint_has_a_name_by_default(toy_files):
    model = TrainTransformersNER(dataset=["ontonotes5", "wikiann/ja"], transformer="x/roberta-base")
    assert model.checkpoint == "ckpt/roberta-base-ontonotes5+wikiann-ja"
    assert TrainTransformersNER(toy_files, "bert").checkpoint == "ckpt/bert-train"


def test_old_names_of_settings():
    model = TrainTransformersNER(
        "wnut2017", "bert", total_step=9, max_seq_length=64, max_grad_norm=None, crf=False
    )
    same = {"max_steps": 9, "max_length": 64, "max_grad_norm": 0, "head": "linear"}
    assert model._settings == same
    assert TrainTransformersNER("wnut2017", "bert", crf=True)._settings == {"head": "crf"}


def test_unknown_settings_get_a_guess(tmp_path):
    model = TrainTransformersNER("wnut2017", "bert", checkpoint_dir=tmp_path, learnin_rate=1)
    with pytest.raises(UnknownNameError, match="Did you mean 'learning_rate'"):
        model.train()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": "wnut2017"}, "no transformer. To train"),
        ({"dataset": ["wnut2017", "fin"]}, "no transformer. To train"),
        ({}, "no transformer"),
        ({"dataset": "a", "checkpoint_dir": "b"}, "no transformer"),
        ({"transformer": "bert"}, "to be trained on what"),
        ({"dataset": "out", "lr": 1}, "lr: settings of a training"),
        (
            {"dataset": "wnut2017", "transformer": "bert", "lr": 1, "learning_rate": 2},
            "learning_rate and another name of learning_rate are both given",
        ),
    ],
)
def test_contradictions_are_explained(arguments, message):
    with pytest.raises(SettingError, match=message):
        TrainTransformersNER(**arguments)


def test_a_finished_checkpoint_is_not_trained():
    with pytest.raises(SettingError, match="transformer='some-folder'"):
        TrainTransformersNER("some-folder").train()
    with pytest.raises(SettingError, match="test on what"):
        TrainTransformersNER("some-folder").test()
