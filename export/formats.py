"""The file formats, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tinystyle.errors import OptionError
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO
from tinystyle.network.graph import Precision

__all__ = ["Format", "default_precision", "ending", "require_option", "require_supported"]


class Format(str, Enum):
    """File formats of ``--format``."""

    ONNX = "onnx"
    """For onnxruntime and whatever reads ONNX."""
    ORT = "ort"
    """For onnxruntime's minimal builds on phones."""
    COREML = "coreml"
    """An .mlpackage for iOS and macOS; pictures are images there, neither floats nor bytes."""
    SAFETENSORS = "safetensors"
    """The weights alone: what ``tinystyle verify`` compares with."""


@dataclass(frozen=True, slots=True)
class _Support:
    ending: str
    precisions: tuple[Precision, ...]
    """The default first."""
    graph: bool = True
    """Whether it holds a graph at all."""
    bytes_io: bool = False
    strength_input: bool = False
    options: frozenset[str] = frozenset()
    """Of ``export-net``, beyond those that all formats know."""


_GRAPH = frozenset({"--size", "--no-verify"})
_OPSETS = _GRAPH | {"--opset", "--batch", "--for", "--providers"}
_ALL = (Precision.FP32, Precision.FP16, Precision.INT8)
_SUPPORT = {
    Format.ONNX: _Support(".onnx", _ALL, bytes_io=True, strength_input=True, options=_OPSETS),
    Format.ORT: _Support(".ort", _ALL, bytes_io=True, strength_input=True, options=_OPSETS),
    Format.COREML: _Support(
        ".mlpackage", (Precision.FP16, Precision.FP32), options=_GRAPH | {"--target"}
    ),
    Format.SAFETENSORS: _Support(".safetensors", (Precision.FP32,), graph=False),
}


def ending(form: Format) -> str:
    """Of the file's name, with the dot."""
    return _SUPPORT[form].ending


def default_precision(form: Format) -> Precision:
    """What a format is written in where nothing is asked for."""
    return _SUPPORT[form].precisions[0]


def require_option(form: Format, option: str) -> None:
    """Raise OptionError for an option of ``export-net`` that the format has no use for."""
    if option not in _SUPPORT[form].options:
        able = ", ".join(f.value for f, s in _SUPPORT.items() if option in s.options)
        raise OptionError(f"{option} is for {able}; the format is {form.value}")


def require_supported(form: Format, options: GraphOptions) -> None:
    """Raise OptionError for what the format cannot hold, naming what it can."""
    support = _SUPPORT[form]
    if options.precision not in support.precisions:
        known = ", ".join(p.value for p in support.precisions)
        raise OptionError(
            f"format {form.value} does not hold precision {options.precision.value}; "
            f"it holds {known}"
        )
    if options.io is PictureIO.UINT8 and not support.bytes_io:
        able = ", ".join(f.value for f, s in _SUPPORT.items() if s.bytes_io)
        raise OptionError(f"format {form.value} has no --io uint8; these have: {able}")
    if options.strength_input and not support.strength_input:
        able = ", ".join(f.value for f, s in _SUPPORT.items() if s.strength_input)
        raise OptionError(
            f"format {form.value} has no --strength input; these have: {able}. In other formats an "
            "app mixes the photograph and the painting"
        )
    if options.norm is Norm.INPUT and form is not Format.ONNX:
        raise OptionError(f"format {form.value} has no --norm input; format onnx has")
    if options.norm is Norm.INPUT and options.precision is not Precision.FP32:
        raise OptionError(f"--norm input is for precision fp32, not {options.precision.value}")
    if not support.graph and options != GraphOptions():
        able = ", ".join(f.value for f, s in _SUPPORT.items() if s.graph)
        raise OptionError(
            f"format {form.value} holds weights, no graph: --pad, --norm and --upsample are for "
            f"{able}"
        )
