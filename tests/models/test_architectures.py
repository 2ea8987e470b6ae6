"""Every supported family: a tiny random encoder with a tokenizer of its own kind, end to end."""

from __future__ import annotations

from pathlib import Path

import pytest
from architectures import FAMILIES, GOLD, SENTENCES, SPACE

from tner_hf.config import CheckpointSettings
from tner_hf.features import encode_windows, tokenize_and_align
from tner_hf.inference.tagging import tag_sentences
from tner_hf.models import (
    add_conditions,
    condition_of,
    condition_tokenizer,
    load_model,
    load_tokenizer,
    read_settings,
)


@pytest.fixture(scope="module", params=FAMILIES)
def encoder(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import AutoModel

    build_tokenizer, build_config = FAMILIES[request.param]
    tokenizer = build_tokenizer()
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    AutoModel.from_config(build_config(len(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_longest_input_is_what_the_model_can_read(encoder: Path) -> None:
    import torch

    tokenizer = load_tokenizer(encoder)
    assert tokenizer.model_max_length == 64
    model = load_model(encoder, SPACE)
    ids = torch.full((1, 64), tokenizer.unk_token_id)
    assert model(input_ids=ids).logits.shape == (1, 64, 5)


def test_a_word_has_the_same_subtokens_wherever_it_stands(encoder: Path) -> None:
    tokenizer = load_tokenizer(encoder)
    encoding = tokenizer(["Ada", "met", "Ada"], is_split_into_words=True)
    pieces = [
        [i for i, w in zip(encoding["input_ids"], encoding.word_ids(), strict=True) if w == word]
        for word in range(3)
    ]
    assert pieces[0] == pieces[2] != []


def test_windows_and_training_rows_are_the_tokenizers_own(encoder: Path) -> None:
    tokenizer = load_tokenizer(encoder)
    windows = encode_windows(SENTENCES, tokenizer, max_length=64)
    rows = {
        tuple(windows.input_ids[a:b].tolist())
        for a, b in zip(windows.row_offsets, windows.row_offsets[1:], strict=False)
    }
    theirs = [tokenizer(s, is_split_into_words=True)["input_ids"] for s in SENTENCES]
    assert rows == {tuple(row) for row in theirs if len(row) > 2}
    assert tokenize_and_align({"tokens": SENTENCES}, tokenizer)["input_ids"] == theirs


def test_train_one_step_save_load_and_tag(encoder: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, DataCollatorForTokenClassification

    tokenizer = load_tokenizer(encoder)
    model = load_model(encoder, SPACE, settings=CheckpointSettings(max_length=24))
    features = tokenize_and_align({"tokens": SENTENCES, "ner_tags": GOLD}, tokenizer, max_length=24)
    rows = [{name: column[i] for name, column in features.items()} for i in range(len(SENTENCES))]
    batch = DataCollatorForTokenClassification(tokenizer)(rows)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    losses = []
    for _ in range(2):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[1] < losses[0]

    before = tag_sentences(model, tokenizer, SENTENCES, overlap=6)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    again = load_model(tmp_path)
    after = tag_sentences(again, load_tokenizer(tmp_path), SENTENCES, overlap=6)
    assert after.ids.tolist() == before.ids.tolist()
    assert after.names == SPACE.names
    assert read_settings(again.config).max_length == 24
    # A stock load must give the same sub-tokens: the Hub's pipeline knows nothing of us.
    stock = AutoTokenizer.from_pretrained(tmp_path)
    assert [stock(s, is_split_into_words=True)["input_ids"] for s in SENTENCES] == [
        tokenizer(s, is_split_into_words=True)["input_ids"] for s in SENTENCES
    ]


def test_a_batch_gives_what_each_sentence_gives_alone(encoder: Path) -> None:
    tokenizer, model = load_tokenizer(encoder), load_model(encoder, SPACE)
    together = tag_sentences(model, tokenizer, SENTENCES, probabilities=True)
    alone = [tag_sentences(model, tokenizer, [s], probabilities=True) for s in SENTENCES]
    assert list(together.tags()) == [tags for one in alone for tags in one.tags()]
    assert together.probabilities.tolist() == pytest.approx(
        [p for one in alone for p in one.probabilities.tolist()], abs=1e-5
    )


def test_a_condition_is_one_token_in_front_and_lives_in_the_plain_checkpoint(
    encoder: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    settings = CheckpointSettings(max_length=24, conditions=("wikiann/en", "btc"))
    tokenizer, model = load_tokenizer(encoder), load_model(encoder, SPACE, settings=settings)
    vocabulary, before = len(tokenizer), model.get_input_embeddings().weight.detach().clone()
    add_conditions(model, tokenizer, settings.conditions)
    after = model.get_input_embeddings().weight.detach()
    assert torch.equal(after[:vocabulary], before[:vocabulary])
    assert after[vocabulary : vocabulary + 2].std() < 0.1
    assert len(tokenizer) == vocabulary + 2
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    plain, told = load_tokenizer(tmp_path), load_tokenizer(tmp_path)
    told = condition_tokenizer(told, "wikiann/en", settings)
    assert (condition_of(plain), condition_of(told)) == (None, "wikiann/en")
    text = "Ada Lovelace met Grace."
    for words, how in ((SENTENCES[0], {"is_split_into_words": True}), (text, {})):
        general = plain(words, return_offsets_mapping=True, **how)
        conditioned = told(words, return_offsets_mapping=True, **how)
        own = [i for i, word in enumerate(conditioned.word_ids()) if word is not None]
        place = own[0] - 1
        assert conditioned["input_ids"][place] == vocabulary
        for name in ("input_ids", "offset_mapping", "attention_mask"):
            rest = [each for i, each in enumerate(conditioned[name]) if i != place]
            assert rest == general[name], name
    # plain transformers knows nothing of it, and takes the checkpoint as any other
    assert AutoTokenizer.from_pretrained(tmp_path)(text)["input_ids"] == plain(text)["input_ids"]
    AutoModelForTokenClassification.from_pretrained(tmp_path)
    again = condition_tokenizer(told, "btc", settings)
    assert condition_of(again) == "btc"
    assert len(again(text)["input_ids"]) == len(told(text)["input_ids"])
