"""The hidden code of a style: what the hypernetwork knows of an artwork, and its network from it.

A hypernetwork is two parts (Shen et al. 2018, section 3.2): statistics of the artwork become a
hidden code, some hundred numbers, and affine generators make the weights of the network of it. The
code is 300 times smaller than the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, STYLE_SIZES, prepare_style
from tinystyle.runtime.session import (
    SessionOptions,
    open_session,
    read_model,
    require_finite,
    run_session,
)
from tinystyle.weights import released

__all__ = ["CODE_TYPE", "StyleCoder"]

CODE_TYPE = np.dtype("<f2")
"""Of a stored code: half precision, little-endian. The painting changes by less than rounding."""

_SMALLEST = STYLE_SIZES[0]


class StyleCoder:
    """The released hypernetwork in its two parts: artwork to code, code to network."""

    def __init__(self, path: Path | None = None, options: SessionOptions | None = None) -> None:
        """Load ``path``, by default the hypernetwork inside the package.

        Raises ModelError for a file that is none, or that cannot be parted.
        """
        path = path or released().hypernetwork
        data = read_model(path)
        self.version = hashlib.sha256(data).hexdigest()[:16]
        """Which hypernetwork: a code means nothing to another one."""
        encoder, generator, manifest, self._code = _parted(data, str(path))
        self.spec = manifest.spec
        self._input, self._output = manifest.input_name, manifest.output_name
        self._encoder = open_session(encoder, str(path), options)
        self._generator = open_session(generator, str(path), options)
        grey = np.full((1, 3, _SMALLEST, _SMALLEST), 0.5, np.float32)
        self.length = self._run(grey).size
        """Numbers in a code."""

    def encode(self, picture: Picture, style_size: int = DEFAULT_STYLE_SIZE) -> NDArray[np.float16]:
        """The code of an artwork, ``(length,)``, rounded as it is stored.

        ``style_size`` as of :meth:`Hypernetwork.generate`. Raises PictureError where the picture is
        too small to show a style.
        """
        batch = to_batch(prepare_style(picture.rgb, style_size))
        return self._run(batch).astype(CODE_TYPE)

    def generate(self, code: NDArray[np.float16], notes: Mapping[str, str]) -> StyleNet:
        """The network of a code ``(length,)``. Raises OptionError for one of another length."""
        if code.shape != (self.length,):
            raise OptionError(f"a code is {code.shape}; this hypernetwork's are ({self.length},)")
        batch = code.astype(np.float32)[None]
        weights = require_finite(run_session(self._generator, self._output, self._code, batch))[0]
        return StyleNet.from_flat(self.spec, weights, notes)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        code = run_session(self._encoder, self._code, self._input, batch)
        first: NDArray[np.float32] = require_finite(code)[0]
        return first


def _parted(data: bytes, label: str) -> tuple[bytes, bytes, Manifest, str]:
    """Artwork to code, code to weights, what the whole says of itself, and the code's tensor."""
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{label}: not an ONNX file ({error})") from error
    manifest = Manifest.from_properties({p.key: p.value for p in model.metadata_props}, label)
    splits = [node for node in model.graph.node if node.op_type == "Split"]
    if manifest.kind is not Kind.HYPERNETWORK or not splits:
        raise ModelError(f"{label}: is no hypernetwork of this version")
    # The codes of all layers are one tensor, and no other is split into as many.
    code = max(splits, key=lambda node: len(node.output)).input[0]
    codes = onnx.helper.make_tensor_value_info(code, onnx.TensorProto.FLOAT, ["batch", "length"])
    encoder = _part(model, model.graph.input[0], codes)
    for node in model.graph.node:
        if node.op_type == "Shape" and node.input[0] == manifest.input_name:
            node.input[0] = code  # asked for the number of pictures, which is that of codes
    return encoder, _part(model, codes, model.graph.output[0]), manifest, code


def _part(
    model: onnx.ModelProto, source: onnx.ValueInfoProto, result: onnx.ValueInfoProto
) -> bytes:
    """The nodes that make ``result`` of ``source``."""
    makers = {name: node for node in model.graph.node for name in node.output}
    needed, waiting = {source.name}, [result.name]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += makers[name].input if name in makers else ()
    graph = onnx.helper.make_graph(
        [
            n
            for n in model.graph.node
            if not needed.isdisjoint(n.output) and n.output[0] != source.name
        ],
        model.graph.name,
        [source],
        [result],
        [tensor for tensor in model.graph.initializer if tensor.name in needed],
    )
    part = onnx.helper.make_model(graph, opset_imports=model.opset_import)
    part.ir_version = model.ir_version
    return bytes(part.SerializeToString())
