"""Fine-tuning on a GPU: `tner-hf train` against run_ner.py, and the share of the chip's bf16 peak.

    python benchmarks/gpu.py --output benchmarks/results/gpu.json

`--sizes` are batch sizes. The encoders have the sizes of XLM-R base and large, its vocabulary of
250,002 included, and random weights, which serve for timing; the sentences are those of the
benchmark of training. Both sides take as many steps with as many sentences each; the first steps
and the setting up are not timed. The arithmetic of a real sub-token is taken as 6 operations for
each parameter of the layers (forward and backward), attention and embeddings not counted. The peak
is that of the GPU's data sheet; of other GPUs, what a product of two large bf16 matrices reaches.

It is not part of `make bench`, which needs no GPU.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import training
from harness import Race, Report, Sample, race_all, report_main, take_value

#: Sentences a step: run_ner.py's default, ours, and as many as fill a GPU.
SIZES = (8, 32, 128)
#: Steps of each run; the first ones, in which most sizes of batches come up first, are not timed.
STEPS, UNTIMED = 60, 36

#: Name to hidden size, layers, heads, and width of the feed-forward part.
ENCODERS = {
    "XLM-R base": (768, 12, 12, 3072),
    "XLM-R large": (1024, 24, 16, 4096),
}
VOCABULARY = 250_002

#: Operations a second in bf16, dense, as data sheets have it.
PEAKS = {"H100 80GB HBM3": 989.4e12, "H200": 989.4e12}

#: Precision to what both sides are told.
PRECISIONS: dict[str, dict[str, Any]] = {"fp32": {}, "bf16": {"bf16": True}}


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 5, device: str = "cuda") -> Report:
    """Race both at the batch sizes `sizes`, in both precisions, for both encoders.

    The large one is left out at the smallest of several sizes.
    """
    import material
    import torch

    from tner_hf.models import load_tokenizer

    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("benchmarks/gpu.py needs a CUDA GPU, and this PyTorch sees none")
    material.silence_libraries()
    corpus, data = training.choose_corpus()
    tokenizer = load_tokenizer(material.find_encoder())
    races: list[Race] = []
    with TemporaryDirectory() as folder:
        for encoder in ENCODERS:
            for size in sizes if encoder == "XLM-R base" else sorted(sizes)[-2:]:
                races += race_steps(encoder, data, tokenizer, Path(folder), size, pairs)
                print(Report("gpu", {}, tuple(races[-4:])).to_markdown(), flush=True)
    name = torch.cuda.get_device_name() if device == "cuda" else device
    return Report("gpu", describe(name, corpus, races), tuple(races))


def describe(gpu: str, corpus: str, races: Sequence[Race]) -> dict[str, Any]:
    """The settings, with the share of the peak that each side reaches."""
    peak = PEAKS.get(gpu.removeprefix("NVIDIA ")) or measure_peak()
    return {
        "gpu": gpu,
        "corpus": corpus,
        "steps_timed": STEPS - UNTIMED,
        "quantity": f"seconds for {training.SUBTOKENS:,} real sub-tokens",
        "bf16_peak": f"{peak / 1e12:.0f} TFLOP/s",
        "share_of_it": list_shares(races, peak),
    }


def race_steps(
    encoder: str, data: Any, tokenizer: Any, folder: Path, size: int, pairs: int
) -> list[Race]:
    """Ours in both precisions against stock in both."""
    import torch

    seeds = count(1)

    def side(prepare: Callable[..., Any], options: dict[str, Any]) -> Callable[[], Sample]:
        def work() -> Sample:
            model = build_model(encoder, data)
            own = {"include_num_input_tokens_seen": "no", **options}
            own["use_cpu"] = not torch.cuda.is_available()  # a try of this file
            seed = next(seeds)
            return time_steps(prepare(model, tokenizer, data, folder, size, STEPS, seed, **own))

        return work

    sides = {
        (name, precision): side(prepare, options)
        for precision, options in PRECISIONS.items()
        for name, prepare in (("ours", training.prepare_ours), ("stock", training.prepare_stock))
    }
    theirs = {f"run_ner.py, {precision}": sides["stock", precision] for precision in PRECISIONS}
    theirs["ours, fp32"] = sides["ours", "fp32"]
    bf16 = race_all(
        f"fine-tuning, {encoder}, bf16",
        sides["ours", "bf16"],
        theirs,
        size=size,
        unit="sentences a step",
        pairs=pairs,
        quantity=f"seconds for {training.SUBTOKENS:,} real sub-tokens",
        measure=take_value,
        warm_up=False,
    )
    default, _, own = bf16
    fp32 = Race(
        f"fine-tuning, {encoder}, fp32",
        default.against,
        size,
        default.unit,
        own.theirs,
        default.theirs,
        quantity=default.quantity,
    )
    return [fp32, *bf16]


def build_model(encoder: str, data: Any) -> Any:
    """A token classifier of that size with random weights, where it is trained."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForTokenClassification

    from tner_hf.data import labels_of

    hidden, layers, heads, inner = ENCODERS[encoder]
    space = labels_of(data)
    config = XLMRobertaConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=0,  # the tokenizer's
        id2label=dict(enumerate(space.names)),
        label2id=space.label2id,
    )
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        return XLMRobertaForTokenClassification(config)


def time_steps(trainer: Any) -> Sample:
    """Seconds for `SUBTOKENS` real sub-tokens, once it runs evenly."""
    import torch
    from transformers import TrainerCallback

    counts: list[Any] = []  # tensors stay where they are: reading them would stop the GPU
    begun, ended = [0.0], [0.0]
    plain_step = trainer.training_step

    def counting_step(model: Any, inputs: Any, *rest: Any) -> Any:
        counts.append((inputs["input_ids"] != trainer.processing_class.pad_token_id).sum())
        return plain_step(model, inputs, *rest)

    class Clock(TrainerCallback):
        def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            if state.global_step in (UNTIMED, STEPS):
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                (begun if state.global_step == UNTIMED else ended)[0] = time.perf_counter()

    trainer.training_step = counting_step
    trainer.add_callback(Clock())
    trainer.train()
    subtokens = sum(int(n) for n in counts[UNTIMED:])
    spent = ended[0] - begun[0]
    trainer.model = trainer.model_wrapped = trainer.optimizer = None
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return spent / subtokens * training.SUBTOKENS, None


def measure_peak(*, times: int = 20) -> float:
    """Operations a second of a product of two large bf16 matrices of random numbers."""
    import torch

    device, size = ("cuda", 8192) if torch.cuda.is_available() else ("cpu", 256)
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        a @ b
        if device == "cuda":
            torch.cuda.synchronize()
        spent.append(time.perf_counter() - begun)
    return 2 * size**3 / statistics.median(spent[times // 4 :])


def list_shares(races: Sequence[Race], peak: float) -> dict[str, str]:
    """Encoder, batch size and side to the share of the peak that its arithmetic comes to."""
    shares: dict[str, str] = {}  # in the order of the races, each side once
    for race in races:
        encoder = race.job.split(", ")[1]
        hidden, layers, _, inner = ENCODERS[encoder]
        work = 6 * layers * (4 * hidden**2 + 2 * hidden * inner) * training.SUBTOKENS
        sides = {"ours, " + race.job.rsplit(", ", 1)[1]: race.ours, race.against: race.theirs}
        for side, seconds in sides.items():
            share = work / statistics.median(seconds) / peak
            shares[f"{encoder}, batch {race.size}, {side}"] = f"{share:.1%}"
    return shares


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
