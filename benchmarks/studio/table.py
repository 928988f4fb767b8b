"""Costs of the studio as a table and as fields of JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tinystyle.benchmarks.latency.machine import environment
from tinystyle.benchmarks.studio.measurement import OWN_SIDE, Costs, Span, Visit

__all__ = ["load_sentence", "to_fields", "to_markdown"]


def to_markdown(costs: Costs) -> str:
    """Medians over the visits; the last lines say where and beside what they were measured."""

    def both(of: Callable[[Visit], Span]) -> tuple[str, str]:
        wall = costs.median(lambda visit: of(visit).wall)
        return f"{wall:.2f} s", f"{costs.median(lambda visit: of(visit).cpu):.2f} s"

    def megabytes(of: Callable[[Visit], float]) -> str:
        return f"{costs.median(of) / 1e6:.2f} MB"

    frame_cpu = 1e3 * costs.median(lambda v: v.camera.cpu / max(1, v.frames))
    resident = [visit.memory.resident for visit in costs.visits]
    frames = f"{costs.median(lambda v: v.frames):.0f}"
    rows = [
        ("bytes to the first bundled picture", megabytes(lambda v: v.first_bytes), ""),
        ("bytes to a picture of one's own artwork", megabytes(lambda v: v.own_bytes), ""),
        ("address to bundled picture", *both(lambda v: v.first)),
        (f"artwork dropped, nothing there yet, to {OWN_SIDE} px", *both(lambda v: v.cold)),
        (f"artwork dropped, all loaded, to {OWN_SIDE} px", *both(lambda v: v.warm)),
        (
            f"camera, {costs.visits[0].side} px",
            f"{costs.median(lambda v: v.frames_a_second):.1f} frames a second",
            f"{frame_cpu:.0f} ms a frame",
        ),
        ("longest task of the page's thread, loading", _task(costs, lambda v: v.load_task), ""),
        ("longest task of the page's thread, camera", _task(costs, lambda v: v.camera_task), ""),
        (f"JavaScript's heap after {frames} frames", megabytes(lambda v: v.memory.heap), ""),
    ]
    if None not in resident:
        text = f"the page's process after {frames} frames, WebAssembly in it"
        rows.append((text, f"{costs.median(lambda v: v.memory.resident or 0) / 1e6:.0f} MB", ""))
    lines = ["| | on the clock | of the processor |", "|---|---|---|"]
    lines += [f"| {name} | {wall} | {cpu} |" for name, wall, cpu in rows]
    return "\n".join([*lines, "", load_sentence(costs), ""])


def load_sentence(costs: Costs) -> str:
    """Where it was measured, and what else used the machine."""
    count = len(costs.visits)
    visits = f"{count} {'visit' if count == 1 else 'visits, medians'}; {costs.visits[0].backend}"
    if costs.load is None or costs.busy_cores is None:
        return f"{visits}. What else used the machine is not known."
    cores = costs.load.cores
    return f"{visits}. Other programs took {costs.busy_cores:.1f} of {cores} cores meanwhile."


def to_fields(costs: Costs) -> dict[str, Any]:
    """For JSON: every visit, the machine and its load. Seconds and bytes."""
    return {
        "environment": environment(),
        "cores": None if costs.load is None else costs.load.cores,
        "other_programs_cores": None if costs.busy_cores is None else round(costs.busy_cores, 2),
        "visits": [dataclasses.asdict(visit) for visit in costs.visits],
    }


def _task(costs: Costs, of: Callable[[Visit], float]) -> str:
    longest = max(of(visit) for visit in costs.visits)
    return f"{1e3 * longest:.0f} ms" if longest else "under 50 ms"
