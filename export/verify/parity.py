"""Proof that an exported file computes what its network computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx
from numpy.typing import NDArray

from tinystyle.errors import OptionError, ParityError
from tinystyle.export.progress import Seen, Size, unseen, watched
from tinystyle.export.verify.tolerances import Tolerance, tolerance_for
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.graph_ops import STRENGTH, GraphOp
from tinystyle.network.shapes import macs_of_each
from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.pictures.similarity import ssim
from tinystyle.runtime.color import softened
from tinystyle.runtime.given.painting import paint_tiles
from tinystyle.runtime.session import SessionOptions, is_ort, open_session
from tinystyle.runtime.stylizer import Stylizer

__all__ = [
    "FULL_CHECK",
    "INT8_CHECK",
    "NAMES",
    "QUICK_CHECK",
    "Parity",
    "change",
    "checks",
    "compare",
    "first_of",
    "golden_mask",
    "golden_picture",
    "golden_pictures",
    "mask_for",
    "painted_by",
    "require_strengths",
    "require_tiles",
    "verify",
]

NAMES = ("scene", "noise", "high contrast", "white", "black")

# The check at export must cost little: one size that the strides divide, one that they do not.
QUICK_CHECK = ((64, 64, "scene"), (65, 79, "high contrast"), (65, 79, "noise"))
INT8_CHECK = tuple((height, width, name) for height, width, _ in QUICK_CHECK for name in NAMES)
FULL_CHECK = tuple(
    (height, width, name)
    for height, width in ((64, 64), (127, 333), (256, 256), (333, 127), (720, 1280))
    for name in ("scene", "noise", "high contrast", "white")
)
"""Twenty pictures: five sizes, odd ones among them."""

_TILE, _IN_TILES = 64, (150, 201, "scene")
"""Side of tiles, and the picture that is painted in them."""

_LARGE = 256 * 256
"""Pixels, beyond which one picture of all three at export stands for them: numpy takes seconds."""

FloatArray = NDArray[np.float32]
Pictures = Iterable[Size]
Paint = Callable[[FloatArray], FloatArray]
"""A network, from picture to picture, ``(1, 3, H, W)``, 0..1."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences between a file's pictures and its reference's."""

    max_abs_difference: float
    """Of any value of any picture, but for the share that the tolerance leaves out."""
    median_abs_difference: float
    """Median over pictures of the median."""
    ssim: float
    """Median over pictures."""
    tolerance: Tolerance
    pictures: int


def golden_picture(name: str, height: int, width: int) -> FloatArray:
    """A picture that exports go wrong on, one of NAMES: ``(1, 3, H, W)``, 0..1, levels of bytes.

    Or "patchwork": bands of the three pictures of an export, in the place of all of them.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    random = np.random.default_rng(0)
    match name:
        case "scene":
            ramp = np.stack([x / (width - 1), y / (height - 1), 1.0 - x / (width - 1)])
            waves = 0.5 + 0.5 * np.sin(np.stack([x / 3.0, y / 5.0, (x + y) / 7.0]))
            values = 0.6 * ramp + 0.3 * waves + 0.1 * random.random((3, height, width))
        case "noise":
            values = random.random((3, height, width))
        case "high contrast":
            values = np.broadcast_to(((x // 8 + y // 8) % 2)[None], (3, height, width))
        case "patchwork":
            whole = [golden_picture(name, height, width)[0] for _, _, name in QUICK_CHECK]
            cuts = (0, height // 3, 2 * height // 3, height)
            bands = [p[:, a:b] for p, a, b in zip(whole, cuts[:-1], cuts[1:], strict=True)]
            values = np.concatenate(bands, axis=1)
        case "white" | "black":
            values = np.full((3, height, width), float(name == "white"))
        case _:
            raise OptionError(f"golden picture {name!r}; known are {', '.join(NAMES)}")
    return np.ascontiguousarray(np.rint(255.0 * values[None]) / 255.0, np.float32)


def golden_mask(height: int, width: int, regions: int) -> NDArray[np.uint8]:
    """Labels for a network with so many regions: ``(1, 1, H, W)``.

    Tiles of 11 x 13 pixels, so that edges lie within features; among them are labels of no region.
    """
    rows, columns = np.arange(height)[:, None] // 11, np.arange(width) // 13
    labels = (rows + columns) % (regions + 1)
    return np.ascontiguousarray(labels[None, None], np.uint8)


def mask_for(picture: FloatArray, spec: NetSpec) -> NDArray[np.uint8] | None:
    """:func:`golden_mask` for a picture ``(1, 3, H, W)``; None for a network without regions."""
    height, width = picture.shape[2:]
    return golden_mask(height, width, spec.regions) if spec.regions else None


def golden_pictures(height: int, width: int) -> dict[str, FloatArray]:
    """All of :func:`golden_picture`, by name."""
    return {name: golden_picture(name, height, width) for name in NAMES}


def compare(paint: Paint, expected: Paint, tolerance: Tolerance, pictures: Pictures) -> Parity:
    """Two networks on :func:`golden_pictures` of these heights, widths and names.

    Raises ParityError beyond ``tolerance``.
    """
    rows = []
    for height, width, name in pictures:
        picture = golden_picture(name, height, width)
        got, wanted = paint(picture), expected(picture)
        difference = np.abs(got - wanted)
        largest = float(np.quantile(difference, 1.0 - tolerance.share, method="lower"))
        if not largest <= tolerance.largest:  # also where it is NaN
            raise ParityError(
                f"{name} picture of {height}x{width}: the file and the reference differ by "
                f"{largest:.3g}; allowed is {tolerance.largest:.3g}"
            )
        rows.append((largest, float(np.median(difference)), ssim(got, wanted)))
    largest_all, medians, alike = (np.array(column) for column in zip(*rows, strict=True))
    found = Parity(
        float(largest_all.max()),
        float(np.median(medians)),
        float(np.median(alike)),
        tolerance,
        len(rows),
    )
    if not found.median_abs_difference <= tolerance.median:
        raise ParityError(
            f"the file and the reference differ by {found.median_abs_difference:.3g} in the "
            f"median; allowed is {tolerance.median:.3g}"
        )
    if not found.ssim >= tolerance.ssim:
        raise ParityError(
            f"the file and the reference are alike to {found.ssim:.3f} (SSIM); needed is "
            f"{tolerance.ssim:.3f}"
        )
    return found


def verify(
    model: bytes,
    network: StyleNet | Graph,
    *,
    precision: Precision = Precision.FP32,
    pictures: Pictures | None = None,
) -> Parity:
    """An ONNX or ORT model in onnxruntime against the numpy reference.

    By default on three small pictures, int8 on ten: single ones say little of it. A graph of fixed
    size is run at that size instead of that of ``pictures``. Raises ParityError
    beyond the tolerance of the precision, or where the file breaks ONNX's own rules.
    """
    if not is_ort(model):
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise ParityError(f"the graph breaks the rules of ONNX: {error}") from error
    graph = Graph.of(network) if isinstance(network, StyleNet) else network
    painter = Stylizer.from_bytes(model, "exported graph", SessionOptions(threads=1))
    pictures = checks(painter, precision, pictures)
    tolerance = tolerance_for(graph, precision)
    with watched(pictures) as seen:
        paint = first_of(painter)
        parity = compare(paint, lambda p: painted_by(graph, p, seen), tolerance, pictures)
    require_strengths(painter, graph, tolerance)
    require_tiles(painter, model, tolerance)
    return parity


def require_tiles(painter: Stylizer, model: bytes, tolerance: Tolerance) -> None:
    """Raise ParityError where a model that is given statistics paints in tiles another picture
    than as a whole, which is compared with the reference elsewhere; on one picture."""
    manifest = painter.manifest
    if not manifest.takes_statistics:
        return
    session = open_session(model, "exported graph", SessionOptions(threads=1))
    others = {STRENGTH: np.ones(1, np.float32)} if manifest.takes_strength else {}

    def in_tiles(picture: FloatArray) -> FloatArray:
        batch = to_uint8(picture)[None] if manifest.bytes_io else picture
        made = paint_tiles(session, manifest, batch, others, side=_TILE)
        return to_batch(made[0]) if manifest.bytes_io else made

    compare(in_tiles, first_of(painter), tolerance, [_IN_TILES])


def require_strengths(painter: Stylizer, graph: Graph, tolerance: Tolerance) -> None:
    """Raise ParityError where a model that takes the strength does not go straight by it.

    From the photograph to what it paints at full strength, which is compared with the reference
    elsewhere; on one picture.
    """
    if not graph.takes_strength:
        return
    full = first_of(painter)
    size = painter.fixed_size or QUICK_CHECK[0][:2]
    for strength in (0.0, 0.3):
        paint = first_of(painter, strength)
        straight = partial(_softened, full, strength)
        compare(paint, straight, tolerance, [(*size, "scene")])


def _softened(full: Paint, strength: float, picture: FloatArray) -> FloatArray:
    return softened(full(picture), picture, strength)


def change(graph: Graph, net: StyleNet, picture: FloatArray) -> float:
    """Mean absolute difference, 0..1, that passes have made to what a network paints."""
    meant = reference.stylize(net, picture, mask_for(picture, net.spec))
    return float(np.abs(painted_by(graph, picture) - meant).mean())


def checks(painter: Stylizer, precision: Precision, pictures: Pictures | None = None) -> list[Size]:
    """What a model is compared on: ``pictures``, or the few of an export; in its fixed size."""
    size = painter.fixed_size
    if pictures is None:
        pictures = INT8_CHECK if precision is Precision.INT8 else QUICK_CHECK
        # The figures of int8 are medians over pictures.
        if size is not None and size[0] * size[1] > _LARGE and precision is not Precision.INT8:
            pictures = ((*size, "patchwork"),)
    if size is None:
        return list(pictures)
    return sorted({(*size, name) for _, _, name in pictures})


def painted_by(graph: Graph, picture: FloatArray, seen: Seen = unseen) -> FloatArray:
    """The numpy reference on a picture of floats, through bytes where the graph takes them.

    A graph with regions is given :func:`golden_mask`. ``seen`` is told of the picture's pixels,
    each share of them after the operation that took it.
    """
    height, width = picture.shape[2:]
    macs = macs_of_each(graph.ops, height, width)
    each = height * width / (sum(macs.values()) or 1)

    def observe(op: GraphOp, _: object) -> None:
        seen(macs[op.name] * each)

    mask = mask_for(picture, graph.spec)
    if not graph.takes_bytes:
        return reference.run(graph, picture, mask=mask, observe=observe)
    pixels = (np.clip(picture.transpose(0, 2, 3, 1), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    painted = reference.run(graph, pixels, mask=mask, observe=observe).transpose(0, 3, 1, 2)
    return painted.astype(np.float32) / np.float32(255.0)


def first_of(painter: Stylizer, strength: float = 1.0) -> Paint:
    """A model of several pictures at a time paints copies; one with regions by
    :func:`golden_mask`."""
    count = painter.batch or 1

    def paint(picture: FloatArray) -> FloatArray:
        mask = mask_for(picture, painter.manifest.spec)
        if mask is not None:
            mask = np.repeat(mask, count, axis=0)
        return painter.run(np.repeat(picture, count, axis=0), strength=strength, mask=mask)[:1]

    return paint
