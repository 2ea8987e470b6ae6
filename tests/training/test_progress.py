"""What a run shows while it goes on."""

from __future__ import annotations

import logging
import sys

import pytest
from tqdm.auto import tqdm
from transformers import TrainerState

from tner_hf.training.progress import EpochLines, logger


def test_the_line_of_an_epoch_stands_beside_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    shown = logging.StreamHandler(sys.stderr)
    logger.addHandler(shown)
    logger.setLevel(logging.INFO)
    try:
        with tqdm(total=2, ncols=40) as bar:
            bar.update()
            state = TrainerState(epoch=1, num_train_epochs=2)
            scores = {"eval_f1": 0.5, "eval_f1_type_ignored": 0.75, "eval_loss": 0.1}
            EpochLines().on_evaluate(None, state, None, metrics=scores)
    finally:
        logger.removeHandler(shown)
        logger.setLevel(logging.NOTSET)
    before, line, _ = capsys.readouterr().err.partition("epoch 1 of 2: training loss")
    assert line
    assert before.endswith("\r")  # the bar was cleared, and comes back below
