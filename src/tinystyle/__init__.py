"""tinystyle: from a picture of an artwork to a network small enough for a phone."""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinystyle.artwork import ArtworkNetwork, from_artwork, load
    from tinystyle.errors import TinystyleError
    from tinystyle.runtime.segmentation import Segmenter
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import Stylizer

__version__ = "0.27.0"

__all__ = [
    "ArtworkNetwork",
    "Segmenter",
    "SessionOptions",
    "Stylizer",
    "TinystyleError",
    "__version__",
    "from_artwork",
    "load",
]

# onnxruntime otherwise looks up its makers in the network, to tell them of its use, and leaves an
# identity in the user's cache. Nothing of ours speaks to anybody unasked. Read when it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "ArtworkNetwork": "tinystyle.artwork",
    "Segmenter": "tinystyle.runtime.segmentation",
    "SessionOptions": "tinystyle.runtime.session",
    "Stylizer": "tinystyle.runtime.stylizer",
    "TinystyleError": "tinystyle.errors",
    "from_artwork": "tinystyle.artwork",
    "load": "tinystyle.artwork",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for only now: the import itself takes a few milliseconds."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
