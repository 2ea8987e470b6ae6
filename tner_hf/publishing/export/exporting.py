"""`export_model`: the folder that ONNX Runtime runs on its own, whole or not there."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf._version import list_versions
from tner_hf.errors import ExportError, SettingError
from tner_hf.files import write_folder, write_json
from tner_hf.inference.runtimes.onnx import FULL, QUANTIZED, OnnxTagger
from tner_hf.models import load_model, load_tokenizer, locate_checkpoint, read_settings
from tner_hf.predictions import GoldSplit
from tner_hf.publishing.export.checking import Check, compare, predict_gold
from tner_hf.publishing.export.graph import OPSET, write_graph
from tner_hf.publishing.export.quantizing import quantize_graph
from tner_hf.publishing.export.trimming import (
    Trimmed,
    check_trimmable,
    read_distinct_words,
    trim_vocabulary,
)
from tner_hf.runs import Gold, Run

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: What is known of each exported file: of which weights it was made, and how it compares.
RECORD = "export.json"

#: The folder of a checkpoint in which the Hub, optimum and transformers.js look for ONNX files.
FOLDER = "onnx"

#: How much F1 an exported model may lose, and how many labels must stay.
MAX_F1_DROP = 0.003
MIN_AGREEMENT = 0.98


@dataclass(frozen=True)
class Exported:
    """An exported model.

    Attributes:
        path: the ONNX file.
        size: its bytes, with those of the file beside it that holds the weights of a large model.
        check: how it compares with the original; None where that was not wanted.
        trimmed: what became of its vocabulary; None where it has the whole.
    """

    path: Path
    size: int
    check: Check | None
    trimmed: Trimmed | None = None

    def to_dict(self) -> dict[str, Any]:
        check = None if self.check is None else self.check.to_dict()
        trimmed = {} if self.trimmed is None else {"trimmed": self.trimmed.to_dict()}
        return {"path": str(self.path), "size": self.size, "check": check, **trimmed}

    def lines(self) -> list[str]:
        """What was made, as text."""
        checked = ["not checked"] if self.check is None else self.check.lines()
        trimmed = [] if self.trimmed is None else [self.trimmed.line()]
        return [f"{self.path}: {self.size / 1e6:,.1f} MB", *trimmed, *checked]


def export_model(
    checkpoint: str | Path,
    output_dir: str | Path | None = None,
    *,
    int8: bool = False,
    trim_vocabulary_to: Sequence[str] = (),
    gold: Gold | None = None,
    check: bool = True,
    max_f1_drop: float = MAX_F1_DROP,
    min_agreement: float = MIN_AGREEMENT,
    revision: str | None = None,
    token: str | bool | None = None,
) -> Exported:
    """Write a checkpoint as ONNX, score it beside the original, and keep it if it is as good.

    The folder works as a checkpoint: `tner_hf.pipeline`, `evaluate` and the commands take it.
    `model.onnx` and `model_quantized.onnx` of the same weights can lie in it side by side.

    Args:
        checkpoint: a folder or Hub id of a token classifier.
        output_dir: None for `onnx` in the checkpoint's folder.
        int8: matrices as 8-bit integers: a quarter of the size, several times as fast on a CPU.
        trim_vocabulary_to: texts, or names of them; only rows of sub-tokens that they use are kept.
        gold: labelled sentences to score both on; None for the test set of the checkpoint's run.
        check: score them; otherwise the exported model is kept whatever it says.
        max_f1_drop: the most that the exported model's F1 may be lower, of 1.
        min_agreement: the least share of tokens with the same label.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.

    Raises:
        CheckpointError: there is no token classifier.
        ExportError: it cannot be exported or trimmed, or the exported one is not as good.
        SettingError: no gold data, or a folder with other things in it.
        MissingExtraError: the packages of the extra `onnx` are not installed.
    """
    target = _choose_folder(checkpoint, output_dir)
    if check and gold is None:
        gold = _find_gold(checkpoint)
    model = load_model(checkpoint, revision=revision, token=token)
    tokenizer = load_tokenizer(checkpoint, revision=revision, token=token)
    words: list[str] = []
    if trim_vocabulary_to:
        check_trimmable(model, tokenizer)
        words = read_distinct_words(trim_vocabulary_to, read_settings(model.config).word_splitter)
    expected = None
    if check and gold is not None:
        # The gold data first: a misspelt corpus should not cost the export.
        test_set = GoldSplit.of(gold)
        expected = predict_gold(model, tokenizer, gold, test_set)
    trimmed = None
    if words:
        tokenizer, trimmed = trim_vocabulary(model, tokenizer, words)

    name = QUANTIZED if int8 else FULL
    with write_folder(target) as part:
        write_graph(model, part / FULL)
        if int8:
            quantize_graph(part / FULL, part / QUANTIZED)
            for path in part.glob(f"{FULL}*"):
                path.unlink()
        model.config.save_pretrained(part)
        tokenizer.save_pretrained(part)
        result = None
        if gold is not None and expected is not None:
            exported = OnnxTagger(part / name, model.config)
            result = compare(expected, predict_gold(exported, tokenizer, gold, test_set))
            _judge(result, checkpoint, max_f1_drop=max_f1_drop, min_agreement=min_agreement)
        _write_record(part, name, _fingerprint(model), result, trimmed)
        _take_over(target, part)
    size = sum(path.stat().st_size for path in target.glob(f"{name}*"))
    return Exported(target / name, size, result, trimmed)


def _choose_folder(checkpoint: str | Path, output_dir: str | Path | None) -> Path:
    if output_dir is not None:
        target = Path(output_dir).expanduser()
    elif Path(locate_checkpoint(checkpoint)).is_dir():
        target = Path(locate_checkpoint(checkpoint)) / FOLDER
    else:
        raise SettingError(
            f"{str(checkpoint)!r} is no folder, so there is none to put the exported model into; "
            "say where it goes: --output_dir"
        )
    if target.exists() and not (target.is_dir() and _is_ours(target)):
        raise SettingError(
            f"{target} is there already and was not written by `tner-hf export`; choose another "
            "--output_dir"
        )
    return target


def _find_gold(checkpoint: str | Path) -> Gold:
    """The test set of a checkpoint's run."""
    run = Run.of_checkpoint(checkpoint)
    gold = None if run is None else run.test_set()
    if gold is None:
        raise SettingError(
            f"{checkpoint} does not say what it was tested on, so there is nothing to score the "
            "exported model on. Name gold data (--dataset_name or --test_file), or do without "
            "(--no_check)"
        )
    return gold


def _is_ours(folder: Path) -> bool:
    return (folder / RECORD).is_file() or not any(folder.iterdir())


def _judge(
    check: Check, checkpoint: str | Path, *, max_f1_drop: float, min_agreement: float
) -> None:
    if check.drop <= max_f1_drop and check.agreement >= min_agreement:
        return
    raise ExportError(
        f"the exported model of {checkpoint} is not as good, and was not kept\n"
        + "\n".join(f"  {line}" for line in check.lines())
        + f"\naccepted: F1 at most {100 * max_f1_drop:g} points lower (--max_f1_drop "
        f"{max_f1_drop:g}), and {100 * min_agreement:g} % of the labels the same "
        f"(--min_agreement {min_agreement:g}). Without --int8 it is as exact as PyTorch"
    )


def _write_record(
    folder: Path, name: str, weights: str, check: Check | None, trimmed: Trimmed | None
) -> None:
    import onnxruntime

    # Its distribution has other names, too: onnxruntime-gpu.
    versions = {
        **list_versions("torch", "transformers"),
        "onnxruntime": str(onnxruntime.__version__),
    }
    facts = None if check is None else check.to_dict()
    entry = {"weights": weights, "opset": OPSET, "check": facts, "versions": versions}
    if trimmed is not None:
        entry["trimmed"] = trimmed.to_dict()
    write_json(folder / RECORD, {name: entry})


def _take_over(target: Path, part: Path) -> None:
    """Keep the other file of a folder, if it was made of the same weights."""
    if not (target / RECORD).is_file():
        return
    record = json.loads((part / RECORD).read_text(encoding="utf-8"))
    weights = {entry["weights"] for entry in record.values()}
    for name, entry in json.loads((target / RECORD).read_text(encoding="utf-8")).items():
        if name not in record and entry["weights"] in weights:
            record[name] = entry
            for path in target.glob(f"{name}*"):
                shutil.copy2(path, part / path.name)
    write_json(part / RECORD, dict(sorted(record.items())))


def _fingerprint(model: PreTrainedModel) -> str:
    """A hash of the weights and their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
