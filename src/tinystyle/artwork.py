"""From a picture of an artwork to a network, in Python: paint with it, finetune it, export it.

This is what ``import tinystyle`` offers. It loads what it needs when it is needed, so that the
import is quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from tinystyle.errors import MissingExtraError, OptionError

if TYPE_CHECKING:
    from PIL import Image

    from tinystyle.export.exporter import Exported
    from tinystyle.network.stylenet import StyleNet
    from tinystyle.pictures.images import Picture, UInt8Array
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.runtime.semantic import SemanticTransfer
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.style_swap import StyleSwap
    from tinystyle.runtime.stylizer import MaskSource, Stylizer

__all__ = ["ArtworkNetwork", "from_artwork", "load"]


def load(path: str | Path, options: SessionOptions | None = None) -> Stylizer:
    """An exported network, ready to paint: an ``.onnx`` or ``.ort`` file of ``export-net``.

    Raises ModelError on any other file.

    >>> import tinystyle
    >>> tinystyle.load("art.onnx").stylize("photo.jpg").save("painted.jpg")
    """
    from tinystyle.runtime.stylizer import Stylizer

    return Stylizer.load(path, options)


def from_artwork(
    artwork: str | Path | Image.Image | UInt8Array,
    *,
    name: str | None = None,
    style_size: int = 256,
    method: str = "hypernetwork",
    mask: UInt8Array | Image.Image | str | Path | None = None,
) -> ArtworkNetwork:
    """A network that paints as ``artwork`` is painted, generated from one look at it in a second.

    ``artwork`` is a picture file, a PIL image or an array ``(H, W[, 3 or 4])`` of uint8. ``name``
    goes into the network's notes; by default it is the file's. ``style_size`` is the shortest side,
    64 to 1024 px, at which the artwork is looked at: smaller makes finer strokes. ``method`` is
    ``hypernetwork``, ``style-swap``, which takes the artwork's own patches (docs/style-swap.md), or
    ``semantic``, which does so region by region (docs/semantic.md) and needs the artwork's
    ``mask``, as :class:`tinystyle.runtime.semantic.SemanticTransfer` takes it. Raises PictureError
    where a picture cannot be read or the artwork is below 32 px a side, OptionError for another
    ``style_size`` or ``method``, for a missing mask and for one that has no use.

    >>> import tinystyle
    >>> network = tinystyle.from_artwork("art.jpg")
    >>> network.stylize("photo.jpg").size
    (96, 80)
    >>> network.export("art.onnx", precision="fp16").parity is not None  # verified, then written
    True
    """
    from tinystyle.pictures.images import picture_of

    source_of_networks = _source(method, mask)
    picture = picture_of(artwork)
    if name is None:
        name = Path(artwork).stem if isinstance(artwork, str | Path) else "artwork"
    source = Path(artwork) if isinstance(artwork, str | Path) else None
    return ArtworkNetwork(source_of_networks.generate(picture, name, style_size), picture, source)


def _source(
    method: str, mask: UInt8Array | Image.Image | str | Path | None
) -> Hypernetwork | StyleSwap | SemanticTransfer:
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.runtime.semantic import SemanticTransfer
    from tinystyle.runtime.style_swap import StyleSwap

    if method not in ("hypernetwork", "style-swap", "semantic"):
        raise OptionError(f"method is {method!r}; allowed are hypernetwork, style-swap, semantic")
    if method == "semantic":
        if mask is None:
            raise OptionError("method semantic needs a mask: the regions of the artwork")
        return SemanticTransfer(mask)
    if mask is not None:
        raise OptionError(f"mask is for method semantic; the method is {method}")
    return Hypernetwork() if method == "hypernetwork" else StyleSwap()


class ArtworkNetwork:
    """A network of one artwork, made by :func:`from_artwork`. It is never changed in place."""

    def __init__(self, net: StyleNet, artwork: Picture, source: Path | None = None) -> None:
        self.net = net
        """Weights by name, and notes on where they come from."""
        self.source = source
        """The artwork's file; None if it came from memory."""
        self._artwork = artwork

    def __repr__(self) -> str:
        notes: Mapping[str, str] = self.net.notes
        return f"<network of {notes['style_name']!r}, {notes.get('steps', '0')} steps>"

    @cached_property
    def _stylizer(self) -> Stylizer:
        from tinystyle.export.onnx_writer.emitter import to_onnx
        from tinystyle.runtime.stylizer import Stylizer

        model = to_onnx(self.net)
        return Stylizer.from_bytes(model.SerializeToString(), self.net.notes["style_name"])

    @overload
    def stylize(
        self,
        image: UInt8Array,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
    ) -> UInt8Array: ...
    @overload
    def stylize(
        self,
        image: Image.Image | str | Path,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
    ) -> Image.Image: ...

    def stylize(
        self,
        image: UInt8Array | Image.Image | str | Path,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
    ) -> UInt8Array | Image.Image:
        """Paint a picture: see :meth:`tinystyle.runtime.stylizer.Stylizer.stylize`."""
        return self._stylizer.stylize(
            image, keep_color=keep_color, strength=strength, mask=mask, stroke_size=stroke_size
        )

    def finetune(
        self,
        steps: int = 100,
        *,
        content_weight: float = 1.0,
        photographs: str | Path | None = None,
    ) -> ArtworkNetwork:
        """A network nearer to the artwork: 100 steps take half a minute, 1000 some minutes.

        ``content_weight`` 0..100 is how much of the photograph is kept; ``photographs`` a folder to
        finetune on, by default those of the package. Needs torch, else raises MissingExtraError.
        Ctrl-C ends it early; the best weights so far are kept.
        """
        try:
            from tinystyle.training.finetune.finetuner import Finetuner
            from tinystyle.training.finetune.options import (
                FinetuneOptions,
                FinetunerOptions,
                Method,
            )
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingExtraError("finetune", "train") from error
        notes = self.net.notes
        if self.net.spec.patches:
            raise OptionError(
                f"a network of {notes['method']} has an artwork's patches: none to finetune"
            )
        options = FinetunerOptions(
            Method.HYPERNETWORK,
            FinetuneOptions(steps),
            contents=None if photographs is None else Path(photographs),
            style_size=int(notes["style_size"]),
            content_weight=content_weight,
        )
        net = Finetuner(options)(self._artwork, notes["style_name"])
        return ArtworkNetwork(net, self._artwork, self.source)

    def export(self, path: str | Path, **options: Any) -> Exported:
        """Write a verified file: ``.onnx``, ``.ort``, ``.mlpackage`` or ``.safetensors``.

        ``options`` are fields of :class:`tinystyle.export.options.ExportOptions` (``size``,
        ``opset``, ``batch``, ``strength``, ``layout``, ``calibration``, ``verify`` …) and of
        :class:`tinystyle.export.lowering.GraphOptions` (``precision``, ``io``, ``padding``,
        ``norm``, ``strength_input``), where choices may be given by their names, as on the command
        line. Raises OptionError for others, ParityError where the file does not paint what the
        network does; then nothing is written.
        """
        from tinystyle.export.exporter import Exporter
        from tinystyle.export.named_options import named_options

        target = Path(path)
        chosen = named_options(target, options)
        net = self.net.with_strength(chosen.strength)
        return Exporter(chosen, source=lambda *_: net).write(net, self.source, target)
