"""What a page shall measure, as files that it fetches, and the answer that is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tinystyle.assets import asset
from tinystyle.benchmarks.latency.case import Profile
from tinystyle.benchmarks.models.model import Subject
from tinystyle.benchmarks.web.runtime import ENTRIES
from tinystyle.errors import TargetError
from tinystyle.pictures.images import UInt8Array, decode_picture, encode_jpeg

__all__ = ["TOLERANCE", "WebJob", "WebModel"]

TOLERANCE = 2.0
"""Most that an output may differ from the CPU's anywhere, and a picture painted from a JPEG file on
average, in 1/255: two steps of a byte."""

_END_TO_END_RUNS = 10


@dataclass(frozen=True)
class WebModel:
    """A model, its input, and what onnxruntime on this CPU makes of it."""

    name: str
    data: bytes
    feed: NDArray[Any]
    """As :meth:`Subject.feed` gives it."""
    channels_first: bool
    expected: NDArray[Any]
    """Its output."""
    painted: UInt8Array
    """``(H, W, 3)``, of the picture as JPEG file."""

    @classmethod
    def of(cls, subject: Subject, picture: UInt8Array) -> WebModel:
        """With ``picture``, ``(H, W, 3)``, as input."""
        feed = subject.feed(picture)
        decoded = decode_picture(encode_jpeg(picture), "photograph").rgb
        return cls(
            subject.path.name,
            subject.model,
            feed,
            subject.channels_first,
            expected=subject.run(feed),
            painted=subject.paint(decoded, (picture.shape[0], picture.shape[1])),
        )

    def difference(self, output: bytes) -> float:
        """Largest difference of the page's output to the CPU's, in 1/255; infinite for NaN.

        Raises TargetError for an output of another size.
        """
        self._require_size(output, self.expected.nbytes)
        found = np.frombuffer(output, self.expected.dtype).reshape(self.expected.shape)
        steps = 1.0 if self.expected.dtype == np.uint8 else 255.0
        largest = steps * float(np.max(np.abs(found - self.expected.astype(np.float64))))
        return largest if np.isfinite(largest) else float("inf")

    def painted_difference(self, rgba: bytes) -> float:
        """Mean difference of the page's painted picture to the CPU's, in 1/255."""
        height, width, _ = self.painted.shape
        self._require_size(rgba, 4 * height * width)
        found = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)[:, :, :3]
        return float(np.mean(np.abs(found.astype(np.float64) - self.painted)))

    def _require_size(self, data: bytes, size: int) -> None:
        if len(data) != size:
            raise TargetError(
                f"{self.name}: the browser's output has {len(data):,} bytes, the CPU's {size:,}"
            )


@dataclass(frozen=True)
class WebJob:
    """One visit of a page: with a profile the models in turns, without one a cold start."""

    provider: str
    """One of ENTRIES."""
    threads: int
    models: tuple[WebModel, ...]
    picture: UInt8Array
    """``(H, W, 3)``; the page gets it as JPEG, for its way from a file to pixels."""
    profile: Profile | None = None
    software_adapter: bool = False
    """Whether WebGPU may be computed by the CPU: true in tests only."""

    def files(self, runtime: Path) -> dict[str, bytes | Path]:
        """All that the page may fetch; ``runtime`` is the folder of onnxruntime-web."""
        entry, stem = ENTRIES[self.provider]
        found: dict[str, bytes | Path] = {
            name: asset(f"web/{name}")
            for name in ("page.html", "page.mjs", "worker.mjs", "picture.mjs")
        }
        found |= {f"ort/{n}": runtime / n for n in (entry, f"{stem}.mjs", f"{stem}.wasm")}
        found |= {"job.json": self._json(), "start.onnx": _smallest_model()}
        found["photograph.jpg"] = encode_jpeg(self.picture)
        for index, model in enumerate(self.models):
            found |= {f"model-{index}": model.data, f"feed-{index}": model.feed.tobytes()}
        return found

    def uploads(self) -> dict[str, int]:
        """Names of what the page sends back of the models, and their sizes in bytes."""
        sizes = {f"output-{i}": model.expected.nbytes for i, model in enumerate(self.models)}
        height, width, _ = self.picture.shape
        return sizes | {f"painted-{i}": 4 * height * width for i in range(len(self.models))}

    def _json(self) -> bytes:
        models = [
            {
                "file": f"model-{index}",
                "feed": f"feed-{index}",
                "type": model.feed.dtype.name,
                "dims": model.feed.shape,
                "channels_first": model.channels_first,
            }
            for index, model in enumerate(self.models)
        ]
        profile = self.profile
        content = {
            "provider": self.provider,
            "runtime": ENTRIES[self.provider][0],
            "threads": self.threads,
            "software_adapter": self.software_adapter,
            "models": models,
            "end_to_end_runs": _END_TO_END_RUNS,
            "profile": profile
            and {
                "warmup_runs": profile.warmup_runs,
                "min_runs": profile.min_runs,
                "min_seconds": profile.min_seconds,
                "max_seconds": profile.max_seconds,
            },
        }
        return json.dumps(content).encode()


def _smallest_model() -> bytes:
    """A network of one node, to start onnxruntime-web with."""
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("in", "out")]
    node = helper.make_node("Identity", ["in"], ["out"])
    graph = helper.make_graph([node], "start", values[:1], values[1:])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())
