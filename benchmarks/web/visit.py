"""One visit of a browser to our page: start both, listen, end both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tinystyle.benchmarks.web.browser import Browser, flags
from tinystyle.benchmarks.web.job import WebJob
from tinystyle.benchmarks.web.messages import (
    Absent,
    Alive,
    BrowserFacts,
    Cold,
    Failure,
    Message,
    Progress,
    Timed,
    TimedModel,
    read_message,
)
from tinystyle.benchmarks.web.server import PageServer, Upload
from tinystyle.errors import AbsentTargetError, TargetError

__all__ = ["Patience", "Visit", "visit"]

_MAX_MESSAGE = 2**25
_POLL_SECONDS = 0.2
_CLOCKS_AGREE = 1.05


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which a browser counts as stuck."""

    start: float = 60.0
    """Until the page is heard for the first time."""
    silence: float = 30.0
    """Without the page's heartbeat."""
    step: float = 300.0
    """Without an end of a run or of loading."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of it."""

    facts: BrowserFacts
    cold: Cold | None
    """Of a job without a profile."""
    models: tuple[TimedModel, ...]
    """Of a job with one, as its models."""
    uploads: dict[str, bytes]
    """All of :meth:`WebJob.uploads`; of their size at most."""


@dataclass
class _Heard:
    """What the page said so far."""

    facts: BrowserFacts | None = None
    result: Cold | Timed | None = None
    uploads: dict[str, bytes] = field(default_factory=dict)


def visit(
    program: Path,
    runtime: Path,
    job: WebJob,
    *,
    patience: Patience | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> Visit:
    """Let a browser do a job. Raises TargetError where it cannot, and says why.

    ``tell`` is called with the share that is done, as the page tells it.
    AbsentTargetError where the provider is not there. The browser is gone when this returns, also
    by an error or an interruption.
    """
    patience = patience or Patience()
    options = flags(webgpu=job.provider == "webgpu", software_adapter=job.software_adapter)
    found = _Heard()
    with (
        PageServer(job.files(runtime), {"message": _MAX_MESSAGE, **job.uploads()}) as server,
        Browser(program, server.url("page.html"), options) as browser,
    ):
        start = heard = stepped = time.monotonic()
        while found.result is None:
            upload = server.receive(_POLL_SECONDS)
            now = time.monotonic()
            if upload is None:
                waited = (now - heard, now - stepped)
                _require_alive(browser, waited, patience, anything_heard=heard > start)
                continue
            heard = now
            message = _note(upload, found)
            stepped = stepped if isinstance(message, Alive) else now
            if isinstance(message, Progress):
                tell(message.share)
            _require_going_on(message, job)
    return _checked(found, job, time.monotonic() - start)


def _note(upload: Upload, found: _Heard) -> Message | None:
    """Keep what the page sent; the message, if it is one."""
    if upload.name != "message":
        found.uploads[upload.name] = upload.body
        return None
    message = read_message(upload.body)
    if isinstance(message, BrowserFacts):
        found.facts = message
    elif isinstance(message, (Cold, Timed)):
        found.result = message
    return message


def _require_going_on(message: Message | None, job: WebJob) -> None:
    if isinstance(message, Absent):
        raise AbsentTargetError(message.reason)
    if isinstance(message, Failure):
        names = ", ".join(model.name for model in job.models)
        raise TargetError(f"onnxruntime-web cannot run {names} in the browser ({message.reason})")


def _require_alive(
    browser: Browser, waited: tuple[float, float], patience: Patience, *, anything_heard: bool
) -> None:
    silent, stuck = waited
    program = browser.program
    if browser.exit_code is not None:
        raise TargetError(
            f"{program} ended by itself with exit code {browser.exit_code} "
            f"({browser.last_words()}); --browser PATH names another one"
        )
    if not anything_heard and silent > patience.start:
        raise TargetError(
            f"{program} did not open the page in {patience.start:g} s "
            f"({browser.last_words()}); --browser PATH names another one"
        )
    if anything_heard and silent > patience.silence:
        raise TargetError(
            f"the page in {program} fell silent for {patience.silence:g} s: it crashed, perhaps "
            "for want of memory; a smaller --size helps"
        )
    if stuck > patience.step:
        raise TargetError(
            f"no run ended in {patience.step:g} s in {program}; a smaller --size helps"
        )


def _checked(found: _Heard, job: WebJob, seconds: float) -> Visit:
    """TargetError where the page measured something else than it was asked to."""
    facts, result = found.facts, found.result
    if facts is None:
        raise TargetError("the page sent results without saying what measured them")
    if facts.threads != job.threads:
        raise TargetError(
            f"onnxruntime-web runs on {facts.threads} threads, asked were {job.threads}"
            f"{'' if facts.cross_origin_isolated else ': the page is not cross-origin isolated'}"
        )
    if isinstance(result, Cold) != (job.profile is None):
        raise TargetError("the page sent the result of another job")
    if not isinstance(result, Timed):
        return Visit(facts, result, (), {})
    if len(result.models) != len(job.models) or found.uploads.keys() != job.uploads().keys():
        raise TargetError("the page sent results of some models only")
    total = sum(sum(model.raw_ms) for model in result.models) / 1e3
    if total > _CLOCKS_AGREE * seconds:
        raise TargetError(
            f"the page tells of {total:.3g} s of runs, but was there for {seconds:.3g} s"
        )
    return Visit(facts, None, result.models, found.uploads)
