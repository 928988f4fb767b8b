"""tinystyle: from a picture of an artwork to a network small enough for a phone."""

import os

__version__ = "0.20.0"

# onnxruntime otherwise looks up its makers in the network, to tell them of its use, and leaves an
# identity in the user's cache. Nothing of ours speaks to anybody unasked. Read when it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
