"""What a user does first with the installed package: `python smoke.py` in an empty folder.

`make pythons` and `make lowest` run it in environments of their own, which hold no pytest, and a
test runs it on the wheel with an encoder of its own: `python smoke.py ENCODER`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SENTENCES = (
    "Ada/B-PER Lovelace/I-PER lived/O in/O London/B-LOC ./O",
    "Grace/B-PER Hopper/I-PER worked/O for/O the/O Navy/B-ORG ./O",
    "Acme/B-ORG hired/O her/O in/O Paris/B-LOC ./O",
)


def main(encoder: str = "embedded") -> None:
    """Train, score, tag and check; the first step that fails says so."""
    from tner_hf import pipeline
    from tner_hf.cli import main as run

    blocks = (sentence.replace(" ", "\n").replace("/", "\t") for sentence in SENTENCES)
    Path("toy.txt").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    script = Path(sys.executable).with_name("tner-hf")  # once as a user's shell finds it
    subprocess.run([script, "--help"], check=True)
    model, files = ["-m", "out"], ["--test_file", "toy.txt"]
    settings = ["--max_steps", "3", "--save_strategy", "no", "--max_length", "32"]
    for arguments in (
        ["env"],
        ["datasets", "check", "toy.txt"],
        ["train", "-m", encoder, "--train_file", "toy.txt", "-o", "out", *settings],
        ["evaluate", *model, *files, "-o", "scores.json"],
        ["predict", *model, "Ada Lovelace lived in London."],
        ["card", "out", "-o", "card.md"],
        ["matrix", *model, "-d", "sample", "--max_test_samples", "5", "-o", "matrix"],
        ["errors", *model, *files, "-o", "errors"],
    ):
        if status := run(arguments):
            sys.exit(f"tner-hf {' '.join(arguments)}: status {status}")
    text = "Ada Lovelace lived in London."
    for entity in pipeline("out")(text):
        assert entity["word"] == text[entity["start"] : entity["end"]], entity


if __name__ == "__main__":
    main(*sys.argv[1:])
