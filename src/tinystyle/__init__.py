"""tinystyle: from a picture of an artwork to a network small enough for a phone."""

__version__ = "0.5.0"
