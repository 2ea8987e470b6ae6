"""Nothing of a checkpoint runs: one door in the package, and what hostile files meet there."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from preparations import save_tagger

import tner_hf
from tner_hf.cli import main
from tner_hf.errors import CheckpointError
from tner_hf.labels import LabelSpace
from tner_hf.models import (
    check_training_state,
    load_config,
    load_model,
    load_stock_pipeline,
    load_tokenizer,
)

PACKAGE = Path(tner_hf.__file__).parent

#: What loads or runs things from outside, and the modules that may name it.
DOOR, FETCH, NOWHERE = frozenset({"models/door.py"}), frozenset({"downloads.py"}), frozenset()
GUARDED: dict[str, frozenset[str]] = {
    **dict.fromkeys(("from_pretrained", "trust_remote_code"), DOOR),
    **dict.fromkeys(("snapshot_download", "hf_hub_download", "cached_file"), FETCH),
    **dict.fromkeys(("torch.load", "transformers.pipeline"), DOOR),
    **dict.fromkeys(("AutoConfig", "AutoTokenizer", "AutoModelForTokenClassification"), DOOR),
    "InferenceSession": frozenset({"inference/runtimes/onnx.py"}),
    # a graph that was written a moment ago
    "onnx.load": frozenset({"publishing/export/quantizing.py"}),
    **dict.fromkeys(("load_state_dict", "torch.jit", "torch.package", "torch.hub"), NOWHERE),
    **dict.fromkeys(("AutoModel", "AutoProcessor", "AutoFeatureExtractor"), NOWHERE),
    **dict.fromkeys(("pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"), NOWHERE),
    **dict.fromkeys(("__import__", "runpy", "allow_pickle", "from_config"), NOWHERE),
    **dict.fromkeys(("yaml.load", "yaml.unsafe_load", "yaml.full_load", "read_pickle"), NOWHERE),
    **dict.fromkeys(("eval()", "exec()", "input()"), NOWHERE),  # the functions, not such words
}

#: A number read back, with its word in the call; the states of an optimizer of this very process.
ALLOWED = {
    ("predictions/store.py", "allow_pickle"),  # False
    ("cli/predict.py", "input()"),  # its own prompt: texts to tag
    ("training/used_rows.py", "load_state_dict"),
    ("lab/distilling/student.py", "load_state_dict"),  # of the teacher, which is in memory
}


def _named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a module uses, however it comes by it, with its line.

    Imports count under their own name whatever they are called here, and so do strings that are
    nothing but a name: `getattr(AutoModel, "from_pretrained")`.
    """
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
                yield node.lineno, alias.name
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, str(node.module).split(".")[0]
            for alias in node.names:
                yield node.lineno, alias.name
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Name):
            yield line, node.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield line, f"{node.func.id}()"
        elif isinstance(node, ast.Attribute):
            yield line, node.attr
            if isinstance(node.value, ast.Name):
                yield line, f"{modules.get(node.value.id, node.value.id)}.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg:
            yield line, node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield line, node.value


def _breaches(source: str, module: str) -> list[str]:
    return sorted(
        {
            f"{module}:{line}: {name}"
            for line, name in _named(ast.parse(source))
            if name in GUARDED and module not in GUARDED[name] and (module, name) not in ALLOWED
        }
    )


def test_only_the_door_loads_what_is_from_outside() -> None:
    found = [
        breach
        for path in sorted(PACKAGE.rglob("*.py"))
        for breach in _breaches(path.read_text(), path.relative_to(PACKAGE).as_posix())
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "AutoModel.from_pretrained('x')",
        "getattr(model_class, 'from_pretrained')('x')",
        "import torch as t\nt.load('x')",
        "from torch import load as read\nread('x')",
        "import transformers as t\nt.pipeline('ner')",
        "from transformers import pipeline",
        "from huggingface_hub import snapshot_download as fetch",
        "api.hf_hub_download('x', 'y')",
        "import pickle",
        "from pickle import loads",
        "load(trust_remote_code=True)",
        "load(**{'trust_remote_code': True})",
        "answer = input('run it?')",
        "import yaml as y\ny.load('x')",
        "np.load('x', allow_pickle=True)",
    ],
)
def test_a_way_around_the_door_is_seen(source: str) -> None:
    assert _breaches(source, "elsewhere.py")


def test_the_door_trusts_nothing() -> None:
    tree = ast.parse((PACKAGE / "models/door.py").read_text())
    said = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg == "trust_remote_code"
        and isinstance(node.value, ast.Constant)
    }
    stored = [
        value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "trust_remote_code"
        if isinstance(value, ast.Constant)
    ]
    assert (said, stored) == ({False}, [False])
    loads = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"from_pretrained", "load"}
    ]
    assert len(loads) == 5
    for call in loads:
        given = {ast.unparse(k.value) if k.arg is None else k.arg for k in call.keywords}
        assert given & {"_NO_CODE", "weights_only"}, ast.unparse(call)


class Evil:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


@pytest.fixture
def tagger(tiny_encoder: Path, tmp_path: Path) -> Path:
    return save_tagger(tmp_path / "tagger", tiny_encoder, "PER", "LOC")


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "PWNED"


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def bring_code(folder: Path, mark: Path) -> dict[str, str]:
    """Code beside a checkpoint, for every class that transformers would take from it."""
    names = ["EvilConfig", "EvilModel", "EvilTokenizer", "EvilPipeline"]
    classes = "\n".join(f"class {name}: pass" for name in names)
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\n{classes}\n")
    return {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForTokenClassification": "evil.EvilModel",
    }


LOADERS: list[Callable[[Path], object]] = [
    load_config,
    load_model,
    load_tokenizer,
    lambda folder: load_model(folder, LabelSpace(("ORG",))),
    lambda folder: load_stock_pipeline(folder, aggregation_strategy="first"),
]


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("model_type", ["evil", None, 5, "bert "])
def test_a_model_that_needs_its_own_code_is_refused(
    tagger: Path, mark: Path, load: Callable[[Path], object], model_type: object
) -> None:
    edit(tagger / "config.json", model_type=model_type, auto_map=bring_code(tagger, mark))
    with pytest.raises(CheckpointError, match=r"config.json: model_type .* which is never run"):
        load(tagger)
    assert not mark.exists()


@pytest.mark.parametrize("load", LOADERS)
def test_code_beside_a_known_model_is_left_aside(
    tagger: Path, mark: Path, load: Callable[[Path], object]
) -> None:
    edit(tagger / "config.json", auto_map=bring_code(tagger, mark))
    with pytest.warns(UserWarning, match="code of its own, which is not run"):
        load(tagger)
    assert not mark.exists()


@pytest.mark.parametrize("auto_map", [["evil.EvilTokenizer", "evil.EvilTokenizer"], {}])
def test_code_of_a_tokenizer_is_not_run(tagger: Path, mark: Path, auto_map: object) -> None:
    bring_code(tagger, mark)
    named = auto_map or {"AutoTokenizer": ["evil.EvilTokenizer", "evil.EvilTokenizer"]}
    for name in ("EvilTokenizer", "TokenizersBackend"):
        edit(tagger / "tokenizer_config.json", auto_map=named, tokenizer_class=name)
        with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
            warnings.simplefilter("ignore")
            patch.setattr(sys, "stdin", io.StringIO("y\n1\n" * 9))
            with contextlib.suppress(CheckpointError):
                load_tokenizer(tagger)
            assert sys.stdin.read() == "y\n1\n" * 9  # nothing was asked
    assert not mark.exists()


def test_code_of_a_pipeline_is_not_run(tagger: Path, mark: Path) -> None:
    bring_code(tagger, mark)
    custom = {"ner": {"impl": "evil.EvilPipeline", "pt": ["AutoModelForTokenClassification"]}}
    edit(tagger / "config.json", custom_pipelines=custom)
    with pytest.warns(UserWarning, match="custom_pipelines is .* which is not run"):
        load_stock_pipeline(tagger, aggregation_strategy="first")
    assert not mark.exists()


def test_predict_never_asks_on_standard_input(
    tagger: Path, mark: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(tagger / "config.json", model_type="evil", auto_map=bring_code(tagger, mark))
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n1\nyes\n"))
    assert main(["predict", "--model_name_or_path", str(tagger)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "never run" in told
    assert sys.stdin.read() == "y\n1\nyes\n"
    assert not mark.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("attn_implementation", "somebody/kernel"),
        ("attn_implementation", {"": "somebody/kernel@main:run"}),
        ("_attn_implementation_internal", "somebody/kernel"),
        ("text_config", {"attn_implementation": "somebody/kernel"}),
        ("use_kernels", True),
        ("kernel_config", {"kernel_mapping": {"RMSNorm": "somebody/kernel:Norm"}}),
        ("quantization_config", {"quant_method": "bitsandbytes", "load_in_8bit": True}),
        ("text_config", {"quantization_config": {"quant_method": "hqq"}}),
        ("transformers_weights", "other.bin"),
    ],
)
def test_kernels_and_foreign_weights_are_refused(tagger: Path, key: str, value: object) -> None:
    edit(tagger / "config.json", **{key: value})
    with pytest.raises(CheckpointError, match=r"config\.json: [a-z_]+ is "):
        load_model(tagger)


def test_a_way_of_attention_that_is_stored_is_not_taken(tagger: Path) -> None:
    edit(tagger / "config.json", attn_implementation="flash_attention_2")
    assert load_model(tagger).config._attn_implementation == "sdpa"


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_pickle_of_anything_but_tensors_is_not_read(tagger: Path, mark: Path) -> None:
    weights = load_model(tagger).state_dict()
    (tagger / "model.safetensors").unlink()
    torch.save(weights, tagger / "pytorch_model.bin")
    load_model(tagger)
    for content in (Evil(mark), {**weights, "classifier.bias": Evil(mark)}):
        torch.save(content, tagger / "pytorch_model.bin")
        with pytest.raises(CheckpointError, match=r"pytorch_model\.bin"):
            load_model(tagger)
    (tagger / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin"):
        load_model(tagger)
    assert not mark.exists()


def test_pickles_beside_a_checkpoint_are_not_read(tagger: Path, mark: Path) -> None:
    for name in ("training_args.bin", "optimizer.pt", "pytorch_model.bin", "rng_state.pth"):
        torch.save(Evil(mark), tagger / name)
    load_model(tagger)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth", "scaler.pt"])
def test_a_hostile_training_state_is_refused(tmp_path: Path, mark: Path, name: str) -> None:
    torch.save({"state": {0: torch.ones(3)}, "lr": 1e-3}, tmp_path / name)
    check_training_state(tmp_path)
    torch.save({"state": Evil(mark)}, tmp_path / name)
    with pytest.raises(CheckpointError, match=rf"{name} cannot be resumed from: .*more than numb"):
        check_training_state(tmp_path)
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(CheckpointError, match="it is damaged"):
        check_training_state(tmp_path)
    assert not mark.exists()
