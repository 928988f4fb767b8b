"""Networks of several artworks in one, each for a region of a photograph."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from tinystyle.errors import OptionError
from tinystyle.network.methods.region_networks import MIN_REGIONS, prefix
from tinystyle.network.methods.semantic import MAX_REGIONS
from tinystyle.network.methods.specs import RegionsSpec
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet

__all__ = ["join_regions", "require_regions"]

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def require_regions(regions: Mapping[str, object]) -> None:
    """Raise OptionError unless there are 2 to 8 regions of which one at least is painted, and their
    names are letters, digits, ``-`` and ``_``. Of a kept one the value is None."""
    if not MIN_REGIONS <= len(regions) <= MAX_REGIONS:
        raise OptionError(
            f"the number of regions is {len(regions)}; allowed are {MIN_REGIONS} to {MAX_REGIONS}"
        )
    for name in regions:
        if not name or not _NAME.issuperset(name):
            raise OptionError(f"a region is named {name!r}; allowed are letters, digits, - and _")
    if all(value is None for value in regions.values()):
        raise OptionError("all regions keep the photograph; one at least must have a picture")


def join_regions(regions: Mapping[str, StyleNet | None]) -> StyleNet:
    """One network that paints each region by its own.

    ``regions`` are in the order of their labels, 0 and up; None keeps the photograph. Their names
    go into the notes as ``region_names``. Networks are of SIX_NORM, of the same width, blocks and
    kernels, at full strength. Raises OptionError for others, and as :func:`require_regions`.
    """
    require_regions(regions)
    painted = {name: net for name, net in regions.items() if net is not None}
    specs = {net.spec for net in painted.values()}
    if len(specs) != 1:
        raise OptionError("regions have networks of different architecture; give all the same")
    spec = specs.pop()
    if spec.architecture is not Architecture.SIX_NORM or spec.blend < 1.0:
        raise OptionError(
            f"regions have networks of {spec.architecture.value} at strength {spec.blend:g}; "
            f"needed is {Architecture.SIX_NORM.value} at strength 1"
        )
    kept = tuple(label for label, net in enumerate(regions.values()) if net is None)
    method = RegionsSpec(len(regions), kept)
    whole = replace(spec, architecture=Architecture.REGIONS, method=method)
    weights = {
        f"{prefix(label)}{name}": value
        for label, net in enumerate(regions.values())
        if net is not None
        for name, value in net.weights.items()
    }
    return StyleNet(whole, weights, _notes(regions, painted))


def _notes(
    regions: Mapping[str, StyleNet | None], painted: Mapping[str, StyleNet]
) -> dict[str, str]:
    notes = {"style_name": "-".join(regions), "method": "regions"}
    notes["region_names"] = " ".join(regions)
    styles = [
        f"{name}={'keep' if net is None else net.notes.get('style_name', '')}"
        for name, net in regions.items()
    ]
    notes["region_styles"] = ", ".join(styles)
    # Of the artworks in their order, as that of one tells it.
    digests = [net.notes.get("style_sha256", "") for net in painted.values()]
    notes["style_sha256"] = hashlib.sha256(" ".join(digests).encode()).hexdigest()
    sizes = {net.notes["style_size"] for net in painted.values() if "style_size" in net.notes}
    if len(sizes) == 1:
        notes["style_size"] = sizes.pop()
    return notes
