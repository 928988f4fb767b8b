"""Who measures on which target."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.progress import BESIDES, Progress
from tinystyle.benchmarks.latency.runner import measure_all
from tinystyle.benchmarks.models.litert import is_tflite
from tinystyle.benchmarks.models.load import COREML, TORCH, provider_of
from tinystyle.errors import AbsentTargetError, MissingExtraError, OptionError, TargetError
from tinystyle.runtime.session import COREML_UNITS, PROVIDERS, available_providers, read_model

__all__ = [
    "ANDROID",
    "ELSEWHERE",
    "WEB",
    "Absence",
    "Measured",
    "Target",
    "TargetOptions",
    "in_turns",
    "measure",
    "require_known",
]

WEB, ANDROID = "web", "android"

_VARIANTS = {TORCH: ("cuda", "cpu"), COREML: tuple(COREML_UNITS)}
"""What may follow the colon."""

_ADVICE = {
    "cuda": "needs an NVIDIA GPU and pip install onnxruntime-gpu",
    "tensorrt": "needs an NVIDIA GPU, TensorRT and pip install onnxruntime-gpu",
    "coreml": "needs macOS",
    "directml": "needs Windows and pip install onnxruntime-directml",
    "nnapi": "is for phones: --target android:nnapi",
    "qnn": "is for phones: --target android:qnn",
}


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What one or another target wants to know."""

    per_operator: bool = False
    """Time by kind of operator; onnxruntime's providers on this machine tell it."""
    device: str | None = None
    """Serial number of the Android device, where there are several."""
    apk: Path | None = None
    """The app to install on it first."""
    browser: Path | None = None
    """Program for target ``web``; None looks for one."""
    web_runtime: Path | None = None
    """Folder of an unpacked onnxruntime-web; None takes it from the cache, where it is fetched."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A target that was asked for and not measured."""

    target: str
    reason: str
    failed: bool = False
    """It is there, but could not measure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Records of the targets that are there; for each other one, why it is not."""

    records: tuple[Record, ...]
    absences: tuple[Absence, ...] = ()


class Target(Protocol):
    """Where models are measured that do not run in this process."""

    @property
    def by_model(self) -> bool:
        """Whether models are measured one by one, so that one's failure leaves the others'
        records alone; else all together."""

    def require(self, cases: Sequence[Case]) -> None:
        """Raise OptionError or ModelError for what it cannot measure, before anything takes
        minutes."""

    def measure(self, cases: Sequence[Case], profile: Profile, progress: Progress) -> list[Record]:
        """A record for each case. Raises TargetError where it is absent, or fails."""


def _web(options: TargetOptions) -> Target:
    from tinystyle.benchmarks.web.target import WebOptions, WebTarget  # noqa: PLC0415

    return WebTarget(WebOptions(options.browser, options.web_runtime))


def _android(options: TargetOptions) -> Target:
    from tinystyle.benchmarks.android.target import AndroidTarget  # noqa: PLC0415

    return AndroidTarget(options.device, options.apk)


ELSEWHERE: Mapping[str, Callable[[TargetOptions], Target]] = {WEB: _web, ANDROID: _android}
"""By the family of the target's name, in the order in which they are measured."""


def in_turns(target: str) -> bool:
    """Whether a target is measured in this process, its runs alternating with those of others."""
    return target.partition(":")[0] in (*PROVIDERS, TORCH)


def require_known(target: str) -> None:
    """OptionError for the name of no target. What may follow web and android, they know."""
    family, colon, variant = target.partition(":")
    if family not in (*PROVIDERS, TORCH, WEB, ANDROID):
        raise OptionError(
            f"target is {target!r}; known are {', '.join(PROVIDERS)}, {TORCH}, {WEB} and {ANDROID}"
        )
    allowed = _VARIANTS.get(family, (variant,) if family in (WEB, ANDROID) else ())
    if colon and (not variant or variant not in allowed):
        known = ", ".join([family, *(f"{family}:{name}" for name in allowed if name)])
        raise OptionError(f"target is {target!r}; known are {known}")


def measure(
    cases: Sequence[Case],
    profile: Profile,
    options: TargetOptions | None = None,
    progress: Progress | None = None,
    *,
    elsewhere: Mapping[str, Callable[[TargetOptions], Target]] = ELSEWHERE,
) -> Measured:
    """Records of all cases: onnxruntime's providers in turns, then those of ``elsewhere``.

    A target that is absent or fails is told beside the others' records; it is an error, of type
    TargetError, where nothing else was measured. Raises OptionError for unknown targets and
    whatever a model is not made for, ModelError for bad models.
    """
    options, progress = options or TargetOptions(), progress or Progress(shown=False)
    for case in cases:
        require_known(case.target)
        if case.family in elsewhere and is_tflite(read_model(case.model)):
            raise OptionError(f"{case.model}: a .tflite file is measured on target cpu alone")
    names = dict.fromkeys(case.target for case in cases)
    absent = {target: reason for target in names if (reason := _absence(target))}
    failures: list[tuple[str, str, TargetError]] = [
        (case.target, "", AbsentTargetError(absent[case.target]))
        for case in cases
        if case.target in absent
    ]
    groups: list[tuple[Target, list[Case]]] = []
    for family, make in elsewhere.items():
        own = [case for case in cases if case.family == family]
        if own:
            target = make(options)
            target.require(own)
            groups += [(target, group) for group in _groups(own, by_model=target.by_model)]
    here = [case for case in cases if in_turns(case.target) and case.target not in absent]
    each = profile.min_seconds + BESIDES
    progress.expect(each * (len(here) + sum(len(group) for _, group in groups)))
    records = measure_all(here, profile, per_operator=options.per_operator, progress=progress)
    for target, group in groups:
        try:
            with progress.part(group[0].target, each * len(group)):
                records += target.measure(group, profile, progress)
        except TargetError as error:
            failures.append((group[0].target, group[0].name if target.by_model else "", error))
    if not records and failures:
        raise failures[0][2]
    told = dict.fromkeys(_told(*failure) for failure in failures)  # each but once
    return Measured(tuple(records), tuple(told))


def _groups(cases: Sequence[Case], *, by_model: bool) -> list[list[Case]]:
    """What is measured together."""
    groups: dict[tuple[str, Path | None], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.target, case.model if by_model else None), []).append(case)
    return list(groups.values())


def _told(target: str, model: str, error: TargetError) -> Absence:
    failed, reason = not isinstance(error, AbsentTargetError), " ".join(str(error).split())
    return Absence(target, f"{model}: {reason}" if failed and model else reason, failed)


def _absence(target: str) -> str:
    """Why there is no such thing on this machine; empty where there is, or others know."""
    family = target.partition(":")[0]
    if family == TORCH:
        if importlib.util.find_spec("torch") is None:
            return str(MissingExtraError(f"target {target}", "train"))
        from tinystyle.benchmarks.models.torch_backend import gpu_absent  # noqa: PLC0415

        return gpu_absent() if provider_of(target) == "cuda" else ""
    if family not in PROVIDERS or family in available_providers():
        return ""
    advice = f", it {_ADVICE[family]}" if family in _ADVICE else ""
    text = f"execution provider {family} is not in this onnxruntime{advice}"
    return f"{text}; it has {', '.join(available_providers())}"
