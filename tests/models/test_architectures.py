"""Every supported family: a tiny random encoder with a tokenizer of its own kind, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tner_hf.config import CheckpointSettings
from tner_hf.features import encode_windows, tokenize_and_align
from tner_hf.inference.tagging import tag_sentences
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer, read_settings

TEXT = ["Ada Lovelace met Grace in London in 1843 .", "Acme Corp hired unknown people , too"]
SENTENCES = [*(line.split() for line in TEXT), ["(", "Ada"], ["Größe", "\u200b", "東京"], []]
GOLD = [[1, 2, 0, 1, 0, 3, 0, 0, 0], [0] * 7, [0, 1], [0, 0, 0], []]
SPACE = LabelSpace(("person", "location"))
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def train(kind: str, special: list[str], **keywords: Any) -> dict[str, Any]:
    """A tokenizer model of one kind, trained on two sentences, as its JSON."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    common = {"special_tokens": special, "show_progress": False}
    if kind == "wordpiece":
        raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        raw.normalizer = normalizers.BertNormalizer()
        raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=300, **common)
    elif kind == "bytes":
        raw = Tokenizer(models.BPE())
        raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, **common)
    else:
        raw = Tokenizer(models.Unigram())
        raw.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=120, **keywords, **common)
    raw.train_from_iterator(TEXT * 5, trainer)
    return json.loads(raw.to_str())["model"]


ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def wordpiece() -> Any:
    from transformers import BertTokenizer

    return BertTokenizer(vocab=train("wordpiece", BERT_SPECIAL)["vocab"])


def roberta_bytes() -> Any:
    from transformers import RobertaTokenizer

    model = train("bytes", ROBERTA_SPECIAL)
    return RobertaTokenizer(vocab=model["vocab"], merges=[tuple(m) for m in model["merges"]])


def xlmr_pieces() -> Any:
    from transformers import XLMRobertaTokenizer

    model = train("unigram", ROBERTA_SPECIAL, unk_token="<unk>")
    return XLMRobertaTokenizer(vocab=[tuple(piece) for piece in model["vocab"]])


def deberta_pieces() -> Any:
    from transformers import DebertaV2Tokenizer

    model = train("unigram", ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], unk_token="[UNK]")
    return DebertaV2Tokenizer(vocab=[tuple(piece) for piece in model["vocab"]], unk_id=3)


def generic_bytes() -> Any:
    """ModernBERT's: a plain tokenizers file, whose add_prefix_space transformers leaves alone."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    trained = train("bytes", BERT_SPECIAL)
    merges = [tuple(m) for m in trained["merges"]]
    raw = Tokenizer(models.BPE(vocab=trained["vocab"], merges=merges))
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def bert(vocabulary: int) -> Any:
    from transformers import BertConfig

    return BertConfig(vocab_size=vocabulary, max_position_embeddings=64, **SIZES)


def distilbert(vocabulary: int) -> Any:
    from transformers import DistilBertConfig

    return DistilBertConfig(
        vocab_size=vocabulary, dim=16, n_layers=2, n_heads=2, hidden_dim=32,
        max_position_embeddings=64,
    )  # fmt: skip


def electra(vocabulary: int) -> Any:
    from transformers import ElectraConfig

    return ElectraConfig(
        vocab_size=vocabulary, embedding_size=16, max_position_embeddings=64, **SIZES
    )


def roberta(vocabulary: int) -> Any:
    from transformers import RobertaConfig

    return RobertaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        **SIZES,
    )


def xlmr(vocabulary: int) -> Any:
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        **SIZES,
    )


def deberta_v2(vocabulary: int) -> Any:
    from transformers import DebertaV2Config

    return DebertaV2Config(
        vocab_size=vocabulary, max_position_embeddings=64, type_vocab_size=2,
        relative_attention=True, pos_att_type=["p2c", "c2p"], conv_kernel_size=3, **SIZES,
    )  # fmt: skip


def deberta_v3(vocabulary: int) -> Any:
    from transformers import DebertaV2Config

    return DebertaV2Config(
        vocab_size=vocabulary, max_position_embeddings=64, type_vocab_size=0,
        relative_attention=True, position_biased_input=False, pos_att_type=["p2c", "c2p"],
        position_buckets=16, norm_rel_ebd="layer_norm", share_att_key=True, **SIZES,
    )  # fmt: skip


def modernbert(vocabulary: int) -> Any:
    from transformers import ModernBertConfig

    return ModernBertConfig(
        vocab_size=vocabulary, max_position_embeddings=64, pad_token_id=0, cls_token_id=2,
        bos_token_id=2, sep_token_id=3, eos_token_id=3, local_attention=16, **SIZES,
    )  # fmt: skip


FAMILIES: dict[str, tuple[Callable[[], Any], Callable[[int], Any]]] = {
    "bert": (wordpiece, bert),
    "distilbert": (wordpiece, distilbert),
    "electra": (wordpiece, electra),
    "roberta": (roberta_bytes, roberta),
    "xlm-roberta": (xlmr_pieces, xlmr),
    "deberta-v2": (deberta_pieces, deberta_v2),
    "deberta-v3": (deberta_pieces, deberta_v3),
    "modernbert": (generic_bytes, modernbert),
}


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
