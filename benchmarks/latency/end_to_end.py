"""From a picture file to painted pixels, part by part, and by the runtime's own call."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinystyle.benchmarks.latency.measurement import STAGES, total_ms
from tinystyle.benchmarks.models.model import Subject
from tinystyle.errors import ModelError
from tinystyle.network.manifest import Kind
from tinystyle.pictures.images import UInt8Array, decode_picture, encode_jpeg, resize
from tinystyle.runtime.session import read_manifest
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["EndToEnd", "end_to_end"]

_FEWEST, _MOST, _SECONDS = 10, 50, 2.0


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Milliseconds, run by run."""

    stages_ms: dict[str, tuple[float, ...]]
    """By STAGES."""
    runtime_ms: tuple[float, ...]
    """Of ``Stylizer.stylize`` on the decoded picture; empty for a model that is not ours."""

    @property
    def total_ms(self) -> tuple[float, ...]:
        """All stages of a run together."""
        return total_ms(self.stages_ms)


def end_to_end(
    subject: Subject,
    picture: UInt8Array,
    *,
    runs: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> EndToEnd:
    """Paint a JPEG of ``picture``, ``(H, W, 3)``, as an app does; the session is warm.

    ``runs`` times, or for two seconds, 10 to 50 times.
    """
    fewest, most = (runs, runs) if runs else (_FEWEST, _MOST)
    file = encode_jpeg(picture)
    size, painter = (picture.shape[0], picture.shape[1]), _painter(subject)
    mask = np.zeros(size, np.uint8) if subject.takes_mask else None
    whole = 1.0 if painter is not None and painter.fixed_size is None else None
    stages: list[list[float]] = []
    runtime: list[float] = []
    begin = clock()
    while len(stages) < fewest or (len(stages) < most and clock() - begin < _SECONDS):
        marks = [clock()]
        rgb = decode_picture(file, "photograph").rgb
        marks.append(clock())
        value = subject.feed(resize(rgb, *size))
        marks.append(clock())
        result = subject.run(value)
        marks.append(clock())
        subject.pixels(result)
        marks.append(clock())
        stages.append([1e3 * (b - a) for a, b in itertools.pairwise(marks)])
        if painter is not None:
            start = clock()
            painter.stylize(rgb, mask=mask, stroke_size=whole)
            runtime.append(1e3 * (clock() - start))
    columns = (tuple(column) for column in zip(*stages, strict=True))
    return EndToEnd(dict(zip(STAGES, columns, strict=True)), tuple(runtime))


def _painter(subject: Subject) -> Stylizer | None:
    """The runtime over the subject's own session; None for a model that it does not take."""
    if subject.session is None:
        return None
    try:
        manifest = read_manifest(subject.session, Kind.NETWORK, str(subject.path))
        return Stylizer(subject.session, manifest, subject.options)
    except ModelError:
        return None
