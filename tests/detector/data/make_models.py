"""Makes the tiny ONNX models beside it; run once, in the training environment, which has onnx.

Each looks at nothing but the picture's mean colour: a box at a fixed place scores as much as the
picture is red (class 0), another as much as it is green (class 1).
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 32
# Two anchors: centre x, centre y, width, height.
ANCHORS = np.array([[8, 8, 8, 8], [24, 16, 8, 16]], dtype=np.float32)


def raw(batch: int | str) -> onnx.ModelProto:
    """Output (batch, 6, 2): four of the box, two of the classes, for two anchors."""
    weights = np.zeros((3, 12), dtype=np.float32)
    weights[0, 8] = weights[1, 11] = 1.0
    bias = np.concatenate([ANCHORS.T.ravel(), np.zeros(4)]).astype(np.float32)
    return model(batch, weights, bias, (6, 2))


def end2end(batch: int | str) -> onnx.ModelProto:
    """Output (batch, 2, 6): corners, score, class."""
    half = ANCHORS[:, 2:] / 2
    rows = np.zeros((2, 6), dtype=np.float32)
    rows[:, :2], rows[:, 2:4] = ANCHORS[:, :2] - half, ANCHORS[:, :2] + half
    rows[1, 5] = 1.0
    weights = np.zeros((3, 12), dtype=np.float32)
    weights[0, 4] = weights[1, 10] = 1.0
    return model(batch, weights, rows.ravel(), (2, 6))


def model(
    batch: int | str, weights: np.ndarray, bias: np.ndarray, shape: tuple[int, int]
) -> onnx.ModelProto:
    """Mean colour, times weights, plus bias, in a shape."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["pictures"], ["mean"], axes=[2, 3], keepdims=0),
            helper.make_node("Gemm", ["mean", "weights", "bias"], ["flat"]),
            helper.make_node("Reshape", ["flat", "shape"], ["found"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, [batch, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, [batch, *shape])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(bias, "bias"),
            numpy_helper.from_array(np.array([-1, *shape], dtype=np.int64), "shape"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made


if __name__ == "__main__":
    folder = Path(__file__).parent
    onnx.save(raw("batch"), folder / "raw.onnx")
    onnx.save(raw(2), folder / "raw_by_two.onnx")
    onnx.save(end2end("batch"), folder / "end2end.onnx")
