"""Segmentation networks of one convolution: class k where the brightness is about k / (K - 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

__all__ = ["segment_net", "write_net"]

KINDS = {
    "tensor(float)": TensorProto.FLOAT,
    "tensor(float16)": TensorProto.FLOAT16,
    "tensor(uint8)": TensorProto.UINT8,
}


def segment_net(
    classes: int = 2,
    *,
    made: str = "scores",
    size: tuple[int | str, int | str] = ("h", "w"),
    last: bool = False,
    last_made: bool = False,
    scale: float = 1.0,
    shift: float = 0.0,
    kind: str = "tensor(float)",
    pool: int = 1,
    metadata: dict[str, str] | None = None,
) -> ModelProto:
    """Of a picture whose values are ``scale`` x + ``shift`` of those from 0 to 1.

    ``made`` is ``scores``, ``labels`` (1, 1, h, w), ``plain labels`` (1, h, w), ``float labels`` or
    ``probability``, of class 1. ``pool`` makes sides that many times smaller.
    """
    nodes: list[NodeProto] = []
    value = "image"

    def add(operator: str, *more: str, **attributes: Any) -> None:
        nonlocal value
        made_value = f"v{len(nodes)}"
        nodes.append(helper.make_node(operator, [value, *more], [made_value], **attributes))
        value = made_value

    if kind != "tensor(float)":
        add("Cast", to=TensorProto.FLOAT)
    if last:
        add("Transpose", perm=[0, 3, 1, 2])
    if pool > 1:
        add("AveragePool", kernel_shape=[pool, pool], strides=[pool, pool])
    # Nearest k / (K - 1): of -(y - c)², 2 c y - c² is what depends on c.
    centres = np.arange(classes) / max(1, classes - 1)
    weight = np.repeat(2 * centres[:, None] / (3 * scale), 3, axis=1)
    bias = -np.square(centres) - 2 * centres * shift / scale
    if made == "probability":
        # 10 (y - 0.5)
        weight, bias = np.full((1, 3), 10 / (3 * scale)), np.array([-5 - 10 * shift / scale])
    add("Conv", "weight", "bias")
    if made == "probability":
        add("Sigmoid")
    elif made != "scores":
        add("ArgMax", axis=1, keepdims=int(made != "plain labels"))
    if made == "float labels":
        add("Cast", to=TensorProto.FLOAT)
    if last_made:
        add("Transpose", perm=[0, 2, 3, 1])
    whole = made in ("labels", "plain labels")
    shape: list[int | str] = [1, *size, 3] if last else [1, 3, *size]
    graph = helper.make_graph(
        nodes,
        "segments",
        [helper.make_tensor_value_info("image", KINDS[kind], shape)],
        [
            helper.make_tensor_value_info(
                value, TensorProto.INT64 if whole else TensorProto.FLOAT, None
            )
        ],
        [
            numpy_helper.from_array(weight.astype(np.float32)[..., None, None], "weight"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    if metadata:
        helper.set_model_props(model, metadata)
    return model


def write_net(path: Path | str, classes: int = 2, **how: Any) -> str:
    """As :func:`segment_net`, as a file; its name."""
    Path(path).write_bytes(segment_net(classes, **how).SerializeToString())
    return str(path)


def grey(levels: Sequence[Sequence[float]], size: int) -> NDArray[np.uint8]:
    """A picture of squares ``size`` px wide, whose brightness is 0 to 1: ``(H, W, 3)``."""
    values = np.kron(np.array(levels), np.ones((size, size)))
    return np.repeat(np.rint(255 * values)[..., None], 3, axis=-1).astype(np.uint8)
