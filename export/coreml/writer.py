"""CoreML packages, emitted from a graph without torch: pictures in, pictures out."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinystyle import __version__
from tinystyle.errors import MissingExtraError, OptionError, OutputError
from tinystyle.export.coreml.program import ProgramBody, Size
from tinystyle.export.passes.half_precision import half_kernels, with_held_epsilons
from tinystyle.export.silence import without_torch
from tinystyle.files import folder_beside, replace_folder
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.manifest import LICENCE, Kind, Manifest, Pictures
from tinystyle.network.ops import MASK
from tinystyle.network.spec import MAX_SIZE, MIN_SIZE

__all__ = [
    "DEFAULT_TARGET",
    "TARGETS",
    "Sizes",
    "coremltools",
    "package_bytes",
    "require_target",
    "write_coreml",
]

TARGETS = (
    *("iOS15", "iOS16", "iOS17", "iOS18"),
    *("macOS12", "macOS13", "macOS14", "macOS15"),
)
DEFAULT_TARGET = "iOS16"
SUFFIX = ".mlpackage"

_TWO_OF_SEVERAL_SIZES = ("iOS18", "macOS15")
"""First targets that take several named sizes of more than one input."""

_MOST_SIZES = 128
"""CoreML's own limit of enumerated sizes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes (height, width) of the pictures that a package takes, 64..8192 px.

    One; or each of several; or, if ``ranged``, all from the first to the second. Raises OptionError
    for anything else.
    """

    sizes: tuple[Size, ...]
    ranged: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.sizes) <= _MOST_SIZES:
            raise OptionError(f"{len(self.sizes)} sizes given; allowed are 1 to {_MOST_SIZES}")
        for height, width in self.sizes:
            if not (MIN_SIZE <= height <= MAX_SIZE and MIN_SIZE <= width <= MAX_SIZE):
                raise OptionError(
                    f"size is {height}x{width}; allowed are {MIN_SIZE} to {MAX_SIZE} px"
                )
        if len(set(self.sizes)) < len(self.sizes):
            raise OptionError(f"a size is given twice: {self.sizes}")
        if self.ranged:
            if len(self.sizes) != 2:
                raise OptionError(f"a range has two sizes, not {len(self.sizes)}")
            low, high = self.sizes
            if low[0] > high[0] or low[1] > high[1]:
                raise OptionError(f"the range begins at {low}, beyond its end {high}")

    @property
    def text(self) -> str:
        """As ``--size`` takes them; of several, the first is chosen where an app chooses none."""
        return (".." if self.ranged else ",").join(f"{h}x{w}" for h, w in self.sizes)

    @property
    def known(self) -> tuple[Size, ...]:
        """All sizes that may come, or none where there are too many to tell."""
        return () if self.ranged else self.sizes


def coremltools(*, torch: bool = True) -> Any:
    """The module coremltools, loaded without its log lines. MissingExtraError if it is absent.

    It loads torch where that is installed, which doubles its 1.6 s. Without ``torch`` it does not,
    and cannot convert models of torch as long as the process lives: for commands.
    """
    load_torch = torch or "coremltools" in sys.modules
    try:
        with contextlib.nullcontext() if load_torch else without_torch(), _quiet():
            return importlib.import_module("coremltools")
    except ImportError as error:
        raise MissingExtraError("--format coreml", "coreml") from error


def write_coreml(
    graph: Graph,
    path: Path,
    *,
    precision: Precision = Precision.FP16,
    sizes: Sizes,
    minimum_deployment_target: str = DEFAULT_TARGET,
    examine: Callable[[Path], None] | None = None,
) -> int:
    """Write a ``.mlpackage`` folder, whole or not at all; returns the bytes of all its files.

    ``examine`` is shown the package before it stands where it shall, and may raise.

    Its input ``image`` and output ``stylized`` are RGB pictures of 8 bits a channel; a graph with
    regions has a second input ``mask``, a picture of greys, whose bytes are the labels. Raises
    OptionError for a graph of bytes, INT8, another suffix or an unknown target, and for several
    named sizes of a graph with regions before iOS 18, MissingExtraError
    without coremltools, OutputError where the folder cannot be written. A package that stood there
    before is replaced at the end.
    """
    if path.suffix != SUFFIX:
        raise OptionError(f"path is {path}; a CoreML package ends in {SUFFIX}")
    if precision is Precision.INT8:
        raise OptionError("precision is int8; a CoreML package allows fp16 or fp32")
    require_target(minimum_deployment_target)
    if graph.takes_mask:
        _require_one_size(sizes, minimum_deployment_target)
    ct = coremltools()
    path = Path(os.path.realpath(path))  # what a link stands for, not the link, is replaced
    if path.suffix != SUFFIX:
        raise OutputError(f"{path}: a link to it ends in {SUFFIX}, but it does not")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file; a CoreML package is a folder")
    if path.is_dir() and {entry.name for entry in path.iterdir()} - {"Manifest.json", "Data"}:
        raise OutputError(f"{path}: holds other files than a CoreML package; it is left alone")
    with folder_beside(path) as folder:
        made = folder / path.name
        try:
            with _quiet():
                first = folder / f"first{SUFFIX}"
                program = _convert(ct, graph, first, precision, sizes, minimum_deployment_target)
                program.save(str(made))
            _share(made)
            if examine is not None:
                examine(made)
            size = package_bytes(made)
            replace_folder(made, path)
        except RuntimeError as error:  # of coremltools' writer of weights
            raise OutputError(f"{path}: cannot be written ({error})") from error
    return size


def require_target(name: str) -> None:
    """Raise OptionError for a minimum deployment target that is not one of TARGETS."""
    if name not in TARGETS:
        raise OptionError(
            f"minimum deployment target is {name!r}; allowed are {', '.join(TARGETS)}"
        )


def _require_one_size(sizes: Sizes, target: str) -> None:
    """Of pictures with masks. A range is two inputs' own ranges."""
    if len(sizes.known) > 1 and target not in _TWO_OF_SEVERAL_SIZES:
        raise OptionError(
            f"{len(sizes.known)} sizes for a picture and its mask, target {target}; CoreML changes "
            f"two inputs together from {' and '.join(_TWO_OF_SEVERAL_SIZES)} on: give that as "
            "--target, one size, or a range"
        )


def package_bytes(path: Path) -> int:
    """Bytes of all files of a package together."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _share(package: Path) -> None:
    """Rights as of any new file: coremltools' are those of its temporary folder."""
    umask = os.umask(0)
    os.umask(umask)
    for path in (package, *package.rglob("*")):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)


def _convert(
    ct: Any, graph: Graph, folder: Path, precision: Precision, sizes: Sizes, target_name: str
) -> Any:
    """coremltools' model, whose package ``folder`` does not yet hold what is told of it."""
    mil = importlib.import_module("coremltools.converters.mil.mil")
    half = precision is Precision.FP16
    if half:
        graph = with_held_epsilons(half_kernels(graph))  # the first kernel, too
    manifest = Manifest(Kind.NETWORK, graph.spec, graph.notes, Pictures.IMAGE)
    target = ct.target[target_name]
    body = ProgramBody(mil.Builder, graph, half=half, sizes=sizes.known)
    dimensions = sizes.sizes[0]
    if len(sizes.sizes) > 1:
        dimensions = tuple(mil.get_new_symbol() for _ in range(2))
    channels = {manifest.input_name: 3, **({MASK: 1} if graph.takes_mask else {})}
    # Of one height and width, also where these are symbols.
    held = {
        name: mil.Builder.placeholder(shape=(1, count, *dimensions), name=name)
        for name, count in channels.items()
    }
    program = mil.Program()
    with mil.Function(held, opset_version=target) as function:
        image, mask = function.inputs[manifest.input_name], function.inputs.get(MASK)
        function.set_outputs([body.write(image, manifest.output_name, mask)])
    program.add_function("main", function)
    rgb = ct.colorlayout.RGB
    inputs = [
        ct.ImageType(
            name,
            _input_shape(ct, sizes, count),
            color_layout=rgb if count == 3 else ct.colorlayout.GRAYSCALE,
        )
        for name, count in channels.items()
    ]
    # ct.convert takes no account of the outputs of a program that is one already.
    function.set_output_types([ct.ImageType(manifest.output_name, color_layout=rgb)])
    model = ct.convert(
        program,
        source="milinternal",
        convert_to="mlprogram",
        inputs=inputs,
        minimum_deployment_target=target,
        # Types are chosen by the emitter already, and there is nothing to simplify.
        compute_precision=ct.precision.FLOAT32,
        pass_pipeline=ct.PassPipeline.EMPTY,
        skip_model_load=True,
        package_dir=str(folder),
    )
    style = graph.notes.get("style_name") or "a style without name"
    model.author = "tinystyle"
    model.license = LICENCE
    model.version = __version__
    model.short_description = f"Paints photographs in the style of {style}"
    model.input_description[manifest.input_name] = "A photograph, RGB"
    if graph.takes_mask:
        most = graph.spec.regions - 1
        model.input_description[MASK] = (
            f"The region of each pixel, 0 to {most}, as bytes of a grey picture of equal size"
        )
    model.output_description[manifest.output_name] = "The painted photograph, RGB, of equal size"
    model.user_defined_metadata.update(manifest.to_properties())
    model.user_defined_metadata["tinystyle.precision"] = precision.value
    model.user_defined_metadata["tinystyle.sizes"] = sizes.text
    return model


def _input_shape(ct: Any, sizes: Sizes, channels: int) -> Any:
    if sizes.ranged:
        (top, left), (bottom, right) = sizes.sizes
        return ct.Shape(
            (
                1,
                channels,
                ct.RangeDim(top, bottom, default=top),
                ct.RangeDim(left, right, default=left),
            )
        )
    shapes = [(1, channels, *size) for size in sizes.sizes]
    return ct.EnumeratedShapes(shapes, default=shapes[0]) if len(shapes) > 1 else shapes[0]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No log lines, warnings or progress bars of coremltools. Errors are raised as ever."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
