"""Every supported family, tiny: a random encoder and a tokenizer of its own kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tner_hf.labels import LabelSpace

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
