"""Models in a browser: onnxruntime-web on WebAssembly or WebGPU, in a headless Chromium.

Target ``web`` is ``web:wasm``; ``web:webgpu`` needs a GPU that the browser offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.latency import peak_gmacs
from tinystyle.benchmarks.latency.machine import environment
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.progress import BESIDES, Progress
from tinystyle.benchmarks.latency.runner import photograph, timed_record
from tinystyle.benchmarks.models.model import Subject
from tinystyle.benchmarks.web.browser import find_browser
from tinystyle.benchmarks.web.job import TOLERANCE, WebJob, WebModel
from tinystyle.benchmarks.web.messages import BrowserFacts, TimedModel
from tinystyle.benchmarks.web.runtime import ENTRIES, runtime_folder
from tinystyle.benchmarks.web.visit import Visit, visit
from tinystyle.errors import OptionError, TargetError
from tinystyle.runtime.session import SessionOptions

__all__ = ["WebOptions", "WebTarget", "measure_web", "provider_of"]


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Where the parts lie."""

    browser: Path | None = None
    """The program; None takes TINYSTYLE_BROWSER or looks for one."""
    runtime: Path | None = None
    """Folder of an unpacked onnxruntime-web; None takes TINYSTYLE_WEB_RUNTIME or the cache, and
    fetches it there once."""
    software_adapter: bool = False
    """Whether WebGPU may be computed by the CPU: for tests, not for figures."""


@dataclass(frozen=True, slots=True)
class WebTarget:
    """As ``latency.targets.Target`` wants it: all models of one provider in one visit."""

    options: WebOptions
    by_model: bool = False

    def require(self, cases: Sequence[Case]) -> None:
        """Raise OptionError for another provider than those of onnxruntime-web."""
        for case in cases:
            provider_of(case)

    def measure(self, cases: Sequence[Case], profile: Profile, progress: Progress) -> list[Record]:
        """As :func:`measure_web`."""
        return measure_web(cases, profile, self.options, progress)


def provider_of(case: Case) -> str:
    """Execution provider of a target: ``web`` is ``wasm``. OptionError for one that is none."""
    provider = case.variant or "wasm"
    if provider not in ENTRIES:
        known = ", ".join(f"web:{name}" for name in ENTRIES)
        raise OptionError(f"target is {case.target!r}; known are web and {known}")
    return provider


def measure_web(
    cases: Sequence[Case],
    profile: Profile,
    options: WebOptions | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """A record for each case. Models of one size, provider and number of threads run in turns.

    Each output is compared with that of onnxruntime on this CPU. Raises AbsentTargetError where
    there is no browser or no GPU, TargetError where the browser fails, differs by more than
    TOLERANCE or onnxruntime-web cannot be fetched, OptionError and ModelError for bad input.
    """
    options, progress = options or WebOptions(), progress or Progress(shown=False)
    groups = [(provider_of(case), case.size, case.threads) for case in cases]
    subjects = [_open(case) for case in cases]
    program, runtime = find_browser(options.browser), runtime_folder(options.runtime)
    records: dict[int, Record] = {}
    for group in dict.fromkeys(groups):
        members = [index for index, other in enumerate(groups) if other == group]
        provider, size, threads = group
        picture = photograph(size)
        models = tuple(WebModel.of(subjects[index], picture) for index in members)
        job = WebJob(provider, threads, models, picture, None, options.software_adapter)
        label = f"web:{provider}, {size[0]}x{size[1]}, {threads} threads"
        # A browser of its own for each: WebAssembly that ran once is compiled better.
        alone = [replace(job, models=(model,)) for model in models]
        colds = []
        for each in alone:
            with progress.part(f"{label}, cold", BESIDES) as tell:
                colds.append(visit(program, runtime, each, tell=tell))
        with progress.part(label, len(models) * profile.min_seconds) as tell:
            found = visit(program, runtime, replace(job, profile=profile), tell=tell)
        peak = peak_gmacs(threads) if provider == "wasm" else None
        for place, index in enumerate(members):
            off = _require_same(models[place], found, place, label)
            records[index] = replace(
                _record(cases[index], subjects[index], profile, found.models[place], colds[place]),
                peak_gmacs=peak,
                machine=_machine(found.facts),
                difference=off,
                turns=f"{cases[members[0]].target}, {label}",
            )
    return [records[index] for index in range(len(cases))]


def _open(case: Case) -> Subject:
    subject = Subject(case.model, SessionOptions(case.threads))
    subject.require_picture_alone(case.target)
    subject.require_size(case.size)
    return subject


def _require_same(model: WebModel, found: Visit, place: int, label: str) -> float:
    """Largest difference of the output, in 1/255."""
    off = model.difference(found.uploads[f"output-{place}"])
    painted = model.painted_difference(found.uploads[f"painted-{place}"])
    for what, value in (
        ("output differs from the CPU's by", off),
        ("painted JPEG differs from the CPU's on average by", painted),
    ):
        if value > TOLERANCE:
            raise TargetError(
                f"{model.name} on {label}: its {what} {value:.3g}/255, allowed are {TOLERANCE:g}; "
                "its times are not reported"
            )
    return off


def _record(
    case: Case, subject: Subject, profile: Profile, timed: TimedModel, first: Visit
) -> Record:
    """``first`` is the visit of a cold start."""
    cold, provider = first.cold, provider_of(case)
    return replace(
        timed_record(case, subject, profile, timed.raw_ms),
        provider=provider,
        providers=(provider,),
        nodes=(cold.nodes or None) if cold else None,
        end_to_end_ms=timed.total_ms,
        stages_ms=timed.stages_ms,
        cold=_cold_start(first, provider),
    )


def _cold_start(first: Visit, provider: str) -> ColdStart | None:
    if first.cold is None:
        return None
    start = replace(first.cold.start, runtime_start_ms=first.facts.runtime_start_ms)
    # What a GPU holds is not in WebAssembly's heap.
    return start if provider == "wasm" else replace(start, peak_bytes=None)


def _machine(facts: BrowserFacts) -> dict[str, str]:
    """What is the same for all records of a browser."""
    here = environment()
    found = {
        "browser": facts.name,
        "onnxruntime-web": facts.onnxruntime_web,
        "processor": here["processor"],
        "system": here["system"],
        "hardware concurrency": str(facts.hardware_concurrency),
        "cross-origin isolated": "yes" if facts.cross_origin_isolated else "no",
        "clock": f"{facts.clock_us:.3g} µs",
        "tinystyle": here["tinystyle"],
    }
    return {**found, "graphics": facts.graphics} if facts.graphics else found
