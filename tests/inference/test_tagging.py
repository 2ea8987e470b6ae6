"""Tagging against a model whose answers are known: it reads the label off the sub-token."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tner_hf.config import CheckpointSettings
from tner_hf.errors import SettingError
from tner_hf.inference.runtimes.loading import choose_device
from tner_hf.inference.tagging import predict_windows, read_as_iob2, tag_sentences
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import Scheme, find_breaches, from_iob2, to_iob2
from tner_hf.models import load_model, load_tokenizer

SPACE = LabelSpace(("PER", "LOC"))
ZERO_WIDTH = "\u200b"


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path):
    return load_tokenizer(tiny_encoder)


@pytest.fixture(scope="module")
def oracle(tiny_encoder: Path, tokenizer):
    """A BERT without layers whose label is the sub-token's id modulo 5, whatever stands around."""
    import torch

    model = load_model(tiny_encoder, SPACE)
    count = len(tokenizer)

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.anchor = torch.nn.Parameter(torch.zeros(1))

        def forward(self, input_ids, attention_mask):
            from transformers.modeling_outputs import TokenClassifierOutput

            self.largest = max(getattr(self, "largest", 0), input_ids.numel())
            table = torch.nn.functional.one_hot(torch.arange(count) % 5, 5).float()
            return TokenClassifierOutput(logits=table[input_ids])

        @property
        def device(self):
            return self.anchor.device

    reader = Reader()
    reader.config = model.config
    return reader


def label_of(word: str, tokenizer) -> int:
    ids = tokenizer(word, add_special_tokens=False)["input_ids"]
    return ids[0] % 5 if ids else -1


@settings(max_examples=40, deadline=None)
@given(
    sentences=st.lists(
        st.lists(st.sampled_from(["Ada", "London", "xyz", ".", "a" * 30]), max_size=30), max_size=8
    ),
    max_length=st.integers(3, 64),
    batch_tokens=st.integers(1, 200),
)
def test_each_word_gets_the_label_of_its_first_subtoken(
    oracle, tokenizer, sentences, max_length, batch_tokens
) -> None:
    tagged = tag_sentences(
        oracle,
        tokenizer,
        sentences,
        settings=CheckpointSettings(max_length=max_length),
        batch_tokens=batch_tokens,
    )
    expected = [[SPACE.names[label_of(w, tokenizer)] for w in s] for s in sentences]
    assert list(tagged.tags()) == expected
    assert len(tagged) == len(sentences)


def test_probabilities_are_those_of_the_label_and_zero_without_subtokens(oracle, tokenizer) -> None:
    tagged = tag_sentences(oracle, tokenizer, [["Ada", ZERO_WIDTH]], probabilities=True)
    likeliest = np.exp(1) / (np.exp(1) + 4)
    assert tagged.probabilities.tolist() == pytest.approx([likeliest, 0.0])
    assert tagged.unencodable_tokens == 1


def test_lowercase_of_the_settings_reaches_the_tokenizer(oracle, tokenizer) -> None:
    backend = tokenizer.backend_tokenizer
    normalizer = backend.normalizer
    backend.normalizer = None
    try:
        lower = CheckpointSettings(lowercase=True, max_length=16)
        tagged = tag_sentences(oracle, tokenizer, [["LONDON"]], settings=lower)
        assert tagged.ids.tolist() == [label_of("london", tokenizer)]
    finally:
        backend.normalizer = normalizer


def test_windows_never_exceed_what_the_model_reads(oracle, tokenizer) -> None:
    long = CheckpointSettings(max_length=500)  # the model reads 64
    oracle.largest = 0
    tagged = tag_sentences(oracle, tokenizer, [["Ada"] * 100], settings=long, batch_tokens=1)
    assert oracle.largest == 64
    assert tagged.windowed_sentences == 1


def test_the_training_mode_is_put_back(tiny_encoder: Path, tokenizer) -> None:
    model = load_model(tiny_encoder, SPACE).train()
    tag_sentences(model, tokenizer, [["Ada"]])
    assert model.training


def test_batches_side_by_side_give_the_same_and_leave_the_threads_alone(
    tiny_encoder: Path, tokenizer
) -> None:
    import torch

    model = load_model(tiny_encoder, SPACE)
    sentences = [["Ada", "lived", "in", "London"][: 1 + i % 4] * (1 + i % 7) for i in range(60)]
    before = torch.get_num_threads()
    answers = {}
    try:
        for threads in (1, 4):
            torch.set_num_threads(threads)
            answers[threads] = tag_sentences(
                model, tokenizer, sentences, batch_tokens=64, probabilities=True
            )
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    alone, together = answers.values()
    assert together.ids.tolist() == alone.ids.tolist()
    np.testing.assert_allclose(together.probabilities, alone.probabilities, atol=1e-6)


def test_an_empty_input_gives_an_empty_answer(oracle, tokenizer) -> None:
    assert list(tag_sentences(oracle, tokenizer, []).tags()) == []
    assert list(tag_sentences(oracle, tokenizer, [[], [ZERO_WIDTH]]).tags()) == [[], ["O"]]


def test_a_batch_without_room_is_refused(oracle, tokenizer) -> None:
    from tner_hf.features import encode_windows

    windows = encode_windows([["Ada"]], tokenizer, max_length=8)
    with pytest.raises(SettingError, match="batch_tokens=0; accepted: at least 1"):
        predict_windows(oracle, windows, batch_tokens=0)


def test_labels_take_two_bytes_for_each_subtoken(oracle, tokenizer) -> None:
    from tner_hf.features import encode_windows

    windows = encode_windows([["Ada", "London"]] * 3, tokenizer, max_length=8)
    labels, scores = predict_windows(oracle, windows)
    assert labels.nbytes == 2 * len(windows.input_ids)
    assert scores is None


def test_a_bar_is_drawn_on_demand(oracle, tokenizer, capsys: pytest.CaptureFixture[str]) -> None:
    tag_sentences(oracle, tokenizer, [["Ada"]], progress=True)
    assert capsys.readouterr().out == ""


tags = st.lists(st.sampled_from(SPACE.names), max_size=12)


@settings(max_examples=200, deadline=None)
@given(sentences=st.lists(tags, max_size=4), scheme=st.sampled_from(Scheme))
def test_labels_of_any_scheme_are_read_as_the_scheme_says(sentences, scheme) -> None:
    clean = [to_iob2(s, Scheme.IOB2) for s in sentences]
    coded = [from_iob2(s, scheme) for s in clean]
    prefixes = {"IO": "I", "BIOES": "BIES", "BILOU": "BILU"}.get(scheme, "BI")
    names = [f"{p}-{t}" for t in ("LOC", "PER") for p in prefixes] + ["O"]
    ids = np.array([names.index(tag) for s in coded for tag in s], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in coded])]).astype(np.int64)
    out, out_names = read_as_iob2(ids, offsets, names)
    read = [[out_names[i] for i in out[a:b]] for a, b in pairwise(offsets)]
    if scheme in {Scheme.IOB1, Scheme.IOB2}:
        assert out is ids  # names alone cannot tell these two; the conlleval rule reads both
    else:
        assert read == [to_iob2(s, scheme) for s in coded]


def test_names_without_prefix_are_types() -> None:
    names = ["O", "PER", "LOC"]
    out, out_names = read_as_iob2(np.array([1, 1, 2, 0, 1]), np.array([0, 5]), names)
    assert [out_names[i] for i in out] == ["B-PER", "I-PER", "B-LOC", "O", "B-PER"]


def test_unknown_labels_are_passed_over() -> None:
    names = ["O", "B-x", "I-x", "E-x", "S-x"]
    out, out_names = read_as_iob2(np.array([-1, 1, -1, 3, -1, 4]), np.array([0, 4, 6]), names)
    assert [out_names[i] if i >= 0 else None for i in out] == [
        None, "B-x", None, "I-x", None, "B-x",
    ]  # fmt: skip


def test_the_device_is_accelerates() -> None:
    from accelerate import PartialState

    assert choose_device() == PartialState().device


@given(st.integers(0, 2**31), st.floats(0.01, 100))
@settings(max_examples=25)
def test_a_temperature_changes_scores_and_no_label(
    tiny_encoder: Path, tokenizer, seed: int, temperature: float
) -> None:
    import torch

    torch.manual_seed(seed)
    model = load_model(tiny_encoder, SPACE)
    words = [["Ada", "Lovelace", "lived", "in", "London", "."], ["Navy", ZERO_WIDTH]]

    def tag(heat: float | None, **options):
        how = CheckpointSettings(max_length=32, temperature=heat)
        return tag_sentences(model, tokenizer, words, settings=how, **options)

    plain, warm = tag(None, top_k=3), tag(temperature, top_k=3)
    assert plain.top is not None
    assert warm.top is not None
    assert warm.ids.tolist() == plain.ids.tolist() == tag(temperature).ids.tolist()
    assert warm.top.ids.tolist() == plain.top.ids.tolist()
    logits = np.log(tag(None, top_k=len(SPACE.names)).top.scores[:-1].astype(float))
    powers = np.exp((logits - logits.max(-1, keepdims=True)) / temperature)
    expected = (powers / powers.sum(-1, keepdims=True))[:, :3]
    assert warm.top.scores[:-1] == pytest.approx(expected, abs=1e-4)
    one = tag(temperature, probabilities=True)
    assert one.probabilities == pytest.approx(warm.probabilities, abs=1e-6)
    assert one.probabilities[-1] == 0


def test_a_crf_decodes_sentences_as_if_there_were_no_windows(
    oracle, tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tner_hf.models.crf import CRF_KEY, Crf

    torch.manual_seed(0)
    crf = Crf.draw(SPACE.names)
    crf.write(oracle.config)
    words = ["Ada", "London", "xyz", ".", "a" * 30, "Grace", ZERO_WIDTH]
    rng = np.random.default_rng(0)
    sentences = [[words[i] for i in rng.integers(0, 7, size)] for size in (40, 0, 1, 90, 3, 7)]
    try:
        tagged = [
            tag_sentences(
                oracle,
                tokenizer,
                sentences,
                settings=CheckpointSettings(max_length=max_length),
                batch_tokens=50,
                probabilities=True,
                top_k=top_k,
            )
            for max_length, top_k in ((8, None), (64, 5))
        ]
        marginals = crf.marginals
        monkeypatch.setattr(Crf, "marginals", None)  # who asks for no score pays for none
        assert (tag_sentences(oracle, tokenizer, sentences).ids == tagged[1].ids).all()
    finally:
        delattr(oracle.config, CRF_KEY)
    assert tagged[0].windowed_sentences > tagged[1].windowed_sentences
    known = [[w for w in sentence if w != ZERO_WIDTH] for sentence in sentences]
    emissions = np.eye(5, dtype=np.float32)[
        [label_of(word, tokenizer) for sentence in known for word in sentence]
    ]
    lengths = np.array([len(sentence) for sentence in known])
    expected = crf.decode(emissions, lengths)
    assert (expected != emissions.argmax(1)).any()
    marginals = marginals(emissions, lengths)
    flat = [word for sentence in sentences for word in sentence]
    seen = np.array([word != ZERO_WIDTH for word in flat])
    for one in tagged:
        assert one.ids[seen].tolist() == expected.tolist()
        own = marginals[np.arange(len(expected)), expected]
        assert one.probabilities[seen] == pytest.approx(own, abs=1e-6)
        assert not one.probabilities[~seen].any()
        assert not [p for p in find_breaches(list(one.tags()), Scheme.IOB2) if p]
    top = tagged[1].top
    assert top.scores[seen].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (top.ids[seen][:, 0] == marginals.argmax(1)).all()
