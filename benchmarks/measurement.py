"""Timing models beside each other: their runs alternate, so that a busy machine is so for all."""

from __future__ import annotations

import io
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from tinystyle.benchmarks.arithmetic import count
from tinystyle.benchmarks.cold_start import cold_start
from tinystyle.benchmarks.latency import peak_gmacs
from tinystyle.benchmarks.node_profile import profile_nodes
from tinystyle.benchmarks.profiles import Profile
from tinystyle.benchmarks.record import Record
from tinystyle.benchmarks.subject import Subject
from tinystyle.errors import ModelError
from tinystyle.examples import landscape
from tinystyle.images import UInt8Array, decode_picture
from tinystyle.runtime.session import SessionOptions

__all__ = ["Case", "alternate", "measure_all"]

_END_TO_END_RUNS = 10


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured."""

    model: Path
    target: str
    """Execution provider, by short name."""
    size: tuple[int, int]
    threads: int


def measure_all(
    cases: Sequence[Case], profile: Profile, *, per_operator: bool = False
) -> list[Record]:
    """A record for each case. Sizes are measured one after the other, all else in turns.

    Raises OptionError for a size that a model is not made for, ModelError for bad models.
    """
    records: dict[Case, Record] = {}
    subjects = {case: _open(case) for case in cases}
    for size, threads in dict.fromkeys((case.size, case.threads) for case in cases):
        together = [case for case in cases if (case.size, case.threads) == (size, threads)]
        picture = photograph(size)
        feeds = {case: subjects[case].feed(picture) for case in together}
        runs = [partial(subjects[case].run, feeds[case]) for case in together]
        label = f"{size[0]}x{size[1]}, {threads} threads"
        taken = alternate(runs, profile, label=label)
        peak = peak_gmacs(threads)
        for case, times in zip(together, taken, strict=True):
            subject = subjects[case]
            nodes = profile_nodes(subject.model, feeds[case], subject.options)
            try:
                found = count(subject.model, size, channels_first=subject.channels_first)
                macs, parameters = found.macs, found.parameters
            except ModelError:
                macs, parameters = None, 0  # an .ort file, or a graph of unknown shapes
            records[case] = Record(
                model=case.model.name,
                sha256=subject.sha256,
                size_bytes=len(subject.model),
                target=case.target,
                providers=subject.providers,
                nodes=nodes.nodes,
                height=size[0],
                width=size[1],
                batch=subject.batch,
                threads=threads,
                profile=profile.name,
                warmup_runs=profile.warmup_runs,
                raw_ms=times,
                end_to_end_ms=_end_to_end(subject, picture, size),
                cold=cold_start(case.model, size, threads, case.target),
                macs=macs,
                parameters=parameters,
                peak_gmacs=peak,
                operators=nodes.operators if per_operator else {},
            )
    return [records[case] for case in cases]


def alternate(
    runs: Sequence[Callable[[], object]],
    profile: Profile,
    *,
    label: str = "runs",
    clock: Callable[[], float] = time.perf_counter,
) -> list[tuple[float, ...]]:
    """Times in milliseconds of each of several calls, made in turns, after the warm-up."""
    for _, run in itertools.product(range(profile.warmup_runs), runs):
        run()
    taken: list[list[float]] = [[] for _ in runs]
    start = clock()
    form = "{desc} {percentage:3.0f}%|{bar}| {remaining}"
    with tqdm(total=1000, desc=label, bar_format=form, disable=None) as bar:
        while True:
            for times, run in zip(taken, runs, strict=True):
                before = clock()
                run()
                times.append(1e3 * (clock() - before))
            elapsed, done = clock() - start, len(taken[0])
            each = elapsed / len(runs)
            share = min(done / profile.min_runs, each / profile.min_seconds)
            share = max(share, each / profile.max_seconds)
            bar.update(min(1000, math.floor(1000 * share)) - bar.n)
            if share >= 1.0:
                return [tuple(times) for times in taken]


def photograph(size: tuple[int, int]) -> UInt8Array:
    """A picture to paint, ``(H, W, 3)``, made by formula: the same everywhere."""
    height, width = size
    return np.ascontiguousarray(landscape(max(size))[:height, :width])


def _open(case: Case) -> Subject:
    subject = Subject(case.model, SessionOptions(case.threads, (case.target,)))
    subject.require_size(case.size)
    return subject


def _end_to_end(subject: Subject, picture: UInt8Array, size: tuple[int, int]) -> tuple[float, ...]:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=92)
    times = []
    for _ in range(_END_TO_END_RUNS):
        start = time.perf_counter()
        subject.paint(decode_picture(stream.getvalue(), "photograph").rgb, size)
        times.append(1e3 * (time.perf_counter() - start))
    return tuple(times)
