"""Timing models beside each other: their runs alternate, so that a busy machine is so for all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.cold_start import cold_start
from tinystyle.benchmarks.latency.end_to_end import end_to_end
from tinystyle.benchmarks.latency.latency import peak_gmacs
from tinystyle.benchmarks.latency.machine import environment
from tinystyle.benchmarks.latency.machine_load import LoadMeter
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.progress import BESIDES, Progress
from tinystyle.benchmarks.models.arithmetic import Arithmetic, count
from tinystyle.benchmarks.models.load import open_subject, provider_of
from tinystyle.benchmarks.models.model import Subject
from tinystyle.benchmarks.models.node_profile import NodeProfile, profile_nodes
from tinystyle.errors import ModelError
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array

__all__ = ["alternate", "arithmetic_of", "measure_all", "photograph", "timed_record"]

_ON_CPU = {"cpu"}


def measure_all(
    cases: Sequence[Case],
    profile: Profile,
    *,
    per_operator: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress | None = None,
) -> list[Record]:
    """A record for each case. Sizes are measured one after the other, all else in turns.

    Raises OptionError for a size that a model is not made for, ModelError for bad models.
    """
    progress = progress or Progress(shown=False)
    records: dict[int, Record] = {}
    subjects = [_open(case) for case in cases]
    machine = environment()
    for size, threads in dict.fromkeys((case.size, case.threads) for case in cases):
        together = [i for i, c in enumerate(cases) if (c.size, c.threads) == (size, threads)]
        picture = photograph(size)
        runs = [partial(subjects[i].run, subjects[i].feed(picture)) for i in together]
        label = f"{size[0]}x{size[1]}, {threads} thread{'s' if threads > 1 else ''}"
        with progress.part(f"{label}, in turns", len(runs) * profile.min_seconds) as tell:
            meter = LoadMeter()
            taken = alternate(runs, profile, tell=tell, clock=clock)
            load = meter.read(_full_threads([subjects[i] for i in together], threads))
        peak = peak_gmacs(threads)
        for i, times in zip(together, taken, strict=True):
            subject = subjects[i]
            with progress.part(f"{cases[i].name}, {label}, end to end", 0.6 * BESIDES):
                record = timed_record(cases[i], subject, profile, times)
                record = _told_here(record, subject, picture, clock)
            with progress.part(f"{cases[i].name}, {label}, fresh process", 0.4 * BESIDES):
                cold = cold_start(cases[i].model, size, threads, cases[i].target)
            told = {**machine, **subject.versions}
            record = replace(record, cold=cold, peak_gmacs=peak, machine=told)
            records[i] = replace(record, turns=f"here, {label}", load=load)
            if not per_operator:
                records[i] = replace(records[i], operators={})
    return [records[i] for i in range(len(cases))]


def _full_threads(subjects: Sequence[Subject], threads: int) -> int | None:
    """As :meth:`LoadMeter.read` wants it: on a GPU, and in other runtimes, threads may sleep."""
    if not all(set(subject.providers) <= _ON_CPU for subject in subjects):
        return None
    spin = all(subject.session is not None for subject in subjects)
    return threads if spin or threads == 1 else None


def timed_record(
    case: Case, subject: Subject, profile: Profile, raw_ms: tuple[float, ...]
) -> Record:
    """Of one case, what any target knows; it has the provider that it was asked for."""
    found = arithmetic_of(subject, case.size)
    provider = provider_of(case.target)
    return Record(
        model=case.name,
        sha256=subject.sha256,
        size_bytes=len(subject.model),
        target=case.target,
        provider=provider,
        providers=(provider,),
        height=case.size[0],
        width=case.size[1],
        batch=subject.batch,
        threads=case.threads,
        profile=profile.name,
        warmup_runs=profile.warmup_runs,
        raw_ms=raw_ms,
        macs=None if found is None else found.macs,
        parameters=None if found is None else found.parameters,
    )


def _told_here(
    record: Record, subject: Subject, picture: UInt8Array, clock: Callable[[], float]
) -> Record:
    """With what the session of this process tells."""
    nodes = NodeProfile(None, {})
    if subject.session is not None:
        nodes = profile_nodes(subject.model, subject.feed(picture), subject.options)
    whole = end_to_end(subject, picture, clock=clock)
    return replace(
        record,
        providers=subject.providers,
        nodes=nodes.nodes,
        operators=nodes.operators,
        end_to_end_ms=whole.total_ms,
        stages_ms=whole.stages_ms,
        runtime_ms=whole.runtime_ms,
    )


def alternate(
    runs: Sequence[Callable[[], object]],
    profile: Profile,
    *,
    tell: Callable[[float], None] = lambda share: None,
    clock: Callable[[], float] = time.perf_counter,
) -> list[tuple[float, ...]]:
    """Times in milliseconds of each of several calls, made in turns, after the warm-up.

    ``tell`` is called with the share that is done, between the runs.
    """
    for _, run in itertools.product(range(profile.warmup_runs), runs):
        run()
    taken: list[list[float]] = [[] for _ in runs]
    start = clock()
    while True:
        for times, run in zip(taken, runs, strict=True):
            before = clock()
            run()
            times.append(1e3 * (clock() - before))
        elapsed, done = clock() - start, len(taken[0])
        each = elapsed / len(runs)
        share = min(done / profile.min_runs, each / profile.min_seconds)
        share = max(share, each / profile.max_seconds)
        tell(share)
        if share >= 1.0:
            return [tuple(times) for times in taken]


def photograph(size: tuple[int, int]) -> UInt8Array:
    """A picture to paint, ``(H, W, 3)``, made by formula: the same everywhere."""
    height, width = size
    return np.ascontiguousarray(landscape(max(size))[:height, :width])


def _open(case: Case) -> Subject:
    subject = open_subject(case.model, case.target, case.threads)
    subject.require_size(case.size)
    return subject


def arithmetic_of(subject: Subject, size: tuple[int, int]) -> Arithmetic | None:
    """Of one picture; None for a graph of unknown shapes.

    Of a network of ours those of the network as trained, whatever form its file has: one count for
    one network. Of others those of the file's graph.
    """
    if subject.spec is not None:
        return Arithmetic(subject.spec.macs(*size), subject.spec.parameter_count)
    try:
        return count(subject.model, size, channels_first=subject.channels_first)
    except ModelError:
        return None
