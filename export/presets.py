"""Places where networks run, and what ``export-net --for`` writes for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A place, and the options of ``export-net`` that it stands for."""

    name: str
    options: Mapping[str, str]
    """Names of options without dashes, and values as typed. What is not here is as without
    ``--for``."""
    why: str
    """One line."""
    verified: str
    """One line: what was verified, and where."""
    layout: Layout = Layout.ANY
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of options that the place takes; of an option that is not here, any."""
    strength_input: bool = True
    """Whether the place takes the strength as a second input."""
    operators: frozenset[str] = frozenset()
    """All that a file for the place may hold; empty where an engine takes all that we write."""
    largest_bytes: int | None = None

    def require_taken(self, given: Mapping[str, str]) -> None:
        """Raise OptionError for an option, as typed, that contradicts the place.

        ``given`` has names without dashes, as :attr:`options` has; ``strength`` is among them only
        as ``input``.
        """
        for name, value in given.items():
            allowed = self.takes.get(name)
            if allowed is not None and value not in allowed:
                raise OptionError(
                    f"--{name} {value} contradicts --for {self.name}, which takes {name} "
                    f"{', '.join(allowed)} ({self.why}); leave one of the two away"
                )
        if given.get("strength") == "input" and not self.strength_input:
            raise OptionError(
                f"--strength input contradicts --for {self.name}, which takes a number 0 to 1; "
                "there mix the photograph and the painting"
            )


_PLAIN = {"pad": "reflect", "norm": "instance", "upsample": "subpixel"}

_COMMON = frozenset(
    {
        *("Add", "Concat", "Conv", "DepthToSpace", "Div", "Mul", "Pad", "ReduceMean", "Relu"),
        *("Resize", "Sigmoid", "Slice", "Sqrt", "Sub"),
    }
)
"""What our float32 files of fixed size are made of, whatever their form."""

_RUNTIME = ("onnx", "ort")
_ONNX = ("onnx",)
_FLOAT = ("float",)
_FULL = ("fp32",)

_ALL = (
    Preset(
        name="web",
        options={"format": "onnx", "precision": "fp32", "io": "float", "opset": "17", **_PLAIN},
        why="onnxruntime-web on WebAssembly and WebGPU: floats, which both compute; any size",
        verified="run by onnxruntime-web on WebAssembly, in node and in Chromium; WebGPU on no GPU",
        takes={"format": _RUNTIME},
    ),
    Preset(
        name="android",
        options={"format": "onnx", "precision": "fp32", "io": "uint8", "opset": "17", **_PLAIN},
        layout=Layout.ONNXRUNTIME_CPU,
        why="onnxruntime-android on the CPU: bytes in and out, any size; NNAPI is deprecated",
        verified="run by onnxruntime on x86, and from Kotlin on a JVM; on no phone",
        takes={"format": _RUNTIME},
    ),
    Preset(
        name="coreml",
        options={
            "format": "coreml",
            "precision": "fp16",
            "size": "512x512,256x256",
            "target": "iOS16",
            **_PLAIN,
        },
        why="an .mlpackage of images in half precision, of named sizes: free ones are slow",
        verified="the saved program computed by numpy; by CoreML on no Mac and no iPhone",
        takes={"format": ("coreml",), "precision": ("fp16", "fp32")},
    ),
    Preset(
        name="lens-studio",
        options={
            "format": "onnx",
            "precision": "fp32",
            "size": "512x256",
            "io": "float",
            "opset": "13",
            "pad": "zero",
            "norm": "frozen",
            "upsample": "nearest",
        },
        why="SnapML: at most 8 MB, one size (512 high, 256 wide), no instance norms, convolutions",
        verified="run by onnxruntime on x86; not imported into Lens Studio",
        takes={
            "format": _ONNX,
            "precision": _FULL,
            "io": _FLOAT,
            "pad": ("zero",),
            "norm": ("frozen",),
            "upsample": ("nearest",),
        },
        strength_input=False,
        operators=frozenset({"Add", "Conv", "Pad", "Relu", "Resize", "Sigmoid", "Slice"}),
        largest_bytes=8_000_000,
    ),
    Preset(
        name="unity",
        options={
            "format": "onnx",
            "precision": "fp32",
            "size": "512x512",
            "io": "float",
            "opset": "15",
            **_PLAIN,
        },
        why="Inference Engine (Sentis) reads ONNX of opset 7 to 15, without bytes and 8 bits",
        verified="run by onnxruntime on x86; not in Unity",
        takes={
            "format": _ONNX,
            "precision": _FULL,
            "io": _FLOAT,
            "opset": ("13", "14", "15"),
        },
        operators=_COMMON,
    ),
    Preset(
        name="tensorrt",
        options={
            "format": "onnx",
            "precision": "fp32",
            "size": "720x1280",
            "io": "float",
            "opset": "17",
            **_PLAIN,
        },
        why="one size, which the builder tunes for; it makes half precision of a float32 file",
        verified="run by onnxruntime on x86; not by TensorRT",
        takes={
            "format": _ONNX,
            "precision": _FULL,
            "io": _FLOAT,
            "opset": tuple(map(str, range(13, 21))),
        },
        operators=_COMMON,
    ),
    Preset(
        name="rpi",
        options={
            "format": "onnx",
            "precision": "fp32",
            "size": "240x320",
            "io": "uint8",
            "opset": "17",
            **_PLAIN,
        },
        layout=Layout.ONNXRUNTIME_CPU,
        why="onnxruntime on ARM64: a camera's bytes, one size; half numbers are less exact there",
        verified="run by onnxruntime on x86 and emulated Cortex-A72 and A76; on no Raspberry Pi",
        takes={"format": _RUNTIME},
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
"""By name, in the order in which they are told."""
