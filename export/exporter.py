"""From a style picture to a verified model file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from tinystyle.atomic import write_bytes
from tinystyle.errors import OptionError, OutputError
from tinystyle.export.parity import Parity, verify
from tinystyle.export.to_onnx import DEFAULT_OPSET, MAX_OPSET, MIN_OPSET, to_onnx
from tinystyle.images import Picture, read_picture
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork
from tinystyle.spec import MAX_SIZE, MIN_SIZE
from tinystyle.stylenet import StyleNet, mix

__all__ = ["ExportOptions", "Exported", "Exporter", "Format", "Source", "name_outputs"]


class Format(str, Enum):
    """File formats of ``--format``."""

    ONNX = "onnx"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to make of a style. Raises OptionError for values outside the allowed ones."""

    format: Format = Format.ONNX
    opset: int = DEFAULT_OPSET
    size: tuple[int, int] | None = None
    """Height and width of a graph for one size; None for a graph that takes any."""
    strength: float = 1.0
    mix: tuple[tuple[Path, float], ...] = ()
    """Further styles and their shares; the main style has the rest."""
    style_size: int = DEFAULT_STYLE_SIZE
    verify: bool = True

    def __post_init__(self) -> None:
        if not MIN_OPSET <= self.opset <= MAX_OPSET:
            raise OptionError(f"opset is {self.opset}; allowed are {MIN_OPSET} to {MAX_OPSET}")
        if not 0.0 <= self.strength <= 1.0:
            raise OptionError(f"strength is {self.strength:g}; allowed are 0 to 1")
        if self.size is not None and not all(MIN_SIZE <= side <= MAX_SIZE for side in self.size):
            raise OptionError(
                f"size is {_by(self.size)}; each side may be {MIN_SIZE} to {MAX_SIZE} px"
            )
        shares = [share for _, share in self.mix]
        if any(not 0.0 <= share <= 1.0 for share in shares) or sum(shares) > 1.0 + 1e-6:
            raise OptionError(f"shares of --mix are {shares}; each 0 to 1, and 1 in all at most")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made."""

    path: Path
    style: Path
    style_sha256: str
    format: Format
    opset: int
    size: tuple[int, int] | None
    strength: float
    size_bytes: int
    parameters: int
    macs_256: int
    """Multiply-accumulates for one picture of 256x256."""
    parity: Parity | None
    seconds: float


Source = Callable[[Picture, str], StyleNet]
"""From a style picture and its name to a network, with ``style_sha256`` among its notes."""


class Exporter:
    """Makes, verifies and writes networks. Loads the hypernetwork once."""

    def __init__(
        self,
        options: ExportOptions,
        hypernetwork: Hypernetwork | None = None,
        *,
        source: Source | None = None,
    ) -> None:
        """``source`` makes the networks, by default the hypernetwork does."""
        self._options = options
        if hypernetwork is None and (source is None or options.strength < 1.0):
            hypernetwork = Hypernetwork()
        self._hypernetwork = hypernetwork
        self._source = source or _generator(hypernetwork or Hypernetwork(), options.style_size)
        self._others = [(self._make(path), share) for path, share in options.mix]

    def export(self, style: Path, output: Path) -> Exported:
        """Write the network for ``style`` to ``output``, whole or not at all."""
        start = time.perf_counter()
        made = self.write(self.network(style), style, output)
        return replace(made, seconds=time.perf_counter() - start)

    def write(self, net: StyleNet, style: Path, output: Path) -> Exported:
        """Write a network that :meth:`network` has made for ``style``."""
        start = time.perf_counter()
        options = self._options
        data = to_onnx(net, opset=options.opset, size=options.size).SerializeToString()
        parity = verify(data, net) if options.verify else None
        pictures = [style, *(path for path, _ in options.mix)]
        if output.exists() and any(output.samefile(path) for path in pictures):
            raise OutputError(f"{output}: is the style picture itself; choose another output")
        write_bytes(output, data)
        return Exported(
            path=output,
            style=style,
            style_sha256=net.notes["style_sha256"],
            format=options.format,
            opset=options.opset,
            size=options.size,
            strength=options.strength,
            size_bytes=len(data),
            parameters=net.spec.parameter_count,
            macs_256=net.spec.macs(256, 256),
            parity=parity,
            seconds=time.perf_counter() - start,
        )

    def network(self, style: Path) -> StyleNet:
        """The network for ``style``, mixed and softened as the options say."""
        net = self._make(style)
        if self._others:
            rest = 1.0 - sum(share for _, share in self._others)
            net = mix([*self._others, (net, max(0.0, rest))])
            shares = [f"{_printable(path.stem)}:{share:g}" for path, share in self._options.mix]
            net = StyleNet(net.spec, net.weights, {**net.notes, "mix": " ".join(shares)})
        if self._options.strength == 1.0 or self._hypernetwork is None:
            return net
        same = self._hypernetwork.spec == net.spec
        identity = self._hypernetwork.identity() if same else None
        return net.with_strength(identity, self._options.strength)

    def _make(self, style: Path) -> StyleNet:
        picture, name = read_picture(style), _printable(style.stem)
        return self._source(picture, name)


def _generator(hypernetwork: Hypernetwork, style_size: int) -> Source:
    return lambda picture, name: hypernetwork.generate(picture, name, style_size)


def name_outputs(styles: list[Path], output: Path | None, form: Format) -> list[Path]:
    """A file for each style.

    ``output`` itself for a single style if it has the format's ending, else files in the folder
    ``output``, named after the styles (``art.jpg`` and ``art.png`` give ``art`` and ``art-2``).
    """
    ending = f".{form.value}"
    if output is not None and output.suffix.lower() == ending and not output.is_dir():
        if len(styles) > 1:
            raise OptionError(f"{output}: one file for {len(styles)} styles; give a folder")
        return [output]
    folder = output or Path()
    taken: set[str] = set()
    named = []
    for style in styles:
        name, count = style.stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{style.stem}-{count}"
        taken.add(name.lower())
        named.append(folder / f"{name}{ending}")
    return named


def _printable(name: str) -> str:
    """A file name as metadata can hold it: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
