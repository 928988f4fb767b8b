"""What a model file says of itself: enough to run it without a side file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tinystyle import __version__
from tinystyle.errors import ModelError
from tinystyle.ops import IMAGE
from tinystyle.spec import NetSpec
from tinystyle.stylenet import SPEC_KEY

__all__ = ["LICENCE", "Kind", "Manifest"]

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
_BYTES = {
    "input_layout": "NHWC",
    "output_layout": "NHWC",
    "input_type": "uint8",
    "input_range": "0..255",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Spec, interface and origin of a model file. ``notes`` holds what else is known of it."""

    kind: Kind
    spec: NetSpec
    notes: Mapping[str, str]
    bytes_io: bool = False
    """Whether a network takes and makes uint8 ``(N, H, W, 3)``, 0..255."""

    @property
    def input_name(self) -> str:
        """RGB picture: float32 ``(N, 3, H, W)``, 0..1, or uint8 with ``bytes_io``."""
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
            **(_BYTES if self.bytes_io else {}),
            "color": "RGB",
            "version": __version__,
            "licence": LICENCE,
        }
        return {SPEC_KEY: self.spec.to_json(), **{_PREFIX + k: v for k, v in own.items()}}

    @classmethod
    def from_properties(cls, properties: Mapping[str, str], label: str) -> Manifest:
        """Read :meth:`to_properties`. ``label`` names the file in the ModelError."""
        own = {k[len(_PREFIX) :]: v for k, v in properties.items() if k.startswith(_PREFIX)}
        if "format" not in own or SPEC_KEY not in properties:
            raise ModelError(f"{label}: a model, but not one that tinystyle made")
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
        bytes_io = own.get("input_type") == _BYTES["input_type"]
        return cls(kind, NetSpec.from_json(properties[SPEC_KEY]), notes, bytes_io)
