"""A student of three layers: what it loses, seed by seed, and how fast it is beside spaCy.

    TNER_HF_SOURCES=… python benchmarks/distilling.py quality --corpora wnut2017 --seeds 101 102
    TNER_HF_SOURCES=… python benchmarks/distilling.py speed --words 5000

Quality: a teacher (the embedded encoder, 3 epochs, learning rate 2e-4) and its student for each
seed, both scored on the test split; finished runs stay in `--work`, so a stopped study goes on.
Speed: int8 exports of three and of six layers against spaCy's small English NER, in turns (see
tagging.py).
Results are in `results/distilling.json`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
import tagging
from harness import describe_machine, race_all, time_call

RESULTS = Path(__file__).parent / "results" / "distilling.json"
LAYERS = 3
#: Unlabelled text of the same kind, beside the training split.
MORE_TEXTS = {"wnut2017": ["btc"], "bc5cdr": ["ncbi_disease"]}
RECIPE = {"learning_rate": 3e-4, "num_train_epochs": 3}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("--corpora", nargs="+", default=list(MORE_TEXTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104, 105])
    parser.add_argument("--work", type=Path, default=Path("distilling"), help="folder of runs")
    parser.add_argument("--words", type=int, default=23_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.what == "speed":
        found = measure_speed(options.words, options.pairs)
    else:
        found = {
            corpus: measure_quality(corpus, options.seeds, options.work)
            for corpus in options.corpora
        }
    stored = json.loads(options.output.read_text()) if options.output.is_file() else {}
    stored[options.what] = {"machine": describe_machine(), **found}
    options.output.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    return 0


def measure_quality(corpus: str, seeds: list[int], work: Path) -> dict[str, Any]:
    """F1 of teacher and student for each seed, and the mean difference with its interval."""
    from scipy import stats

    from tner_hf.lab.distilling import distil
    from tner_hf.runs import Gold
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    rows: list[dict[str, Any]] = []
    for seed in seeds:
        teacher, student = (work / f"{who}-{corpus}-{seed}" for who in ("teacher", "student"))
        how: dict[str, Any] = {"eval_strategy": "no", "report_to": "none", "seed": seed}
        args = NERTrainingArguments(
            output_dir=str(teacher), num_train_epochs=3, learning_rate=2e-4, **how
        )
        train(ModelArguments("embedded"), DataArguments([corpus]), args)
        made = distil(
            str(teacher),
            [corpus, *MORE_TEXTS[corpus]],
            NERTrainingArguments(output_dir=str(student), save_total_limit=1, **RECIPE, **how),
            layers=LAYERS,
            gold=Gold(corpus),
            max_f1_drop=1,
        )
        found: Any = made.judged
        rows.append({"seed": seed, "teacher": found.teacher_f1, "student": found.student_f1,
                     "low": found.low, "high": found.high})  # fmt: skip
    differences = np.array([row["student"] - row["teacher"] for row in rows])
    summary: dict[str, Any] = {"runs": rows, "mean_difference": float(differences.mean())}
    if len(rows) > 1:
        half = stats.t.ppf(0.975, len(rows) - 1) * stats.sem(differences)
        mean = differences.mean()
        summary["interval_over_seeds"] = [float(mean - half), float(mean + half)]
    return summary


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
