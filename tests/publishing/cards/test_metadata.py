"""The YAML of a card, read back by huggingface_hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results
from hypothesis import given, settings
from hypothesis import strategies as st

from tner_hf.publishing.cards import CardFacts, render_card, render_model_card
from tner_hf.publishing.cards.facts import TestSet

Make = Callable[..., Path]


def read_index(card: str) -> list[EvalResult]:
    front = yaml.safe_load(card.split("---\n")[1])
    return model_index_to_eval_results(front["model-index"])[1]


def test_the_index_holds_the_numbers_of_the_evaluation(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    results = read_index(render_model_card(make_folder(scores=scored)))
    assert len(results) == 14
    for result in results:
        view = result.metric_args
        assert view is not None
        block = scored["protocols"][view["protocol"]][view["variant"]][view["mode"]]
        measure = result.metric_type.split("_")[0]
        assert result.metric_value == block[view["average"]][measure]


def test_each_number_has_a_name_of_its_own(make_folder: Make, scored: dict[str, Any]) -> None:
    results = read_index(render_model_card(make_folder(scores=scored)))
    assert len({result.metric_type for result in results}) == len(results)
    names = {result.metric_type: result.metric_name for result in results}
    assert names["f1"] == "F1 (type-aware, default mode, full protocol)"
    assert names["f1_type_ignored_strict"] == "F1 (type-ignored, strict mode, full protocol)"


def test_what_takes_the_place_of_a_model_is_named(make_folder: Make) -> None:
    folder = make_folder()
    card = ModelCard(render_model_card(folder, new_version="org/next"))
    assert card.data.to_dict()["new_version"] == "org/next"
    assert "new_version" not in ModelCard(render_model_card(folder)).data.to_dict()


def test_a_test_set_is_an_entry_with_split_and_fingerprint(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    scores = evaluated(), evaluated(dataset="wikiann/ja", split="validation", fingerprint="ff")
    card = render_model_card(make_folder(one=scores[0], two=scores[1]))
    entries = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"]
    assert [entry["dataset"]["revision"] for entry in entries] == [
        "fingerprint:0123456789abcdef",
        "fingerprint:ff",
    ]
    dataset = entries[1]["dataset"]
    assert (dataset["type"], dataset["config"], dataset["split"]) == ("wikiann", "ja", "validation")


def test_the_shared_protocol_is_listed_where_it_differs(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    scores = evaluated(dataset="fin", types=("person", "location", "event"))
    card = render_model_card(make_folder(scores=scores))
    values = {result.metric_type: result.metric_value for result in read_index(card)}
    shared = scores["protocols"]["shared"]["type_aware"]["default"]["micro"]["f1"]
    assert values["f1_shared"] == shared != values["f1"]
    assert "types that this model never saw: `event`" in card
    assert "Protocol *shared*:\n\n| types | mode |" in card


def test_the_lattice_protocol_is_listed_where_types_nest(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    scores = evaluated(dataset="crossner/politics", types=("politician", "location", "other"))
    card = render_model_card(make_folder(scores=scores))
    values = {result.metric_type: result.metric_value for result in read_index(card)}
    lattice = scores["protocols"]["lattice"]["type_aware"]["default"]["micro"]["f1"]
    assert values["f1_lattice"] == lattice != values["f1_shared"]
    assert "Protocol *lattice*:\n\n| types | mode |" in card
    assert "(politician -> person): " in card


def test_results_stored_before_there_was_lattice_make_a_card(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    coverage = {k: v for k, v in scored["coverage"].items() if "lattice" not in k}
    protocols = {k: v for k, v in scored["protocols"].items() if k != "lattice"}
    old = {**scored, "coverage": coverage, "protocols": protocols, "intervals": None}
    assert "lattice" not in render_model_card(make_folder(scores=old))


def test_what_nobody_else_can_load_is_in_no_index(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    card = render_model_card(make_folder(scores=evaluated(dataset="wnut2017 + fin")))
    assert "model-index" not in card
    assert "### wnut2017 + fin, test split" in card


def test_metadata_name_what_is_known(make_folder: Make) -> None:
    data = ModelCard(render_model_card(make_folder(), tags=["mine", "tner-hf"])).data
    assert data.get("library_name") == "transformers"
    assert data.get("pipeline_tag") == "token-classification"
    assert data.get("datasets") == ["wnut2017"]
    assert data.get("language") == ["en"]
    assert data.get("tags")[2:] == ["tner-hf", "mine"]


def test_own_data_is_no_dataset_that_others_could_load(make_folder: Make) -> None:
    folder = make_folder()
    config = json.loads((folder / "config.json").read_text())
    names = ["Letters of Ada", "train", "org/notes", "wikiann/ja"]
    config["tner_hf"]["corpora"] = names
    (folder / "config.json").write_text(json.dumps(config))
    card = render_model_card(folder)
    assert ModelCard(card).data.get("datasets") == ["org/notes", "wikiann"]
    assert "the corpora Letters of Ada and train and org/notes and WikiAnn (ja)" in card

    config["tner_hf"]["corpora"] = names[:2]
    (folder / "config.json").write_text(json.dumps(config))
    assert ModelCard(render_model_card(folder)).data.get("datasets") is None


def test_published_corpora_have_their_hub_ids(make_folder: Make, scored: dict[str, Any]) -> None:
    card = ModelCard(
        render_model_card(make_folder(scores=scored), dataset_ids={"wnut2017": "org/wnut"})
    )
    assert card.data.get("datasets") == ["org/wnut"]
    assert card.data.eval_results is not None
    assert {result.dataset_type for result in card.data.eval_results} == {"org/wnut"}


@st.composite
def any_scores(draw: st.DrawFn) -> dict[str, Any]:
    """Scores of the full protocol with any fractions."""

    def block() -> dict[str, Any]:
        fractions = draw(st.tuples(*[st.floats(0, 1)] * 3))
        return dict(zip(("precision", "recall", "f1"), fractions, strict=True)) | {"support": 3}

    modes = {m: {"micro": block(), "macro": block(), "per_type": {}} for m in ("default", "strict")}
    return {"full": dict.fromkeys(("type_aware", "type_ignored"), modes)}


@settings(max_examples=30)
@given(protocols=any_scores())
def test_every_fraction_survives_the_card(protocols: dict[str, Any]) -> None:
    facts = CardFacts("x", ("a",), test_sets=(TestSet("wnut2017", "test", "WNUT", protocols),))
    values = {result.metric_type: result.metric_value for result in read_index(render_card(facts))}
    aware = protocols["full"]["type_aware"]
    assert values["precision"] == aware["default"]["micro"]["precision"]
    assert values["f1_macro_strict"] == aware["strict"]["macro"]["f1"]


@settings(max_examples=50)
@given(
    text=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1) | st.just("\n---\n"),
        min_size=1,
    ).map("".join)
)
def test_any_text_stays_in_its_place(text: str) -> None:
    card = ModelCard(render_card(CardFacts(text, ("a",), widget=(text,), license=text)))
    assert card.data.get("widget") == [{"text": text}]
    assert card.data.license == text
    assert card.data.get("pipeline_tag") == "token-classification"
    assert "\n## Use\n" in card.text
