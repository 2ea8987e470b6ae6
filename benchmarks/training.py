"""Fine-tuning: real sub-tokens per second of `tner-hf train` against run_ner.py, at its defaults.

    python benchmarks/training.py --output benchmarks/results/training.json

`--sizes` are batch sizes. Both sides train the same encoder on the same sentences for the same
number of steps with as many sentences each, from a fresh model and with another seed in each turn,
and only `Trainer.train` is timed. What counts is the time for a real sub-token, padding not
counted. Stock is run_ner.py's recipe: transformers' own Trainer, random batches, each padded to its
longest row, the default optimizer. The ceiling is forward and backward alone, without optimizer or
data loader, over batches in which all rows have one length; a second one clips and steps AdamW as
well, over the rows of the embeddings that the corpus uses. At the largest size, low-rank updates of
all linear layers (`--lora_r 8`) against the training of all weights, both ours.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
from harness import Race, Report, Sample, race_all, report_main, take_value, time_call

#: Batch sizes: the one of `tner-hf train`, and the one of run_ner.py.
SIZES = (32, 8)
#: Sentences trained on in each run, whatever the batch size.
SENTENCES = 384
MAX_LENGTH = 128
#: What is compared: seconds for so many real sub-tokens.
SUBTOKENS = 1000

STOCK = "run_ner.py, its defaults"
CEILING = "forward and backward without padding"
STEPS = "a bare loop with clipping and AdamW"
FULL = "tner-hf train, all weights"


def run(
    *,
    sizes: Sequence[int] = SIZES,
    pairs: int = 5,
    sentences: int = SENTENCES,
    encoder: Path | None = None,
) -> Report:
    """Race both at the batch sizes `sizes`, over so many sentences each run."""
    import torch

    material.silence_libraries()
    corpus, data = choose_corpus()
    encoder = encoder or material.find_encoder()
    races: list[Race] = []
    with TemporaryDirectory() as folder:
        for size in sizes:
            steps = max(1, sentences // size)
            races += race_trainers(
                data, encoder, Path(folder), size, steps, pairs, lora=size == max(sizes)
            )
    settings = {
        "corpus": corpus,
        "encoder": encoder.name if encoder != material.find_encoder() else "MiniLM-L6, 22M",
        "sentences_per_run": sentences,
        "max_length": MAX_LENGTH,
        "quantity": f"seconds for {SUBTOKENS:,} real sub-tokens",
        "precision": "float32",
        "threads": torch.get_num_threads(),
    }
    return Report("training", settings, tuple(races))


def choose_corpus() -> tuple[str, Any]:
    """WNUT 2017's training split where it is, else invented sentences of like lengths."""
    found = material.load_corpora(["wnut2017"], split="train")
    if found:
        return "wnut2017, training split", material.to_dataset(found["wnut2017"])
    return "invented", material.to_dataset(material.draw_sentences(60_000))


def race_trainers(
    data: Any, encoder: Path, folder: Path, size: int, steps: int, pairs: int, *, lora: bool
) -> list[Race]:
    from tner_hf.data import labels_of
    from tner_hf.models import load_model, load_tokenizer
    from tner_hf.training.lora import Adapter

    space, tokenizer = labels_of(data), load_tokenizer(encoder)
    seeds = count(1)

    def fresh_model() -> Any:
        return load_model(encoder, space)

    def adapted(model: Any, *rest: Any) -> Any:
        adapter = Adapter(model, 8)
        return prepare_ours(model, *rest, adapter=adapter)

    def make(prepare: Callable[..., Any]) -> Callable[[], Sample]:
        def side() -> Sample:
            trainer = prepare(fresh_model(), tokenizer, data, folder, size, steps, next(seeds))
            spent = time_call(trainer.train)
            return per_subtoken(spent, int(trainer.state.num_input_tokens_seen))

        return side

    def bare(*, stepping: bool) -> Callable[[], Sample]:
        def side() -> Sample:
            model = fresh_model()
            return per_subtoken(
                *run_bare(model, tokenizer, data, size, steps, next(seeds), stepping=stepping)
            )

        return side

    for prepare in (
        prepare_ours,
        prepare_stock,
        adapted,
    ):  # lazy imports and first calls, unmeasured
        prepare(fresh_model(), tokenizer, data, folder, size, 1, 0).train()
    how: dict[str, Any] = {
        "size": size,
        "unit": "sentences a step",
        "pairs": pairs,
        "quantity": f"seconds for {SUBTOKENS:,} real sub-tokens",
        "measure": take_value,
        "warm_up": False,
    }
    stock = {STOCK: make(prepare_stock), CEILING: bare(stepping=False), STEPS: bare(stepping=True)}
    races = race_all(f"fine-tuning, batch {size}", make(prepare_ours), stock, **how)
    if lora:
        job = f"fine-tuning with LoRA, batch {size}"
        races += race_all(job, make(adapted), {FULL: make(prepare_ours)}, **how)
    return races


def per_subtoken(spent: tuple[float, float], subtokens: int) -> Sample:
    """Seconds and processor seconds for `SUBTOKENS` of them."""
    return spent[0] / subtokens * SUBTOKENS, spent[1] / subtokens * SUBTOKENS


def share_options(size: int, steps: int, seed: int, own: Mapping[str, Any]) -> dict[str, Any]:
    """What both trainers are told; `own` comes last."""
    return {
        "per_device_train_batch_size": size,
        "max_steps": steps,
        "seed": seed,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "include_num_input_tokens_seen": "non_padding",
        **own,
    }


def prepare_ours(
    model: Any,
    tokenizer: Any,
    data: Any,
    folder: Path,
    size: int,
    steps: int,
    seed: int,
    adapter: Any = None,
    **own: Any,
) -> Any:
    """The trainer of `tner-hf train` at its defaults, without evaluation and checkpoints."""
    from tner_hf.config import CheckpointSettings
    from tner_hf.training import NERTrainingArguments
    from tner_hf.training.rows import encode_training_rows
    from tner_hf.training.run import build_trainer

    args = NERTrainingArguments(
        output_dir=str(folder / "ours"),
        eval_strategy="no",
        **share_options(size, steps, seed, own),
    )
    rows = encode_training_rows(data, tokenizer, CheckpointSettings(max_length=MAX_LENGTH))
    return build_trainer(model, args, rows, tokenizer, None, adapter=adapter)


def prepare_stock(
    model: Any,
    tokenizer: Any,
    data: Any,
    folder: Path,
    size: int,
    steps: int,
    seed: int,
    **own: Any,
) -> Any:
    """The trainer of run_ner.py at its defaults, without evaluation and checkpoints."""
    import torch
    from aligning import tokenize_and_align_labels
    from transformers import DataCollatorForTokenClassification, Trainer, TrainingArguments
    from transformers.trainer_callback import PrinterCallback

    args = TrainingArguments(
        output_dir=str(folder / "stock"),
        dataloader_pin_memory=torch.accelerator.is_available(),  # else only a warning
        **share_options(size, steps, seed, own),
    )
    rows = data.map(lambda examples: tokenize_and_align_labels(examples, tokenizer), batched=True)
    trainer = Trainer(
        model,
        args,
        train_dataset=rows,
        data_collator=DataCollatorForTokenClassification(tokenizer),
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def run_bare(
    model: Any, tokenizer: Any, data: Any, size: int, steps: int, seed: int, *, stepping: bool
) -> tuple[tuple[float, float], int]:
    """Seconds and processor seconds of forward and backward, and the sub-tokens of the batches.

    With `stepping` of clipping and AdamW, too, as Trainer has them by default.

    Rows are sorted by length and cut into batches; each batch is as long as its shortest row, so
    that nothing is padding. As many batches as the others take steps are drawn from them.
    """
    import torch

    from tner_hf.features import align_dataset
    from tner_hf.training.used_rows import list_used_ids, train_used_rows

    rows = align_dataset(data, tokenizer, max_length=MAX_LENGTH)[0].with_format("numpy")
    ids, labels = list(rows["input_ids"]), list(rows["labels"])
    order = np.argsort([len(row) for row in ids], kind="stable")
    batches = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
    drawn = np.random.default_rng(seed).permutation(len(batches))[:steps]
    tensors = []
    for batch in (batches[i] for i in drawn):
        shortest = min(len(ids[row]) for row in batch)
        sides = (np.stack([side[row][:shortest] for row in batch]) for side in (ids, labels))
        tensors.append([torch.from_numpy(side.astype(np.int64)) for side in sides])
    model.train()
    used = list_used_ids(rows.with_format(None), tokenizer.all_special_ids)
    with train_used_rows(model, used) if stepping else nullcontext():
        fused = {"lr": 5e-5, "weight_decay": 0.0, "fused": True}
        optimizer = torch.optim.AdamW(model.parameters(), **fused) if stepping else None
        begun, begun_cpu = time.perf_counter(), time.process_time()
        for inputs, targets in tensors:
            model(
                input_ids=inputs, attention_mask=torch.ones_like(inputs), labels=targets
            ).loss.backward()
            if optimizer is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            model.zero_grad()
        spent = time.perf_counter() - begun, time.process_time() - begun_cpu
    return spent, sum(inputs.numel() for inputs, _ in tensors)


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
