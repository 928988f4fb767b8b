"""The engines that are asked what they make of our files, and what each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tinystyle.network.graph import Precision

__all__ = ["BROWSER", "ENGINES", "Engine", "FileSize"]

BROWSER = "browser"
"""In place of a client: onnxruntime-web paints, in the browser that target ``web`` takes."""


class FileSize(str, Enum):
    """How a file came by the size of its pictures."""

    ANY = "any"
    """Written for pictures of any size."""
    WRITTEN = "256x256"
    """Written for this one."""
    FIXED = "fixed"
    """Written for any, then given this one by onnxruntime's tool ``make_dynamic_shape_fixed``."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, and what pip installs to have it."""

    client: str
    """The function of ``client`` that paints by it, or BROWSER."""
    requirements: tuple[str, ...]
    free: bool = True
    """Whether it takes files of any size; else it is given those of 256x256."""
    plain: tuple[str, ...] = ()
    """What is installed without its dependencies, some of which nothing here needs."""
    refuses: tuple[Precision, ...] = ()
    """What it is known not to read."""
    refuses_sized: tuple[Precision, ...] = ()
    """What it is known not to read of one size alone."""
    misreads: tuple[Precision, ...] = ()
    """What it is known to paint wrongly, by a fault of its own that the document shows."""
    quick: bool = True
    """Whether it is asked where time counts: installed in under a minute, and not tested by all
    else (``make oldest``, target ``web``)."""

    def known_to_refuse(self, precision: Precision, size: FileSize) -> bool:
        """Whether a file is one of those."""
        sized = self.refuses_sized if size is not FileSize.ANY else ()
        return precision in (*self.refuses, *sized)

    @property
    def sizes(self) -> tuple[FileSize, ...]:
        """Of the files that it takes; the first is what it is asked by default."""
        return tuple(FileSize) if self.free else (FileSize.WRITTEN, FileSize.FIXED)


_REDUCED = (Precision.FP16, Precision.INT8)

ENGINES: dict[str, Engine] = {
    "onnxruntime, oldest": Engine("onnxruntime", ("onnxruntime==1.19.0", "numpy<2"), quick=False),
    "onnxruntime 1.26": Engine("onnxruntime", ("onnxruntime==1.26.0",)),
    "onnxruntime-web": Engine(BROWSER, (), quick=False),
    "OpenCV 4": Engine("opencv", ("opencv-python-headless<5",), free=False),
    "OpenCV 5": Engine("opencv", ("opencv-python-headless>=5",), free=False),
    "OpenVINO": Engine("openvino", ("openvino",)),
    "MNN": Engine("mnn", ("MNN",), refuses_sized=(Precision.INT8,)),
    "pnnx and ncnn": Engine("ncnn", ("ncnn", "pnnx"), free=False, refuses=_REDUCED),
    "tract": Engine("tract", ("tract",), free=False),
    "onnx2torch": Engine(
        *("onnx2torch", ("torch==2.13.0", "onnx")),
        plain=("onnx2torch",),
        refuses=(Precision.INT8,),
        quick=False,
    ),
    "onnx2tf and LiteRT": Engine(
        "litert", ("onnx2tf==1.29.24",), misreads=(Precision.INT8,), quick=False
    ),
    "Apache TVM": Engine("tvm", ("apache-tvm", "onnx"), quick=False),
}
"""By the name in the table. Those of phones read the same files by the same code."""
