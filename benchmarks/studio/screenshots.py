"""Pictures of the studio's page, for documents and for those who look after it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tinystyle.benchmarks.web.devtools import Page
from tinystyle.files import write_bytes
from tinystyle.studio.server import SiteServer

__all__ = ["VIEWS", "View", "take_screenshots"]

_READY = (
    "document.documentElement.dataset.painted && document.querySelector('#working').hidden"
    " && !document.querySelector('#save-picture').disabled"
)
_FADE_SECONDS = 0.8
"""In which the page's transitions end."""


@dataclass(frozen=True, slots=True)
class View:
    """A window, in CSS pixels."""

    width: int
    height: int
    dark: bool = False
    mobile: bool = False
    """With two pixels to each CSS pixel."""


VIEWS = {
    "desktop-light": View(1280, 800),
    "desktop-dark": View(1280, 800, dark=True),
    "phone-light": View(390, 844, mobile=True),
    "phone-dark": View(390, 844, dark=True, mobile=True),
}
"""By the name of the file."""


def take_screenshots(site: Path, program: Path, folder: Path) -> list[Path]:
    """The page with its first picture, in each of VIEWS, as ``folder``/studio-NAME.png.

    Raises TargetError where the browser does not show the page.
    """
    written = []
    with SiteServer(site) as server, Page(program, seconds=180.0) as page:
        for name, view in VIEWS.items():
            page.set_view(view.width, view.height, dark=view.dark, mobile=view.mobile)
            page.open(server.url)
            page.wait(_READY)
            time.sleep(_FADE_SECONDS)
            path = folder / f"studio-{name}.png"
            write_bytes(path, page.screenshot())
            written.append(path)
    return written
