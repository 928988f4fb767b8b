"""Formats that Pillow knows by plug-ins alone: HEIC and JPEG XL. They are loaded when a file of
theirs comes, and are let near no other."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

from PIL import Image, features

__all__ = ["there", "writer"]

_PLUGINS: Mapping[str, tuple[str, str]] = {
    "HEIF": ("pillow_heif", "heic"),
    "JXL": ("pillow_jxl", "jxl"),
}
"""By Pillow's name: the module, and the extra that brings it."""


def there(form: str) -> bool:
    """Whether Pillow reads a format of a plug-in now; loads it."""
    if form == "AVIF":
        return bool(features.check("avif"))
    module = _PLUGINS[form][0]
    if importlib.util.find_spec(module) is None:
        return False
    loaded = importlib.import_module(module)
    if form == "HEIF":
        loaded.register_heif_opener()
    return form in Image.OPEN


def writer(form: str) -> str | None:
    """The extra that is missing where Pillow does not write a format; None where it does."""
    if form == "AVIF":
        return None if there(form) else "avif"
    if form not in _PLUGINS:
        return None
    return None if there(form) and form in Image.SAVE else _PLUGINS[form][1]
