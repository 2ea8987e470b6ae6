"""Which label map a test goes through."""

from __future__ import annotations

from pathlib import Path

from tner_hf.config import CheckpointSettings
from tner_hf.labels import UNIFIED, LabelSpace
from tner_hf.models import load_model
from tner_hf.predictions import PredictOptions
from tner_hf.predictions.maps import choose_map, own_map


def test_the_map_is_what_was_asked_for_or_what_the_models_were_trained_with(
    tiny_encoder: Path,
) -> None:
    def trained_with(version: str | None) -> object:
        settings = CheckpointSettings(max_length=16, label_map=version)
        return load_model(tiny_encoder, LabelSpace(("person",)), settings=settings)

    old, new = trained_with("unified-1"), trained_with(UNIFIED.version)
    for asked in (PredictOptions(label_map={"GPE": "location"}), PredictOptions(native=True)):
        assert choose_map([old], [], asked) is asked
    groups = ([old], [old, new])
    chosen = [choose_map(models, [], PredictOptions()).applied_map for models in groups]
    assert [each and each.version for each in chosen] == ["unified-1", UNIFIED.version]


def test_the_types_of_one_corpus_have_its_own_meaning() -> None:
    corpus, own = next(iter(UNIFIED.corpora.items()))
    native, unified = next(iter(own.items()))
    of_one = own_map(CheckpointSettings(corpora=(corpus,)), UNIFIED)
    assert of_one is not None
    assert of_one.map_type(native) == unified != UNIFIED.map_type(native)
    # Merged, or mapped when it was trained, its types mean what all mean; native ones stay.
    assert own_map(CheckpointSettings(corpora=(corpus, "fin")), UNIFIED) is UNIFIED
    mapped = CheckpointSettings(corpora=(corpus,), label_map=UNIFIED.version)
    assert own_map(mapped, UNIFIED) is UNIFIED
    assert own_map(CheckpointSettings(corpora=(corpus,)), None) is None
