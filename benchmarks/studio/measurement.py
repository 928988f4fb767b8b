"""What the studio costs its visitor: bytes, seconds, frames a second, memory."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinystyle.benchmarks.latency.machine_load import Load, LoadMeter
from tinystyle.benchmarks.studio.film import camera_options, write_film
from tinystyle.benchmarks.studio.instruments import (
    Memory,
    Paint,
    drop,
    instrument,
    longest_task,
    memory,
    paints,
)
from tinystyle.benchmarks.web.devtools import Page
from tinystyle.checks import require_whole
from tinystyle.errors import TargetError
from tinystyle.files import write_bytes
from tinystyle.pictures.examples import landscape, mosaic, rectangles
from tinystyle.pictures.images import encode_png
from tinystyle.studio.server import SiteServer

__all__ = ["OWN_SIDE", "Costs", "Span", "Visit", "measure_studio"]

OWN_SIDE = 512
"""Side in px of the visitor's own photograph."""
CAMERA_SIDE = 256
"""Of the film that stands for a camera."""
_ARTWORK_SIDE = 384
_FEWEST_FRAMES = 10
_IDLE = "document.querySelector('#working').hidden"
_CAMERA = "document.querySelector('#camera').click()"
_SIZE = """{
  const size = document.querySelector("#size");
  size.value = 0;
  size.dispatchEvent(new Event("input"));
}"""
"""The smallest that the page offers: OWN_SIDE."""
_LOOK_SECONDS = 0.1
"""Between two looks at the page, which cost it time."""


@dataclass(frozen=True, slots=True)
class Span:
    """What something took."""

    wall: float
    """Seconds on the clock."""
    cpu: float
    """Seconds of the processor, all processes of the browser together."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor with an empty cache."""

    backend: str
    """As the page tells it."""
    first: Span
    """From the address to a bundled artwork on a bundled photograph."""
    first_bytes: int
    """Of files sent until then, without HTTP's headers."""
    cold: Span
    """From a dropped artwork to a photograph of 512 x 512 px painted like it, while the page still
    loads the hypernetwork."""
    own_bytes: int
    """Of files sent until then."""
    warm: Span
    """The same for another artwork, the hypernetwork being there."""
    side: int
    """Of the camera's pictures as they are painted, in px: the film is square."""
    frames: int
    """Of the camera that were painted."""
    camera: Span
    """In which they were."""
    load_task: float
    """Seconds of the longest task on the page's own thread until all was loaded; 0 where none took
    50 ms."""
    camera_task: float
    """The same while the camera ran."""
    memory: Memory
    """After the camera's frames."""

    @property
    def frames_a_second(self) -> float:
        """Of the camera."""
        return self.frames / self.camera.wall


@dataclass(frozen=True, slots=True)
class Costs:
    """Several visits."""

    visits: tuple[Visit, ...]
    load: Load | None
    """What else used the machine meanwhile; its ``others_cores`` counts the browser's, too."""
    busy_cores: float | None
    """Cores that other programs used on average, without the browser's share."""

    def median(self, of: Callable[[Visit], float]) -> float:
        """Of a figure."""
        return statistics.median(of(visit) for visit in self.visits)


def measure_studio(
    site: Path, program: Path, *, runs: int = 3, camera_seconds: float = 10.0
) -> Costs:
    """Visit the site ``runs`` times, each time in a new profile of the browser ``program``.

    The page runs as in a private window, without service worker: what it fetches to keep for times
    without a network is not counted. Raises TargetError where the browser does not do its part,
    OptionError for a number below 1.
    """
    require_whole("number of runs", runs)
    meter, used = LoadMeter(), 0.0
    visits = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tinystyle-studio-") as temporary:
        folder = Path(temporary)
        write_film(folder / "film.y4m", CAMERA_SIDE)
        for name, rgb in (
            ("photograph", landscape(OWN_SIDE)),
            ("first", mosaic(_ARTWORK_SIDE)),
            ("second", rectangles(_ARTWORK_SIDE)),
        ):
            write_bytes(folder / f"{name}.png", encode_png(np.ascontiguousarray(rgb)))
        for _ in range(runs):
            visit, spent = _visit(site, program, folder, camera_seconds)
            visits.append(visit)
            used += spent
    load = meter.read()
    others = None if load is None else load.others_cores
    busy = None if others is None else max(0.0, others - used / (time.monotonic() - began))
    return Costs(tuple(visits), load, busy)


def _visit(site: Path, program: Path, folder: Path, camera_seconds: float) -> tuple[Visit, float]:
    """With the seconds of the processor that all of it took."""
    sent = _Sent()
    with (
        SiteServer(site, tell=sent) as server,
        Page(program, camera_options(folder / "film.y4m"), seconds=180.0) as page,
    ):
        instrument(page, service_worker=False)
        page.settle()
        cpu = page.cpu_seconds()
        page.open(server.url)
        page.wait("studioNotes.paints.length")
        first = Span(paints(page)[0].seconds, page.cpu_seconds() - cpu)
        origin = float(page.run("performance.timeOrigin")) / 1e3
        first_bytes = sent.until(origin + first.wall)

        began = drop(page, "photograph", folder / "photograph.png")
        page.wait(_IDLE)
        page.run(_SIZE)
        _painted(page, began)
        cold, end = _own(page, folder / "first.png")
        own_bytes = sent.until(origin + end)
        warm, end = _own(page, folder / "second.png")
        load_task = longest_task(page)
        backend = str(page.run("document.querySelector('#facts').textContent")).split(" · ")[-1]

        cpu, began = page.cpu_seconds(), float(page.run("performance.now()")) / 1e3
        page.run(_CAMERA)
        seen = _frames(page, began, camera_seconds)
        taken = page.cpu_seconds() - cpu
        camera = Span(seen[-1].seconds - seen[0].seconds, taken)
        camera_task = longest_task(page, began)
        visit = Visit(
            backend=backend,
            first=first,
            first_bytes=first_bytes,
            cold=cold,
            own_bytes=own_bytes,
            warm=warm,
            side=seen[-1].width,
            frames=len(seen) - 1,
            camera=camera,
            load_task=load_task,
            camera_task=camera_task,
            memory=memory(page),
        )
        return visit, page.cpu_seconds()


def _own(page: Page, artwork: Path) -> tuple[Span, float]:
    """An artwork falls onto the page; what that took, and when it was painted."""
    page.wait(_IDLE)
    cpu = page.cpu_seconds()
    began = drop(page, "artwork", artwork)
    end = _painted(page, began)
    return Span(end - began, page.cpu_seconds() - cpu), end


def _painted(page: Page, began: float) -> float:
    """When the visitor's own photograph was painted in full size."""
    end = time.monotonic() + page.seconds
    while time.monotonic() < end:
        for each in paints(page, began):
            if (each.width, each.height) == (OWN_SIDE, OWN_SIDE):
                return each.seconds
        time.sleep(_LOOK_SECONDS)
    told = page.run("document.querySelector('#message').textContent")
    raise TargetError(f"nothing was painted in {page.seconds:g} s ({told or 'no word'})")


def _frames(page: Page, began: float, seconds: float) -> list[Paint]:
    """Frames of the camera in so many seconds, or in more where it is slow."""
    end = time.monotonic() + page.seconds
    while time.monotonic() < end:
        time.sleep(seconds)
        seen = paints(page, began)
        seen = [each for each in seen if each.width == seen[-1].width]
        if len(seen) > _FEWEST_FRAMES:
            return seen
    told = page.run("document.querySelector('#message').textContent") or "no word"
    raise TargetError(f"the camera painted {len(seen)} frames in {page.seconds:g} s ({told})")


class _Sent:
    """What a server sent, and when."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int]] = []
        self._lock = threading.Lock()

    def __call__(self, name: str, size: int) -> None:
        with self._lock:
            self._entries.append((time.time(), size))

    def until(self, when: float) -> int:
        """Bytes until a moment, in seconds since 1970."""
        with self._lock:
            entries: Sequence[tuple[float, int]] = tuple(self._entries)
        return sum(size for moment, size in entries if moment <= when)
