"""What is read off the studio's page while it runs: pictures painted, long tasks, memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tinystyle.benchmarks.web.devtools import Page

__all__ = ["Memory", "Paint", "drop", "instrument", "longest_task", "memory", "paints"]

_NOTES = """(() => {
  const notes = { paints: [], tasks: [] };
  Object.defineProperty(window, "studioNotes", { value: notes });
  let noted = false;
  const watch = (prototype, name) => {
    const own = prototype[name];
    prototype[name] = function (...given) {
      const result = own.apply(this, given);
      if (this.canvas.id === "painted" && !noted) {
        noted = true;
        queueMicrotask(() => (noted = false));
        notes.paints.push([performance.now(), this.canvas.width, this.canvas.height]);
      }
      return result;
    };
  };
  for (const name of ["putImageData", "drawImage"]) watch(CanvasRenderingContext2D.prototype, name);
  watch(ImageBitmapRenderingContext.prototype, "transferFromImageBitmap");
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) notes.tasks.push([task.startTime, task.duration]);
  }).observe({ type: "longtask", buffered: true });
})()"""
"""Notes when a picture reaches the canvas of paintings, whatever way the page puts it there."""

_AS_IN_A_PRIVATE_WINDOW = "delete Navigator.prototype.serviceWorker;"

_CARRY = """{
  const carried = document.createElement("input");
  Object.assign(carried, { type: "file", id: "studio-carried", hidden: true });
  document.body.append(carried);
}"""
_CARRIED = "#studio-carried"
_DROP = """(() => {{
  const carrier = document.querySelector("{carried}");
  const carried = new DataTransfer();
  carried.items.add(carrier.files[0]);
  carrier.remove();
  const event = (kind) =>
    new DragEvent(kind, {{ dataTransfer: carried, bubbles: true, cancelable: true }});
  window.dispatchEvent(event("dragenter"));
  const began = performance.now();
  document.querySelector('#drop [data-target="{target}"]').dispatchEvent(event("drop"));
  return began;
}})()"""


@dataclass(frozen=True, slots=True)
class Paint:
    """A picture that reached the canvas."""

    seconds: float
    """Since the page's navigation began."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes, after garbage was collected."""

    heap: int
    """JavaScript's objects of the page and its worker, and what their arrays and pictures hold."""
    resident: int | None
    """Of the page's process: all that, and WebAssembly's memory, which never shrinks. None where
    the system does not tell (Linux does)."""


def instrument(page: Page, *, service_worker: bool = True) -> None:
    """Take notes in every document that is opened from now on.

    Without ``service_worker`` the page runs as in a private window, and fetches what it needs now
    and nothing to keep.
    """
    page.prepare(("" if service_worker else _AS_IN_A_PRIVATE_WINDOW) + _NOTES)


def paints(page: Page, after: float = 0.0) -> list[Paint]:
    """Pictures painted later than ``after`` seconds, in order."""
    found = page.run(f"studioNotes.paints.filter(([when]) => when > {1e3 * after})")
    return [Paint(when / 1e3, width, height) for when, width, height in found]


def longest_task(page: Page, after: float = 0.0) -> float:
    """Seconds of the longest task on the page's own thread that began later than ``after``.

    0 where none took 50 ms: browsers tell of longer ones alone.
    """
    tasks = page.run(f"studioNotes.tasks.filter(([when]) => when > {1e3 * after})")
    return max((float(duration) / 1e3 for _, duration in tasks), default=0.0)


def drop(page: Page, target: str, picture: Path) -> float:
    """Let a file fall on the page's half for ``target``: "artwork" or "photograph".

    When that was, in seconds since the navigation began. The browser itself reads the file, as of
    a visitor's: the page's thread has no bytes to take apart.
    """
    page.run(_CARRY)
    page.choose_files(_CARRIED, picture)
    return float(page.run(_DROP.format(carried=_CARRIED, target=target))) / 1e3


def memory(page: Page) -> Memory:
    """What the page and its worker hold now. Attaches to the worker, which stays so."""
    heap = 0
    for session in (page.session, *page.workers()):
        page.ask("HeapProfiler.collectGarbage", session)
        usage = page.ask("Runtime.getHeapUsage", session)
        parts = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")
        heap += sum(int(usage.get(part, 0)) for part in parts)
    resident = [_resident(number) for kind, number in page.processes() if kind == "renderer"]
    # Threads of WebAssembly block their own ends of the protocol, so that nobody can ask them how
    # large their memory is; the process can be asked.
    return Memory(heap, max((each for each in resident if each is not None), default=None))


def _resident(process: int) -> int | None:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
