import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

import tner_hf
from tner_hf.cli import main
from tner_hf.errors import DataError, ExportError
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.export import export_model
from tner_hf.publishing.export.trimming import read_distinct_words, trim_vocabulary

TEXT = "Ada Lovelace lived in London."
WORDS = ["Ada", "Lovelace", "lived", "in", "London", "."]


def make_unigram(folder: Path) -> Path:
    """A tagger with a Unigram vocabulary, its special sub-tokens first and `<mask>` last."""
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters = [(letter, -9.0) for letter in "abcdefghijklmnopqrstuvwxyzé"]
    pieces = [("▁", -5.0), ("▁an", -4.0), ("ana", -4.5), ("▁ana", -4.2), ("rare", -12.0)]
    raw = Tokenizer(models.Unigram([*special, *letters, *pieces, ("<mask>", 0.0)], unk_id=3))
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        unk_token="<unk>", mask_token="<mask>", model_max_length=32,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    labels = {0: "O", 1: "B-person", 2: "I-person"}
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=32, pad_token_id=1, id2label=labels,
        label2id={name: index for index, name in labels.items()},
    )  # fmt: skip
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


def test_rows_that_words_use_are_kept_and_the_logits_stay(tmp_path: Path) -> None:
    folder = make_unigram(tmp_path)
    model, tokenizer = load_model(folder).eval(), load_tokenizer(folder)
    before = tokenizer([["ana", "banü"]], is_split_into_words=True, return_tensors="pt")
    logits = model(**before).logits
    trimmed, said = trim_vocabulary(model, tokenizer, ["ana", "banü", "ana"])
    kept = [trimmed.convert_ids_to_tokens(i) for i in range(len(trimmed))]
    # Special ones; letters of what is used; ▁b a n ü; ▁ana; the least likely one; the mask.
    assert kept == ["<s>", "<pad>", "</s>", "<unk>", "a", "b", "n", "▁", "▁ana", "rare", "<mask>"]
    assert (said.kept, said.rows, said.row_bytes, said.words) == (11, 50, 64, 2)
    assert said.line() == (
        "vocabulary: 11 of 50 sub-tokens, for 2 different words; 0.0 MB of embeddings in single "
        "precision, not 0.0"
    )
    after = trimmed([["ana", "banü"]], is_split_into_words=True, return_tensors="pt")
    assert after.tokens() == before.tokens()
    assert torch.equal(model(**after).logits, logits)
    assert (model.config.vocab_size, model.config.pad_token_id) == (11, 1)
    assert model.get_input_embeddings().weight.shape == (11, 16)
    assert trimmed(["rare"], is_split_into_words=True).tokens() == ["<s>", "▁", "rare", "</s>"]


def test_an_exported_model_says_the_same_on_its_texts(
    exported: Path, gold_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text(f"{TEXT}\nGrace Hopper worked in Arlington.\n", encoding="utf-8")
    out = tmp_path / "small"
    arguments = ["export", "-m", str(exported), "--output_dir", str(out), "--json"]
    arguments += ["--test_file", str(gold_file), "--trim_vocabulary", str(texts), str(gold_file)]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["check"]["agreement"] == 1.0
    kept = said["trimmed"]["kept"]
    assert kept < said["trimmed"]["rows"] == load_model(exported).config.vocab_size
    assert json.loads((out / "config.json").read_text())["vocab_size"] == kept
    assert len(load_tokenizer(out)) == kept
    record = json.loads((out / "export.json").read_text())
    assert record["model.onnx"]["trimmed"] == said["trimmed"]
    tables = [
        t.dims for t in onnx.load(out / "model.onnx").graph.initializer if t.dims[:1] == [kept]
    ]
    assert len(tables) == 1
    whole, small = (tner_hf.pipeline(each)(TEXT) for each in (exported, out))
    assert [(e["word"], e["entity_group"]) for e in small] == [
        (e["word"], e["entity_group"]) for e in whole
    ]
    np.testing.assert_allclose([e["score"] for e in small], [e["score"] for e in whole], atol=1e-5)


def test_a_vocabulary_of_merges_is_refused(tmp_path: Path) -> None:
    folder = make_unigram(tmp_path)
    model = load_model(folder)
    raw = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
    other = PreTrainedTokenizerFast(tokenizer_object=raw)
    with pytest.raises(ExportError, match=r"kind BPE cannot be trimmed.*accepted: Unigram"):
        trim_vocabulary(model, other, ["ab"])


def test_texts_without_a_word_are_refused_before_anything_is_made(
    exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(DataError, match=r"empty\.txt: no word in it"):
        export_model(
            exported,
            tmp_path / "out",
            check=False,
            trim_vocabulary_to=[str(tmp_path / "empty.txt")],
        )
    assert not (tmp_path / "out").exists()


def test_words_come_from_texts_and_from_words(gold_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ada met Ada.\n", encoding="utf-8")
    assert read_distinct_words([str(tmp_path / "a.txt")], "unicode") == [".", "Ada", "met"]
    assert {"Ada", "."} <= set(read_distinct_words([str(gold_file)], "unicode"))
