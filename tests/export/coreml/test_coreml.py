"""CoreML packages: their numbers against the numpy reference, their form, damaged ones."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import random_net
from tinystyle.errors import MissingExtraError, ModelError, OptionError, OutputError
from tinystyle.export.coreml import writer as to_coreml
from tinystyle.export.coreml.interpreter import evaluate
from tinystyle.export.coreml.package import read_package
from tinystyle.export.coreml.writer import (
    DEFAULT_TARGET,
    TARGETS,
    Sizes,
    coremltools,
    package_bytes,
    write_coreml,
)
from tinystyle.export.passes.half_precision import SMALLEST, with_held_epsilons
from tinystyle.export.passes.norms import frozen, rescaled
from tinystyle.export.passes.structure import Padding, subpixel, with_bytes, with_padding
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.manifest import Manifest, Pictures
from tinystyle.network.ops import InstanceNorm
from tinystyle.network.spec import Architecture

SIZE = (65, 70)
ONE = Sizes((SIZE,))
MODEL = Path("Data", "com.apple.CoreML", "model.mlmodel")
WEIGHTS = Path("Data", "com.apple.CoreML", "weights", "weight.bin")
TOLERANCES = {Precision.FP32: 1e-4, Precision.FP16: 3 / 255}

PASSES: dict[str, Callable[[Graph], Graph]] = {
    "plain": lambda graph: graph,
    "subpixel": subpixel,
    "rescaled": lambda graph: subpixel(rescaled(graph)),
    "zero": lambda graph: subpixel(with_padding(graph, Padding.ZERO)),
    "slice": lambda graph: with_padding(subpixel(graph), Padding.SLICE),
    "frozen": lambda graph: subpixel(frozen(graph, [golden_pictures(64, 64)["scene"]])),
}
CASES = [
    *((Architecture.TINY, name) for name in PASSES),
    *((Architecture.ZHANG2018, name) for name in ("plain", "subpixel", "zero", "frozen")),
    *((Architecture.SHEN2018, name) for name in ("plain", "zero")),
    *((Architecture.PLAIN, name) for name in ("plain", "subpixel")),
    *(
        (Architecture.ONE_NORM, name)
        for name in ("plain", "subpixel", "rescaled", "slice", "frozen")
    ),
    *((Architecture.SIX_NORM, name) for name in PASSES),
]


def _small(form: Architecture = Architecture.TINY, width: int = 4, blend: float = 1.0) -> Graph:
    return Graph.of(random_net(form, width, residual_blocks=1, blend=blend))


def _picture(name: str, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A golden picture as bytes ``(H, W, 3)``."""
    values = golden_pictures(*size)[name][0].transpose(1, 2, 0)
    pixels: NDArray[np.uint8] = np.floor(values * 255.0 + 0.5).astype(np.uint8)
    return pixels


def _expected(graph: Graph, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the reference makes of it, 0..1."""
    image = picture.transpose(2, 0, 1)[None] / np.float32(255.0)
    result: NDArray[np.float32] = reference.run(graph, image)[0].transpose(1, 2, 0)
    return result


def _difference(graph: Graph, package: Path, picture: NDArray[np.uint8]) -> float:
    return float(np.abs(evaluate(package, picture) / 255.0 - _expected(graph, picture)).max())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network for pictures of 64 x 64."""
    path = tmp_path_factory.mktemp("coreml") / "small.mlpackage"
    net = random_net(width=1, residual_blocks=1)
    write_coreml(Graph.of(net), path, sizes=Sizes(((64, 64),)))
    return path


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
@pytest.mark.parametrize(("form", "name"), CASES)
def test_saved_packages_are_exact(
    form: Architecture, name: str, precision: Precision, tmp_path: Path
) -> None:
    graph = PASSES[name](_small(form))
    path = tmp_path / "a.mlpackage"
    write_coreml(graph, path, sizes=ONE, precision=precision)
    picture = _picture("scene" if precision is Precision.FP32 else "high contrast")
    assert _difference(graph, path, picture) <= TOLERANCES[precision]


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_whole_networks_are_exact_on_flat_pictures_too(
    precision: Precision, tmp_path: Path
) -> None:
    net = random_net()
    path = tmp_path / "a.mlpackage"
    write_coreml(subpixel(Graph.of(net)), path, sizes=ONE, precision=precision)
    for name in ("scene", "noise", "white"):
        assert _difference(Graph.of(net), path, _picture(name)) <= TOLERANCES[precision], name


@pytest.mark.parametrize("blend", [0.0, 0.4])
def test_blends_are_exact(blend: float, tmp_path: Path) -> None:
    graph = _small(blend=blend)
    path = tmp_path / "a.mlpackage"
    write_coreml(graph, path, sizes=ONE)
    assert _difference(graph, path, _picture("scene")) <= TOLERANCES[Precision.FP16]


@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.SHEN2018])
@pytest.mark.parametrize("ranged", [False, True])
def test_one_package_for_many_sizes(form: Architecture, ranged: bool, tmp_path: Path) -> None:
    graph = subpixel(_small(form, blend=0.9))
    path = tmp_path / "a.mlpackage"
    write_coreml(
        graph, path, sizes=Sizes(((64, 64), (68, 72)), ranged=ranged), precision=Precision.FP32
    )
    for size in ((64, 64), (68, 72), *([(65, 71)] if ranged else [])):
        assert _difference(graph, path, _picture("scene", size)) <= 1e-4, size
    for size in ((128, 64), *([] if ranged else [(65, 71)])):
        with pytest.raises(OptionError, match="takes no picture"):
            evaluate(path, _picture("scene", size))


def test_sizes_that_the_strides_divide_need_no_slice(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    write_coreml(_small(), path, sizes=Sizes(((64, 64), (128, 96))))
    kinds = {operation.kind for operation in read_package(path).operations}
    assert not kinds & {"shape", "slice_by_index"}


def test_dim8_fits_290_000_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    sizes = Sizes(((256, 256),))
    for graph in (Graph.of(random_net()), subpixel(Graph.of(random_net()))):
        written = write_coreml(graph, path, sizes=sizes)
        assert written == package_bytes(path)
        assert 2 * 105_675 < written <= 290_000


def test_pictures_go_in_and_come_out_with_what_is_told_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    write_coreml(_small(), path, sizes=ONE)
    spec = coremltools().models.MLModel(str(path), skip_model_load=True).get_spec()
    (taken,), (made,) = spec.description.input, spec.description.output
    assert (taken.name, made.name) == ("image", "stylized")
    for feature in (taken, made):
        kind = feature.type.imageType
        assert feature.type.WhichOneof("Type") == "imageType"
        assert (kind.height, kind.width) == SIZE
        assert kind.colorSpace == kind.ColorSpace.Value("RGB")
    metadata = spec.description.metadata
    assert (metadata.author, metadata.license) == ("tinystyle", "Apache-2.0")
    assert "random" in metadata.shortDescription
    assert metadata.versionString == metadata.userDefined["tinystyle.version"]
    assert '"form":"tiny"' in metadata.userDefined["tinystyle.spec"]
    assert metadata.userDefined["tinystyle.precision"] == "fp16"
    told = {key: metadata.userDefined[f"tinystyle.{key}"] for key in ("input_type", "sizes")}
    assert told == {"input_type": "image", "sizes": "65x70"}
    assert metadata.userDefined["tinystyle.input_layout"] == "image"
    assert metadata.userDefined["tinystyle.output_layout"] == "image"


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (Sizes(((64, 64), (68, 72))), "64x64,68x72"),
        (Sizes(((64, 64), (68, 72)), ranged=True), "64x64..68x72"),
    ],
)
def test_the_sizes_told_are_those_taken(sizes: Sizes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    write_coreml(_small(width=1), path, sizes=sizes)
    package = read_package(path)
    assert package.properties["tinystyle.sizes"] == text
    assert all(package.takes(*size) for size in sizes.sizes)
    manifest = Manifest.from_properties(package.properties, "test")
    assert manifest.pictures is Pictures.IMAGE
    assert not manifest.bytes_io
    assert manifest.precision == "fp16"


@pytest.mark.parametrize("target", TARGETS)
def test_every_operation_belongs_to_the_targets_set(target: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    write_coreml(
        subpixel(_small(Architecture.SHEN2018 if target == DEFAULT_TARGET else Architecture.TINY)),
        path,
        sizes=Sizes(((64, 64), (65, 79))),
        minimum_deployment_target=target,
    )
    found = read_package(path)
    release = coremltools().target[target]
    assert found.opset == f"CoreML{int(release) - 1}"
    registry = importlib.import_module("coremltools.converters.mil.mil.ops.registry")
    for operation in found.operations:
        releases = registry.SSAOpRegistry.core_ops[operation.kind]
        assert min(releases) <= release, operation.kind


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minimum_deployment_target": "iOS14"}, "iOS15, iOS16"),
        ({"precision": Precision.INT8}, "fp16 or fp32"),
    ],
)
def test_other_options_are_refused(options: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=message):
        write_coreml(_small(), tmp_path / "a.mlpackage", sizes=ONE, **options)
    with pytest.raises(OptionError, match="mlpackage"):
        write_coreml(_small(), tmp_path / "a.onnx", sizes=ONE)
    with pytest.raises(OptionError, match="FromBytes"):
        write_coreml(with_bytes(_small()), tmp_path / "a.mlpackage", sizes=ONE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sizes", "ranged"),
    [
        ((), False),
        (((63, 64),), False),
        (((64, 8193),), False),
        (((64, 64), (64, 64)), False),
        (((64, 64),), True),
        (((64, 96), (96, 64)), True),
    ],
)
def test_other_sizes_are_refused(sizes: Any, ranged: bool) -> None:
    with pytest.raises(OptionError):
        Sizes(sizes, ranged)


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    net = random_net(residual_blocks=1)
    net.weights["out.bias"][0] = 1e5
    path = tmp_path / "a.mlpackage"
    with pytest.raises(OptionError, match="out reach 1e"):
        write_coreml(Graph.of(net), path, sizes=ONE)
    assert write_coreml(Graph.of(net), path, sizes=ONE, precision=Precision.FP32)


@pytest.mark.parametrize("name", ["plain", "subpixel", "rescaled", "zero"])
def test_epsilons_become_normal_half_numbers_and_pictures_stay(name: str) -> None:
    graph = PASSES[name](_small())
    held = with_held_epsilons(graph)
    assert all(op.epsilon >= SMALLEST for op in held.ops if isinstance(op, InstanceNorm))
    assert "epsilon" not in held.notes
    picture = _picture("scene")
    assert np.abs(_expected(graph, picture) - _expected(held, picture)).max() <= 1e-5


def test_epsilons_of_long_filters_are_raised_and_noted() -> None:
    net = random_net(residual_blocks=1)
    net.weights["c2.weight"][:] *= np.float32(100.0)
    assert "1 norms" in with_held_epsilons(Graph.of(net)).notes["epsilon"]


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_failure_leaves_nothing_or_the_old_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mlpackage"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(to_coreml, "_share", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_coreml(_small(), path, sizes=ONE)
    assert not list(tmp_path.iterdir())

    write_coreml(_small(), path, sizes=ONE)
    old = _contents(path)
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if Path(target) == path and self.parent.name.startswith(".a.mlpackage"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        with pytest.raises(OutputError, match="No space left"):
            write_coreml(_small(width=2), path, sizes=ONE)
    assert _contents(path) == old
    assert list(tmp_path.iterdir()) == [path]

    write_coreml(_small(width=2), path, sizes=ONE)
    assert _contents(path) != old
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_its_place_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    path.write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        write_coreml(_small(), path, sizes=ONE)
    assert path.read_text() == "mine"


def test_without_coremltools_the_command_to_install_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(MissingExtraError, match=r"pip install '.\[coreml\]'"):
        write_coreml(_small(), tmp_path / "a.mlpackage", sizes=ONE)
    assert not list(tmp_path.iterdir())


def test_a_command_needs_no_torch_and_prints_nothing(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from tests.conftest import random_net
from tinystyle.export.coreml.writer import Sizes, coremltools, write_coreml
from tinystyle.network.graph import Graph
coremltools(torch=False)
path = Path({str(tmp_path / "a.mlpackage")!r})
write_coreml(Graph.of(random_net()), path, sizes=Sizes(((64, 64),)))
sys.exit("torch" in sys.modules)
"""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _damaged(package: Path, tmp_path: Path) -> Path:
    path = tmp_path / "b.mlpackage"
    shutil.copytree(package, path)
    return path


def _edited(path: Path, edit: Callable[[Any], None]) -> None:
    """The model file of a package with its program changed."""
    messages = importlib.import_module("coremltools.proto.Model_pb2")
    spec = messages.Model.FromString((path / MODEL).read_bytes())
    function = spec.mlProgram.functions["main"]
    edit(function.block_specializations[function.opset].operations)
    (path / MODEL).write_bytes(spec.SerializeToString())


def _first(operations: Any, kind: str) -> Any:
    return next(operation for operation in operations if operation.type == kind)


def _in_blob(operations: Any) -> Any:
    values = (o.attributes["val"] for o in operations if o.type == "const")
    return next(value for value in values if value.HasField("blobFileValue"))


def _unknown(operations: Any) -> None:
    _first(operations, "relu").type = "softsign"


def _far(operations: Any) -> None:
    _in_blob(operations).blobFileValue.offset = 1 << 63


def _outside(operations: Any) -> None:
    _in_blob(operations).blobFileValue.fileName = "@model_path/../../../../../etc/passwd"


def _huge(operations: Any) -> None:
    _in_blob(operations).type.tensorType.dimensions[0].constant.size = 1 << 60


def _wide(operations: Any) -> None:
    pad = _first(operations, "pad").inputs["pad"].arguments[0].name
    constant = next(o for o in operations if o.outputs[0].name == pad)
    constant.attributes["val"].immediateValue.tensor.ints.values[:] = [0] * 4 + [1 << 30] * 4


def _loose(operations: Any) -> None:
    _first(operations, "relu").inputs["x"].arguments[0].name = "nothing"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_unknown, "'softsign' is not known"),
        (_far, "but weights at"),
        (_outside, "outside the package"),
        (_huge, "is declared as"),
        (_wide, "is refused"),
        (_loose, "cannot be computed"),
    ],
)
def test_damaged_programs_are_named(
    edit: Callable[[Any], None], message: str, package: Path, tmp_path: Path
) -> None:
    path = _damaged(package, tmp_path)
    _edited(path, edit)
    with pytest.raises(ModelError, match=message):
        evaluate(path, _picture("scene", (64, 64)))


@pytest.mark.parametrize("name", [Path("Manifest.json"), MODEL, WEIGHTS])
@pytest.mark.parametrize("kept", [None, 0, 0.5])
def test_damaged_files_are_named(
    name: Path, kept: float | None, package: Path, tmp_path: Path
) -> None:
    path = _damaged(package, tmp_path)
    data = (path / name).read_bytes()
    (path / name).unlink()
    if kept is not None:
        (path / name).write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ModelError, match=name.name):
        evaluate(path, _picture("scene", (64, 64)))


def test_no_damage_ends_in_a_traceback(package: Path, tmp_path: Path) -> None:
    path = _damaged(package, tmp_path)
    data = (path / MODEL).read_bytes()
    random = np.random.default_rng(0)
    picture = _picture("scene", (64, 64))
    for _ in range(40):
        damaged = np.frombuffer(data, np.uint8).copy()
        damaged[random.integers(0, len(data), 3)] = random.integers(0, 256, 3)
        (path / MODEL).write_bytes(damaged.tobytes())
        try:
            evaluate(path, picture)
        except (ModelError, OptionError):
            continue
