"""The paper's interface."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TOY_SENTENCES

from tner_hf import TrainTransformersNER
from tner_hf.errors import DataError, SettingError, UnknownNameError

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
    model = TrainTransformersNER("wnut2017", "bert", checkpoint_dir=tmp_path, lr="fast")
    with pytest.raises(SettingError, match=r"learning_rate='fast' is no number, e\.g\. learning"):
        model.train()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": "wnut2017"}, "no transformer. To train"),
        ({"dataset": ["wnut2017", "fin"]}, "no transformer. To train"),
        ({}, "no transformer"),
        ({"dataset": "a", "checkpoint_dir": "b"}, "no transformer"),
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


def test_it_is_an_estimator_of_scikit_learn(tiny_encoder):
    from sklearn.base import clone
    from sklearn.model_selection import cross_validate

    words = [list(sentence) for sentence, _ in TOY_SENTENCES * 4]
    tags = [tag.split() for _, tag in TOY_SENTENCES * 4]
    model = TrainTransformersNER(transformer=str(tiny_encoder), random_seed=1, **QUICK)
    assert clone(model).get_params() == model.get_params()
    found = cross_validate(model, words, tags, cv=2, return_estimator=True)
    assert len(found["test_score"]) == 2
    fitted = found["estimator"][0]
    assert fitted.score(words, tags) == fitted.score(words[:5], tags[:5]) > 0
    assert fitted.predict(words[:1])["input"] == words[:1]
    assert Path(fitted.checkpoint, "config.json").is_file()


def test_params_are_changed_and_what_was_fitted_forgotten():
    model = TrainTransformersNER(transformer="bert", lr=1e-3)
    model.checkpoint = "somewhere"
    assert model.set_params(lr=2e-3) is model
    assert model.get_params() == {
        "dataset": None, "transformer": "bert", "checkpoint_dir": None, "lr": 2e-3
    }  # fmt: skip
    with pytest.raises(SettingError, match="nothing is trained yet"):
        model.pipeline()
    with pytest.raises(SettingError, match="is to be trained on what"):
        model.train()
    with pytest.raises(DataError, match="1 sentences and tags of 2"):
        model.fit([["Ada"]], [["O"], ["O"]])
    with pytest.raises(SettingError, match="leave dataset= out"):
        TrainTransformersNER("sample", "bert").fit([["Ada"]], [["O"]])
