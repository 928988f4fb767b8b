"""Which execution provider ran each node, and how long, by onnxruntime's own profiler."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from tinystyle.benchmarks.models.backends import drawn_mask
from tinystyle.errors import ModelError
from tinystyle.runtime.session import ORT_ERRORS, SessionOptions, short_name

__all__ = ["NodeProfile", "profile_nodes"]

_RUNS = 5


@dataclass(frozen=True, slots=True)
class NodeProfile:
    """Of one run."""

    nodes: dict[str, int] | None
    """Nodes that each provider ran, by short name; None where the runtime does not tell."""
    operators: dict[str, float]
    """Milliseconds by kind of operator, the slowest first."""


def profile_nodes(model: bytes, value: NDArray[Any], options: SessionOptions) -> NodeProfile:
    """Run a model a few times under the profiler, in a session of its own: it slows runs down."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    settings.enable_profiling = True
    with TemporaryDirectory() as folder:
        settings.profile_file_prefix = str(Path(folder) / "profile")
        try:
            session = onnxruntime.InferenceSession(model, settings, providers=options.requests)
            name = session.get_inputs()[0].name
            for _ in range(_RUNS):
                session.run(None, {name: value, **drawn_mask(session, value)})
            events = json.loads(Path(session.end_profiling()).read_text())
        except ORT_ERRORS as error:
            raise ModelError(f"onnxruntime cannot profile the model ({error})") from error
    seen: dict[str, str] = {}
    times: Counter[str] = Counter()
    for event in events:
        arguments = event.get("args", {})
        if event.get("cat") != "Node" or "provider" not in arguments:
            continue
        seen[event["name"]] = short_name(arguments["provider"])
        times[arguments["op_name"]] += event["dur"]
    operators = {kind: total / 1e3 / _RUNS for kind, total in times.most_common()}
    return NodeProfile(dict(Counter(seen.values())), operators)
