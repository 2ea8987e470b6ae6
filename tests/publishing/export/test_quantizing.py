"""Integers with a scale for each sub-token and each word, against ONNX Runtime's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tner_hf.publishing.export.quantizing import quantize_graph

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

WORDS, WIDTH, WIDER = 50, 16, 64


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Embeddings, a feed-forward layer and a classifier; word 7 is a hundred times the others."""
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    table = random.normal(size=(WORDS, WIDTH)).astype(np.float32)
    table[7] *= 100
    matrices = {
        "table": table,
        "up": random.normal(size=(WIDTH, WIDER)).astype(np.float32),
        "down": random.normal(size=(WIDER, WIDTH)).astype(np.float32),
        "classifier": random.normal(size=(WIDTH, 3)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["words"], "embed"),
        helper.make_node("MatMul", ["words", "up"], ["wide"], "widen"),
        helper.make_node("Relu", ["wide"], ["positive"], "bend"),
        helper.make_node("MatMul", ["positive", "down"], ["narrow"], "narrow"),
        helper.make_node("MatMul", ["narrow", "classifier"], ["logits"], "classify"),
    ]
    made = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "sequence"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "sequence", 3])],
        [numpy_helper.from_array(value, name) for name, value in matrices.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def run(path: Path, ids: np.ndarray) -> np.ndarray:
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"ids": ids})[0]


def errors(graph: Path, quantized: Path) -> np.ndarray:
    """Largest error of each word, as a share of its own largest logit."""
    ids = np.arange(WORDS)[None]
    exact, found = run(graph, ids)[0], run(quantized, ids)[0]
    return np.abs(found - exact).max(1) / np.abs(exact).max(1)


def test_no_word_pays_for_the_extremes_of_another(graph, tmp_path):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    ours, theirs = tmp_path / "ours.onnx", tmp_path / "theirs.onnx"
    quantize_graph(graph, ours)
    quantize_dynamic(
        graph,
        theirs,
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=["classify"],
    )
    assert errors(graph, ours).max() < 0.1
    assert np.median(errors(graph, theirs)) > 0.2


def test_tables_and_matrices_are_integers_and_the_classifier_is_not(graph, tmp_path):
    from onnx import TensorProto

    quantize_graph(graph, tmp_path / "int8.onnx")
    model = onnx.load(tmp_path / "int8.onnx")
    onnx.checker.check_model(model)
    types = {
        tuple(value.dims): value.data_type
        for value in model.graph.initializer
        if len(value.dims) == 2 and 1 not in value.dims
    }
    assert types == {
        (WORDS, WIDTH): TensorProto.INT8,
        (WIDTH, WIDER): TensorProto.INT8,
        (WIDER, WIDTH): TensorProto.INT8,
        (WIDTH, 3): TensorProto.FLOAT,
    }
    assert {p.name for p in tmp_path.iterdir()} == {"model.onnx", "int8.onnx"}


def test_a_row_of_nothing_stays_nothing(graph, tmp_path):
    from onnx import numpy_helper

    model = onnx.load(graph)
    (table,) = (v for v in model.graph.initializer if v.name == "table")
    rows = numpy_helper.to_array(table).copy()
    rows[3] = 0
    table.CopyFrom(numpy_helper.from_array(rows, "table"))
    onnx.save(model, graph)
    quantize_graph(graph, tmp_path / "int8.onnx")
    assert not run(tmp_path / "int8.onnx", np.array([[3]])).any()
