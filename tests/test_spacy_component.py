"""A checkpoint in spaCy's pipeline: entities, scores, other components, storing."""

from __future__ import annotations

import shutil
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

spacy = pytest.importorskip("spacy", reason='pip install "tner-hf[spacy]"')

from tner_hf.errors import CheckpointError, SettingError  # noqa: E402
from tner_hf.inference.pipelines import pipeline  # noqa: E402
from tner_hf.spacy_component import TnerComponent  # noqa: E402

TEXTS = ["Ada Lovelace lived in London.", "", "Grace Hopper worked at ACME, in Paris."]


@pytest.fixture
def nlp(taught: Path):
    made = spacy.blank("en")
    made.add_pipe("tner_hf", config={"model": str(taught), "device": "cpu"})
    return made


def shown(doc):
    return [(entity.text, entity.label_) for entity in doc.ents]


def test_entities_and_scores_are_those_of_the_pipeline(nlp, taught) -> None:
    ner = pipeline(taught, device="cpu")
    docs = list(nlp.pipe(TEXTS, batch_size=2))
    for text, doc, expected in zip(TEXTS, docs, ner(TEXTS), strict=True):
        assert doc.text == text
        group = doc.spans["tner_hf"]
        assert [(s.start_char, s.end_char, s.label_) for s in group] == [
            (e["start"], e["end"], e["entity_group"]) for e in expected
        ]
        assert group.attrs["scores"] == pytest.approx([e["score"] for e in expected])
        assert shown(doc) == [(s.text, s.label_) for s in group]
    assert shown(docs[0]) == [("Ada Lovelace", "PER"), ("London", "LOC")]
    assert shown(nlp(TEXTS[0])) == shown(docs[0])
    assert nlp.get_pipe("tner_hf").labels == ("LOC", "ORG", "PER")


def test_what_an_earlier_component_found_stays(taught) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "WRITER", "pattern": "Lovelace"}])
    nlp.add_pipe("tner_hf", config={"model": str(taught)})
    doc = nlp(TEXTS[0])
    assert shown(doc) == [("Lovelace", "WRITER"), ("London", "LOC")]
    assert [span.text for span in doc.spans["tner_hf"]] == ["Ada Lovelace", "London"]


def test_a_span_is_widened_to_whole_tokens(nlp) -> None:
    doc = spacy.tokens.Doc(nlp.vocab, words=["Ada", "Lovelace", "lived", "in", "London."],
                           spaces=[True, True, True, True, False])  # fmt: skip
    assert shown(nlp.get_pipe("tner_hf")(doc)) == [("Ada Lovelace", "PER"), ("London.", "LOC")]


@pytest.mark.parametrize("how", ["disk", "bytes"])
def test_a_stored_pipeline_needs_nothing_else(taught, tmp_path, how) -> None:
    model = tmp_path / "model"
    shutil.copytree(taught, model)
    nlp = spacy.blank("en")
    nlp.add_pipe("tner_hf", config={"model": str(model)})
    before = nlp(TEXTS[0])
    if how == "disk":
        nlp.to_disk(tmp_path / "stored")
        shutil.rmtree(model)
        again = spacy.load(tmp_path / "stored")
    else:
        data = nlp.to_bytes()
        shutil.rmtree(model)
        again = spacy.blank("en")
        again.add_pipe("tner_hf", config={"model": "gone"})
        again.from_bytes(data)
    after = again(TEXTS[0])
    assert shown(after) == shown(before) == [("Ada Lovelace", "PER"), ("London", "LOC")]
    assert after.spans["tner_hf"].attrs == before.spans["tner_hf"].attrs


def test_a_document_keeps_its_scores_when_it_is_stored(nlp) -> None:
    doc = nlp(TEXTS[0])
    again = spacy.tokens.Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert again.spans["tner_hf"].attrs == doc.spans["tner_hf"].attrs


def test_a_model_that_is_none_is_said(tmp_path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("tner_hf", config={"model": str(tmp_path)})
    with pytest.raises(CheckpointError, match=r"config\.json"):
        nlp("Ada")


def test_files_outside_a_stored_component_are_refused() -> None:
    import srsly

    component = TnerComponent("x", model="y", spans_key="z")
    with pytest.raises(SettingError, match="outside itself"):
        component.from_bytes(srsly.msgpack_dumps({"../stray.txt": b"!"}))


def test_the_entry_point_is_the_factory() -> None:
    declared = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    points = declared["project"]["entry-points"]["spacy_factories"]
    module, _, function = points["tner_hf"].partition(":")
    assert callable(getattr(import_module(module), function))
