"""A transformation network with its weights: what every method makes and every exporter takes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors
from tinystyle.network.spec import NetSpec

__all__ = ["SPEC_KEY", "StyleNet", "mix", "require_strength"]

SPEC_KEY = "tinystyle.spec"
"""Metadata entry that holds the spec, in safetensors and ONNX files alike."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StyleNet:
    """A :class:`NetSpec` and one float32 array for each of its parameters.

    ``notes`` is where the network comes from (style name, sha256, strength …), free text by key.
    Raises ModelError where names, shapes or values do not fit the spec.
    """

    spec: NetSpec
    weights: Mapping[str, FloatArray]
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = {p.name: p.shape for p in self.spec.parameters()}
        missing, extra = (
            expected.keys() - self.weights.keys(),
            self.weights.keys() - expected.keys(),
        )
        if missing or extra:
            raise ModelError(f"weights missing: {sorted(missing)}; unexpected: {sorted(extra)}")
        for name, shape in expected.items():
            value = self.weights[name]
            if value.dtype != np.float32 or value.shape != shape:
                raise ModelError(f"{name} is {value.dtype}{value.shape}; needed is float32{shape}")
            if not np.isfinite(value).all():
                raise ModelError(f"{name} has values that are not finite")

    @classmethod
    def from_flat(
        cls, spec: NetSpec, values: NDArray[np.float32], notes: Mapping[str, str] | None = None
    ) -> StyleNet:
        """Cut one row of all weights, in the order of ``spec.parameters()``, into arrays."""
        if values.shape != (spec.parameter_count,):
            raise ModelError(f"{values.shape} weights; the network has {spec.parameter_count}")
        weights: dict[str, FloatArray] = {}
        start = 0
        for parameter in spec.parameters():
            part = values[start : start + parameter.size]
            weights[parameter.name] = part.astype(np.float32).reshape(parameter.shape)
            start += parameter.size
        return cls(spec, weights, notes or {})

    def flat(self) -> FloatArray:
        """All weights in one row, in the order of ``spec.parameters()``: ``(P,)``."""
        return np.concatenate([self.weights[p.name].ravel() for p in self.spec.parameters()])

    def save(self, path: Path) -> None:
        """Write a safetensors file with the spec and the notes in its metadata."""
        write_safetensors(path, self.weights, {SPEC_KEY: self.spec.to_json(), **self.notes})

    @classmethod
    def load(cls, path: Path) -> StyleNet:
        """Read :meth:`save`. Raises ModelError on anything else."""
        if not path.is_file():
            raise ModelError(f"{path}: no such file")
        try:
            with safe_open(os.fspath(path), framework="np") as file:
                notes = dict(file.metadata() or {})
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"{path}: not a safetensors file ({error})") from error
        if SPEC_KEY not in notes:
            raise ModelError(f"{path}: a safetensors file, but not a tinystyle network")
        return cls(NetSpec.from_json(notes.pop(SPEC_KEY)), weights, notes)

    def with_strength(self, strength: float) -> StyleNet:
        """The network at ``strength`` 0..1 between the unchanged photograph and the full style.

        Its picture is laid over the photograph, so that every pixel goes straight from the one to
        the other. Weights that move to those of a network that reproduces its input (Shen et al.
        2018, section 4.3) do not lead there: on the way pictures get blurred, with colours that
        neither end has.
        """
        require_strength(strength)
        if strength == 1.0:
            return self
        notes = {**self.notes, "strength": f"{strength:g}"}
        return StyleNet(replace(self.spec, blend=strength), self.weights, notes)


def require_strength(strength: float) -> None:
    """Raise OptionError for another number than 0 (the photograph) to 1 (the full style)."""
    if not 0.0 <= strength <= 1.0:
        raise OptionError(f"strength is {strength:g}; allowed are 0 to 1")


def mix(parts: Sequence[tuple[StyleNet, float]]) -> StyleNet:
    """The weighted sum of networks of one spec; shares must add up to 1. Notes: the last one's.

    For generated networks this is the interpolation of hidden states of Shen et al. 2018,
    Figure 7, but for filters that are generated as a product with their gain.
    """
    total = sum(share for _, share in parts)
    if not parts or abs(total - 1.0) > 1e-6 or any(share < 0.0 for _, share in parts):
        raise OptionError(f"shares are {[s for _, s in parts]}; they must be >= 0 and add up to 1")
    last = parts[-1][0]
    if any(net.spec != last.spec for net, _ in parts):
        raise OptionError("networks of different architecture cannot be mixed")
    weights = {
        name: np.sum([net.weights[name] * np.float32(s) for net, s in parts], axis=0, dtype="f4")
        for name in last.weights
    }
    return StyleNet(last.spec, weights, last.notes)
