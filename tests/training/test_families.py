"""Every supported family through a whole run: trained, saved, scored, and scored again."""

from __future__ import annotations

import pytest
from architectures import FAMILIES

from tner_hf.lab.evaluation import evaluate


@pytest.fixture
def family(request, tmp_path):
    """A tiny random encoder of one family with its own kind of tokenizer."""
    import torch
    from transformers import AutoModel

    build_tokenizer, build_config = FAMILIES[request.param]
    tokenizer = build_tokenizer()
    torch.manual_seed(0)
    folder = tmp_path / request.param
    AutoModel.from_config(build_config(len(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("family", FAMILIES, indirect=True)
def test_a_run_of_each_family(family, run_training, toy_files):
    result = run_training(model_name_or_path=family, num_train_epochs=3)
    losses = [entry["eval_loss"] for entry in result.epochs]
    assert losses[-1] < losses[0]
    again = evaluate(result.output_dir, toy_files, native=True)
    assert again["protocols"]["full"] == result.test
