"""From what ``bench`` is given to the cases that it measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinystyle.benchmarks.latency.case import Case, printable
from tinystyle.benchmarks.latency.progress import Progress
from tinystyle.benchmarks.latency.targets import ANDROID, require_known
from tinystyle.benchmarks.models.model import Subject
from tinystyle.errors import OptionError
from tinystyle.export.files import write_file
from tinystyle.export.lowering import GraphOptions, PictureIO, calibration_pictures, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network.graph import Precision
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.files import SUFFIXES
from tinystyle.pictures.images import read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.session import SessionOptions

__all__ = ["DEFAULT_SIZE", "plan"]

DEFAULT_SIZE = (256, 256)
"""Of models that take any size."""
_EXPORT_SECONDS = 1.0


def plan(
    models: Sequence[Path],
    targets: Sequence[str],
    threads: Sequence[int],
    folder: Path,
    *,
    sizes: Sequence[tuple[int, int]] = (),
    precisions: Sequence[Precision] = (),
    progress: Progress | None = None,
) -> list[Case]:
    """Every model at every size, with every number of threads, on every target.

    Models are files to run; pictures of artworks and ``.safetensors`` become files in ``folder``,
    with ``precisions`` also networks of ours in ``.onnx``. Without ``sizes`` a model has its own,
    or DEFAULT_SIZE. Files of the same name are numbered. Raises OptionError for unknown targets,
    PictureError and ModelError for unusable files.
    """
    for target in targets:
        require_known(target)
    phone = any(target.partition(":")[0] == ANDROID for target in targets)
    progress = progress or Progress(shown=False)
    cases: list[Case] = []
    named: Counter[str] = Counter()
    for index, model in enumerate(models):
        files = [model]
        if precisions or _is_picture(model) or model.suffix.lower() == ".safetensors":
            wanted = list(dict.fromkeys(precisions)) or [Precision.FP32]
            progress.expect(_EXPORT_SECONDS * len(wanted))
            with progress.part(f"{printable(model.name)}, export", _EXPORT_SECONDS * len(wanted)):
                files = _written(model, wanted, folder / str(index), takes_bytes=phone)
        for file in files:
            own = sizes or [Subject(file, SessionOptions(1)).fixed_size or DEFAULT_SIZE]
            named[file.name] += 1
            cases += [
                Case(file, t, size, n, named[file.name])
                for size in own
                for n in threads
                for t in targets
            ]
    if not cases:
        raise OptionError("there is no model to measure")
    return cases


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _written(
    model: Path, precisions: Sequence[Precision], folder: Path, *, takes_bytes: bool
) -> list[Path]:
    """One network as ONNX files ``NAME-PRECISION.onnx``, of bytes for the app on a phone."""
    net = _network(model)
    files = []
    for precision in precisions:
        io = PictureIO.UINT8 if takes_bytes else PictureIO.FLOAT
        options = ExportOptions(graph=GraphOptions(precision, io=io))
        pictures = calibration_pictures(None) if options.calibrated else []
        files.append(folder / f"{model.stem}-{precision.value}.onnx")
        write_file(prepare(net, options.graph, pictures), net, files[-1], options, pictures)
    return files


def _network(model: Path) -> StyleNet:
    if not _is_picture(model):
        return read_network(model)
    return Hypernetwork().generate(read_picture(model), printable(model.stem))
