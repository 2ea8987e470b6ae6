"""A student of three layers: what it loses, seed by seed, and how fast it is beside spaCy.

    TNER_HF_SOURCES=… python benchmarks/distilling.py quality --corpora wnut2017 --threads 1
    TNER_HF_SOURCES=… python benchmarks/distilling.py quality --seeds --write
    TNER_HF_SOURCES=… python benchmarks/distilling.py speed --words 5000

Quality: a teacher (the embedded encoder, 3 epochs, learning rate 2e-4, bf16) and its student for
each seed, which learns from the teacher's training split and from text of the same kind; both are
scored on the test split. `RECIPE` was chosen on validation (one seed). A pair that is scored is a
file of its own in `results/distilling/`, and runs stay in `--work`, so a stopped study goes on
where it was; `--minutes` begins no further pair after so many. What is there is shown as the table
of docs/distil.md, and put there with `--write`.
Speed: int8 exports of three and of six layers against spaCy's small English NER, in turns (see
tagging.py). Its results are in `results/distilling.json`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
import tagging
from harness import describe_machine, race_all, time_call

from tner_hf.files import write_file, write_json

SPEED = Path(__file__).parent / "results" / "distilling.json"
RESULTS = Path(__file__).parent / "results" / "distilling"
PAGE = Path(__file__).parent.parent / "docs" / "distil.md"
MARK = "<!-- students: from benchmarks/results/distilling -->"
END = "<!-- end of students -->"
LAYERS = 3
#: Unlabelled text of the same kind, beside the training split.
MORE_TEXTS = {"wnut2017": ["btc"], "bc5cdr": ["ncbi_disease"]}
TEACHING = {"learning_rate": 2e-4, "num_train_epochs": 3}
RECIPE = {"learning_rate": 3e-4, "num_train_epochs": 5}
SEEDS = [101, 102, 103, 104, 105]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("--corpora", nargs="+", default=list(MORE_TEXTS))
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--work", type=Path, default=Path("distilling"), help="folder of runs")
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    parser.add_argument("--words", type=int, default=23_000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args(argv)
    if options.what == "speed":
        found = {"machine": describe_machine(), **measure_speed(options.words, options.pairs)}
        write_json(SPEED, {"speed": found})
        print(json.dumps(found, indent=1))
        return 0
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    begun = time.monotonic()
    for corpus in options.corpora:
        for seed in options.seeds:
            if time.monotonic() - begun < 60 * options.minutes:
                keep_pair(options, corpus, seed)
    table = render(options.results)
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        head, tail = text.split(MARK)[0], text.split(END)[1]
        write_file(PAGE, f"{head}{MARK}\n\n{table}\n\n{END}{tail}")
    return 0


def keep_pair(options: Any, corpus: str, seed: int) -> None:
    """Train and score a teacher and its student, if that was not done yet."""
    from tner_hf.lab.distilling import distil
    from tner_hf.runs import Gold
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    target = options.results / f"{corpus}-{seed}.json"
    if target.exists():
        return
    begun = time.process_time()
    teacher, student = (options.work / f"{who}-{corpus}-{seed}" for who in ("teacher", "student"))
    how: dict[str, Any] = {
        "eval_strategy": "no", "save_strategy": "no", "report_to": "none", "seed": seed,
        "bf16": True, "disable_tqdm": True,
    }  # fmt: skip
    train(
        ModelArguments("embedded"),
        DataArguments([corpus], max_eval_samples=1, max_test_samples=0),
        NERTrainingArguments(output_dir=str(teacher), **TEACHING, **how),
    )
    made = distil(
        str(teacher),
        [corpus, *MORE_TEXTS[corpus]],
        NERTrainingArguments(output_dir=str(student), **RECIPE, **how),
        layers=LAYERS,
        gold=Gold(corpus),
        max_f1_drop=1,
    )
    judged: Any = made.judged
    found = {
        "corpus": corpus,
        "seed": seed,
        "texts": made.sentences,
        "recipe": RECIPE,
        "teacher": 100 * judged.teacher_f1,
        "student": 100 * judged.student_f1,
        "difference": [-100 * judged.drop, 100 * judged.low, 100 * judged.high],
        "processor seconds": round(time.process_time() - begun),
    }
    options.results.mkdir(parents=True, exist_ok=True)
    write_json(target, found)
    print(json.dumps(found), flush=True)


def render(results: Path) -> str:
    """Mean F1 of teachers and students in percent, and the 95 % interval of the difference."""
    from scipy import stats

    from tner_hf.report.columns import markdown_table

    lines = [["corpus", "seeds", "texts", "teacher", "student", "difference"]]
    for corpus in MORE_TEXTS:
        paths = sorted(results.glob(f"{corpus}-*.json"))
        pairs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        if not pairs:
            continue
        teacher, student = (np.array([p[who] for p in pairs]) for who in ("teacher", "student"))
        difference = student - teacher
        mean = difference.mean()
        told = f"{mean:+.1f}"
        if len(pairs) > 1:  # Student's t over the seeds
            half = stats.t.ppf(0.975, len(pairs) - 1) * stats.sem(difference)
            told += f" [{mean - half:+.1f}, {mean + half:+.1f}]"
        means = [f"{each.mean():.1f}" for each in (teacher, student)]
        lines.append([f"`{corpus}`", str(len(pairs)), f"{pairs[0]['texts']:,}", *means, told])
    return markdown_table(lines)


def measure_speed(words: int, pairs: int) -> dict[str, Any]:
    """How many times as fast as spaCy's small English NER, wall and processor time."""
    import tner_hf
    from tner_hf.lab.distilling.student import make_student
    from tner_hf.models import load_model, load_tokenizer
    from tner_hf.publishing.export import export_model

    texts = tagging.choose_texts(words)
    found: dict[str, Any] = {"words": tagging.count_words(texts)}
    with TemporaryDirectory() as name, tagging.start_spacy(texts) as spacy:
        if spacy is None:
            raise SystemExit("spaCy is what this compares with")
        teacher = material.make_tagger(Path(name) / "teacher", tagging.TYPES)
        small = Path(name) / "student"
        make_student(load_model(teacher), LAYERS).save_pretrained(small)
        load_tokenizer(teacher).save_pretrained(small)
        pipelines = {}
        for layers, folder in ((LAYERS, small), (6, teacher)):
            export_model(folder, int8=True, check=False)
            pipelines[layers] = tner_hf.pipeline(folder / "onnx")
        for layers, ner in pipelines.items():
            race = race_all(
                f"int8, {layers} layers",
                lambda ner=ner: ner(texts),  # type: ignore[misc]
                {tagging.SPACY: spacy},
                size=words,
                unit="words",
                pairs=pairs,
                measure=lambda side: spacy() if side is spacy else time_call(side),
            )[0]
            found[race.job] = {
                "times spaCy": round(statistics.median(race.ratios), 2),
                "range": [round(min(race.ratios), 2), round(max(race.ratios), 2)],
                "by processor time": round(race.ratio_cpu or 0, 2),
            }
    return found


if __name__ == "__main__":
    sys.exit(main())
