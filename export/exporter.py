"""From a style picture to a verified model file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.errors import OptionError, PictureError
from tinystyle.export.files import onnx_bytes, write_file
from tinystyle.export.formats import Format, ending
from tinystyle.export.lowering import calibration_pictures, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.export.verify.parity import Parity, change
from tinystyle.files import require_spared
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.stylenet import StyleNet, mix
from tinystyle.pictures.images import Picture, read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork

if TYPE_CHECKING:
    from tinystyle.export.provider_coverage import Verdict

__all__ = ["Exported", "Exporter", "Source", "name_outputs"]

_ASKED_SIZE = (256, 256)

_NO_CHANGE = 1e-5
"""Rounding. Borders made by repeating the edge are what some networks have anyway."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made."""

    path: Path
    style: Path | None
    """None where the artwork came from memory."""
    style_sha256: str
    format: Format
    precision: Precision
    opset: int | None
    """None where the format has none."""
    size: tuple[int, int] | None
    """None where it takes several."""
    strength: float
    size_bytes: int
    parameters: int
    macs_256: int
    """Multiply-accumulates for one picture of 256x256: of the graph, or of the network as trained
    where the file holds weights alone."""
    parity: Parity | None
    """The file against the graph that was meant."""
    change: float | None
    """Mean absolute difference, 0..1, that the graph's form makes to the painting of a photograph
    in the package; None where it makes none."""
    seconds: float
    compared_at: tuple[int, int] | None = None
    """Where not the file was compared, for too large pictures, but one of these."""
    providers: tuple[Verdict, ...] = ()
    """What execution providers of phones take, where asked; at 256x256 if any size goes."""


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
        """``source`` makes the networks, by default the hypernetwork does: that of the form."""
        self._options = options
        if source is None:
            hypernetwork = hypernetwork or Hypernetwork()
            source = _generator(hypernetwork, options.style_size)
        self._source = source
        self._calibration = calibration_pictures(options.calibration) if options.calibrated else []
        # What the form of an inexact graph changes is shown on one photograph, read once.
        self._photograph = None if options.graph.exact else calibration_pictures(None)[0]
        self._others = [(self.make(path), share) for path, share in options.mix]

    def export(self, style: Path, output: Path) -> Exported:
        """Write the network for ``style`` to ``output``, whole or not at all."""
        start = time.perf_counter()
        made = self.write(self.network(style), style, output)
        return replace(made, seconds=time.perf_counter() - start)

    def write(self, net: StyleNet, style: Path | None, output: Path) -> Exported:
        """Write a network that :meth:`network` has made for ``style``, which is not overwritten."""
        start = time.perf_counter()
        options = self._options.for_graph(takes_mask=net.spec.regions > 0)
        artworks = [
            path for path in (style, *(path for path, _ in options.mix)) if path is not None
        ]
        require_spared([output], artworks)
        graph = prepare(net, options.graph, self._calibration)
        written = write_file(graph, net, output, options, self._calibration)
        return Exported(
            path=output,
            style=style,
            style_sha256=net.notes["style_sha256"],
            format=options.format,
            precision=options.graph.precision,
            opset=options.opset if options.format in (Format.ONNX, Format.ORT) else None,
            size=options.only_size,
            strength=options.strength,
            size_bytes=written.size_bytes,
            parameters=net.spec.parameter_count,
            macs_256=net.spec.macs(256, 256),
            parity=written.parity,
            compared_at=written.compared_at,
            change=self._change(graph, net),
            seconds=time.perf_counter() - start,
            providers=self._ask(graph, written.model),
        )

    def _ask(self, graph: Graph, model: bytes) -> tuple[Verdict, ...]:
        options = self._options
        if not options.ask_providers or options.format not in (Format.ONNX, Format.ORT):
            return ()
        from tinystyle.export.provider_coverage import check  # noqa: PLC0415  (loads slowly)

        if options.size is None:
            # Calibrated on one picture: what is taken does not depend on ranges.
            fixed = replace(options, size=_ASKED_SIZE)
            model = onnx_bytes(graph, fixed, self._calibration[:1])
        return check(model)

    def _change(self, graph: Graph, net: StyleNet) -> float | None:
        if self._photograph is None:
            return None
        found = change(graph, net, self._photograph)
        return found if found > _NO_CHANGE else None

    def network(self, style: Path) -> StyleNet:
        """The network for ``style``, mixed and softened as the options say."""
        net = self.make(style)
        if self._others:
            rest = 1.0 - sum(share for _, share in self._others)
            net = mix([*self._others, (net, max(0.0, rest))])
            shares = [f"{_printable(path.stem)}:{share:g}" for path, share in self._options.mix]
            net = StyleNet(net.spec, net.weights, {**net.notes, "mix": " ".join(shares)})
        return net.with_strength(self._options.strength)

    def make(self, style: Path) -> StyleNet:
        """The network for ``style`` as its source makes it, neither mixed nor softened."""
        picture, name = read_picture(style), _printable(style.stem)
        try:
            return self._source(picture, name)
        except PictureError as error:
            raise PictureError(f"{style}: {error}") from error


def _generator(hypernetwork: Hypernetwork, style_size: int) -> Source:
    return lambda picture, name: hypernetwork.generate(picture, name, style_size)


def name_outputs(
    styles: list[Path], output: Path | None, form: Format, variant: str = ""
) -> list[Path]:
    """A file for each style.

    ``output`` itself for a single style if it has the format's ending, else files in the folder
    ``output``, named after the styles (``art.jpg`` and ``art.png`` give ``art`` and ``art-2``) and
    the ``variant``, so that files of other options stay (``-fp16`` gives ``art-fp16``).
    """
    suffix = ending(form)
    others = {ending(other): other.value for other in Format if other is not form}
    if output is not None and (asked := others.get(output.suffix.lower())):
        raise OptionError(
            f"{output}: ends as format {asked} does, but the format is {form.value}; "
            f"give --format {asked}"
        )
    if (
        output is not None
        and output.suffix.lower() == suffix
        and (form is Format.COREML or not output.is_dir())
    ):
        if len(styles) > 1:
            raise OptionError(f"{output}: one file for {len(styles)} styles; give a folder")
        return [output]
    if output is not None and output.suffix and not output.is_dir():
        raise OptionError(
            f"{output}: unknown ending; format {form.value} ends in {suffix}, and a folder with a "
            "dot in its name must be there before"
        )
    folder = output or Path()
    taken: set[str] = set()
    named = []
    for style in styles:
        name, count = style.stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{style.stem}-{count}"
        taken.add(name.lower())
        named.append(folder / f"{name}{variant}{suffix}")
    return named


def _printable(name: str) -> str:
    """A file name as metadata can hold it: bytes that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()
