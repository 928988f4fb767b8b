"""What a model file says of itself: enough to run it without a side file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tinystyle import __version__
from tinystyle.errors import ModelError
from tinystyle.network.ops import IMAGE, MASK
from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import SPEC_KEY

__all__ = ["LICENCE", "Kind", "Manifest", "Pictures"]

LICENCE = "Apache-2.0"
"""Licence of the released weights and of what they generate."""

_PREFIX = "tinystyle."
FORMAT_VERSION = "1"


class Kind(str, Enum):
    """What a model file computes."""

    NETWORK = "network"
    """A photograph in, the painted photograph out."""
    HYPERNETWORK = "hypernetwork"
    """A style picture in, the weights of a network out."""


class Pictures(str, Enum):
    """How a network takes pictures and gives them, all of them RGB."""

    FLOAT = "float32"
    """float32 ``(N, 3, H, W)``, 0..1."""
    BYTES = "uint8"
    """uint8 ``(N, H, W, 3)``, 0..255."""
    IMAGE = "image"
    """The system's own type of pictures, of 8 bits a channel, as CoreML has it: no tensor."""


_INTERFACE = {
    Kind.NETWORK: {
        "input": IMAGE,
        "output": "stylized",
        "input_layout": "NCHW",
        "output_layout": "NCHW",
        "input_type": "float32",
        "input_range": "0..1",
    },
    Kind.HYPERNETWORK: {
        "input": "style",
        "output": "weights",
        "input_layout": "NCHW",
        "output_layout": "NP",
        "input_type": "float32",
        "input_range": "0..1",
    },
}
_COLOR = re.compile("#[0-9a-f]{6}")
_LAYOUTS = {Pictures.BYTES: "NHWC", Pictures.IMAGE: "image"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Spec, interface and origin of a model file. ``notes`` holds what else is known of it."""

    kind: Kind
    spec: NetSpec
    notes: Mapping[str, str]
    pictures: Pictures = Pictures.FLOAT
    """Of a network."""

    @property
    def bytes_io(self) -> bool:
        """Whether a network takes and makes uint8 ``(N, H, W, 3)``, 0..255."""
        return self.pictures is Pictures.BYTES

    @property
    def takes_strength(self) -> bool:
        """Whether a network's second input is the strength of the style, float32 ``(1,)``."""
        return self.notes.get("strength") == "input"

    @property
    def takes_mask(self) -> bool:
        """Whether a network's second input is the mask of regions, uint8 ``(N, 1, H, W)``."""
        return self.kind is Kind.NETWORK and self.spec.regions > 0

    @property
    def mask_colors(self) -> tuple[str, ...]:
        """``#rrggbb`` of each region in the artwork's mask; none where it has labels."""
        return tuple(self.notes.get("mask_colors", "").split())

    @property
    def region_names(self) -> tuple[str, ...]:
        """Of a network with regions, in the order of their labels: as they were named, else their
        colours in the artwork's mask, else their numbers."""
        for names in (tuple(self.notes.get("region_names", "").split()), self.mask_colors):
            shown = all(name.isascii() and name.isprintable() for name in names)
            if shown and len(names) == len(set(names)) == self.spec.regions:
                return names
        return tuple(map(str, range(self.spec.regions)))

    @property
    def precision(self) -> str:
        """As the file notes it; files in single precision need not."""
        return self.notes.get("precision", "fp32")

    @property
    def frozen(self) -> bool:
        """Whether norms have the statistics of photographs: another picture than the network's."""
        return self.notes.get("norm") == "frozen"

    @property
    def takes_statistics(self) -> bool:
        """Whether norms are given their statistics (:mod:`tinystyle.runtime.given`)."""
        return self.kind is Kind.NETWORK and self.notes.get("norm") == "input"

    @property
    def padding(self) -> str:
        """How borders are made; ``reflect`` is as trained."""
        return self.notes.get("padding", "reflect")

    @property
    def artwork_sha256(self) -> str | None:
        """Of the style picture's file, where it is known."""
        return self.notes.get("style_sha256")

    @property
    def input_name(self) -> str:
        """RGB picture, as ``pictures`` says; of the hypernetwork float32 ``(N, 3, H, W)``, 0..1."""
        return _INTERFACE[self.kind]["input"]

    @property
    def output_name(self) -> str:
        """The picture of the same shape and range, or ``(N, P)`` weights of the hypernetwork."""
        return _INTERFACE[self.kind]["output"]

    def to_properties(self) -> dict[str, str]:
        """As entries of an ONNX file's ``metadata_props``."""
        own = {
            **self.notes,
            "format": FORMAT_VERSION,
            "kind": self.kind.value,
            **_INTERFACE[self.kind],
            **self._interface(),
            **self._mask_interface(),
            "color": "RGB",
            "version": __version__,
            "licence": LICENCE,
        }
        return {SPEC_KEY: self.spec.to_json(), **{_PREFIX + k: v for k, v in own.items()}}

    def _interface(self) -> dict[str, str]:
        """Where pictures are no floats."""
        if self.pictures is Pictures.FLOAT:
            return {}
        layout = _LAYOUTS[self.pictures]
        return {
            "input_layout": layout,
            "output_layout": layout,
            "input_type": self.pictures.value,
            "input_range": "0..255",
        }

    def _mask_interface(self) -> dict[str, str]:
        """Of a network with regions, for those who read the file without us."""
        if not self.takes_mask:
            return {}
        return {"mask": MASK, "mask_type": "uint8", "mask_range": f"0..{self.spec.regions - 1}"}

    @classmethod
    def from_properties(cls, properties: Mapping[str, str], label: str) -> Manifest:
        """Read :meth:`to_properties`. ``label`` names the file in the ModelError."""
        own = {k[len(_PREFIX) :]: v for k, v in properties.items() if k.startswith(_PREFIX)}
        if "format" not in own or SPEC_KEY not in properties:
            raise ModelError(
                f"{label}: a model, but not one that tinystyle made; if another tool has removed "
                "its metadata: tinystyle info FILE --adopt ORIGINAL -o NEW"
            )
        if own["format"] != FORMAT_VERSION:
            raise ModelError(
                f"{label}: format {own['format']!r}; this tinystyle {__version__} reads "
                f"{FORMAT_VERSION!r}; install a newer one"
            )
        try:
            kind = Kind(own["kind"])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{label}: unknown kind {own.get('kind')!r}") from error
        notes = {k: own[k] for k in sorted(own) if k not in ("format", "kind", "spec")}
        try:
            pictures = Pictures(own.get("input_type", Pictures.FLOAT.value))
        except ValueError as error:
            known = ", ".join(p.value for p in Pictures)
            raise ModelError(
                f"{label}: says that its input is {own['input_type']!r}; known are {known}"
            ) from error
        manifest = cls(kind, NetSpec.from_json(properties[SPEC_KEY]), notes, pictures)
        colors, regions = manifest.mask_colors, manifest.spec.regions
        if len(colors) not in (0, regions) or not all(map(_COLOR.fullmatch, colors)):
            raise ModelError(
                f"{label}: the colours of its mask are {' '.join(colors)!r}; needed is #rrggbb for "
                f"each of its {regions} regions"
            )
        return manifest
