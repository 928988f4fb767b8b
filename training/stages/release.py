"""The trained parts as one ONNX file: style picture in, weights out, no VGG."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import onnxsim
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from tinystyle.errors import ParityError
from tinystyle.files import write_bytes
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.runtime.session import SessionOptions, open_session
from tinystyle.training.networks.hypernetwork import StyleHypernetwork

__all__ = ["limited", "release"]

OPSET = 18
SMALLEST_QUANTISED = 4_000
"""Weights with fewer values stay float32."""


class _Hypernetwork(nn.Module):
    def __init__(self, network: StyleHypernetwork, gain: float, limit: float | None) -> None:
        super().__init__()
        self.gain = gain
        self.limit = limit
        self.encoder = network.encoder.eval()
        self.generator = network.meta.eval()  # "meta" is taken in torch.fx graphs

    def forward(self, style: Tensor) -> Tensor:
        code = self.gain * self.generator.standardise(self.encoder(style))
        if self.limit is not None:
            code = limited(code, self.limit)
        return self.generator.flat(code)


def limited(code: Tensor, limit: float) -> Tensor:
    """Standardised codes ``(N, C)``, their root mean square ``limit`` at most."""
    size = code.square().mean(dim=1, keepdim=True).sqrt()
    return code * (limit / size.clamp_min(1e-6)).clamp_max(1.0)


def release(
    network: StyleHypernetwork,
    output: Path,
    notes: dict[str, str],
    *,
    gain: float = 1.0,
    limit: float | None = None,
) -> float:
    """Write the hypernetwork with its matrices in int8, one scale a row, and filters in float16.

    ``gain`` multiplies the standardised code of a style: above 1 moves away from the average style.
    ``limit`` is the largest root mean square of a style's code: a picture unlike any artwork that
    was trained on (hard edges, pure colours) would else be extrapolated to garish networks.

    Compares onnxruntime with torch and returns the largest difference of a weight relative to the
    deviation of all weights: that of the float32 graph must be below 1e-3 (ParityError), that of
    the int8 file is returned.
    """
    whole = _Hypernetwork(network, gain, limit)
    model = _simplified(whole)
    manifest = Manifest(Kind.HYPERNETWORK, network.config.spec, notes)
    helper.set_model_props(model, manifest.to_properties())
    exact = _difference(whole, model)
    if not exact <= 1e-3:
        raise ParityError(f"the traced graph differs from torch by {exact:.3g} of the weights' std")
    quantise_rows(model)
    halve_others(model)
    onnx.checker.check_model(model)
    write_bytes(output, model.SerializeToString())
    return _difference(whole, model)


def _simplified(network: _Hypernetwork) -> onnx.ModelProto:
    example = torch.rand(1, 3, 256, 320)
    free = {
        0: torch.export.Dim("batch"),
        2: torch.export.Dim("height", min=64, max=4096),
        3: torch.export.Dim("width", min=64, max=4096),
    }
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        path = Path(folder) / "hypernetwork.onnx"
        torch.onnx.export(
            network,
            (torch.cat([example, example]),),
            str(path),
            input_names=["style"],
            output_names=["weights"],
            dynamic_shapes=(free,),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        simplified, correct = onnxsim.simplify(onnx.load(path))
    if not correct:
        raise ParityError("onnxsim changed what the hypernetwork computes")
    for node in simplified.graph.node:  # where torch put the node: bytes, and paths of this machine
        del node.metadata_props[:]
        node.doc_string = ""
    del simplified.graph.value_info[:]
    del simplified.metadata_props[:]
    del simplified.graph.metadata_props[:]
    return cast(onnx.ModelProto, simplified)


def quantise_rows(model: onnx.ModelProto) -> None:
    """Store every large matrix as int8, one scale an output unit, in place.

    Weight-only: a DequantizeLinear node, which onnxruntime folds at load, restores float32. The
    encoder's filters are not among them: in int8 they move a style's code by 9 % of the codes'
    spread, all matrices together the weights by 1 % of theirs.
    """
    graph = model.graph
    axes = {}
    for node in graph.node:
        if node.op_type in ("Gemm", "MatMul"):
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            axes[node.input[1]] = 0 if transposed else 1  # of the output unit
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.name not in axes or values.size < SMALLEST_QUANTISED:
            continue
        axis = axes[tensor.name]
        others = tuple(a for a in range(values.ndim) if a != axis)
        scale = np.abs(values).max(axis=others).astype(np.float32) / 127.0
        scale = np.maximum(scale, np.float32(1e-12))
        steps = np.rint(values / np.expand_dims(scale, others)).astype(np.int8)
        names = [f"{tensor.name}.q", f"{tensor.name}.scale", f"{tensor.name}.zero"]
        parts = (steps, scale, np.zeros(len(scale), np.int8))
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            numpy_helper.from_array(part, name) for part, name in zip(parts, names, strict=True)
        )
        node = helper.make_node("DequantizeLinear", names, [tensor.name], axis=axis)
        graph.node.insert(0, node)


def halve_others(model: onnx.ModelProto) -> None:
    """Store the other large weights (filters, base weights) as float16, in place."""
    graph = model.graph
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST_QUANTISED:
            continue
        name = f"{tensor.name}.half"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), name))
        node = helper.make_node("Cast", [name], [tensor.name], to=onnx.TensorProto.FLOAT)
        graph.node.insert(0, node)


def _difference(network: _Hypernetwork, model: onnx.ModelProto) -> float:
    session = open_session(model.SerializeToString(), "hypernetwork", SessionOptions(threads=1))
    worst = 0.0
    for height, width in ((256, 256), (256, 377), (301, 256)):
        style = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))
        with torch.inference_mode():
            expected = network(style).numpy()
        got = session.run(["weights"], {"style": style.numpy()})[0]
        worst = max(worst, float(np.abs(got - expected).max() / expected.std()))
    return worst
