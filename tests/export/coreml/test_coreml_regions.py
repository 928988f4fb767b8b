"""Networks with regions as CoreML packages, computed again by numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("coremltools")

from tests.network.painted_regions import joined, part
from tests.network.region_nets import bands, region_net
from tinystyle.errors import OptionError, ParityError
from tinystyle.export.coreml.interpreter import evaluate
from tinystyle.export.coreml.package import describe_package, read_package
from tinystyle.export.coreml.writer import Sizes, write_coreml
from tinystyle.export.exporter import Exporter
from tinystyle.export.formats import Format
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.export.verify.files import verify_file
from tinystyle.export.verify.packages import verify_package
from tinystyle.export.verify.parity import golden_mask, golden_picture
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.ops import RegionKernel
from tinystyle.network.stylenet import StyleNet

NETS = {
    "two artworks": lambda: joined(1, 2),
    "one and the photograph": lambda: joined(1, None),
    "linear": lambda: region_net(3, RegionKernel.LINEAR, balance=0.6),
    "moments": lambda: region_net(2, RegionKernel.MOMENTS, balance=0.6),
    "patches": lambda: region_net(3, RegionKernel.PATCHES, balance=0.6),
}


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.rint(255.0 * picture[0].transpose(1, 2, 0)).astype(np.uint8)
    return pixels


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("ranged", [True, False])
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_packages_are_the_network(
    name: str, ranged: bool, precision: Precision, tmp_path: Path
) -> None:
    net = NETS[name]()
    sizes = ((64, 64), (72, 80)) if ranged else ((65, 79),)
    path = tmp_path / "a.mlpackage"
    graph = prepare(net, GraphOptions(precision=precision))
    write_coreml(graph, path, precision=precision, sizes=Sizes(sizes, ranged))
    for size in (*sizes, *([(66, 75)] if ranged else [])):
        picture, mask = (
            golden_picture("scene", *size),
            golden_mask(size[0], size[1], net.spec.regions),
        )
        found = evaluate(path, _bytes(picture), mask=mask[0, 0]) / 255.0
        off = np.abs(found - reference.stylize(net, picture, mask)[0].transpose(1, 2, 0))
        if precision is Precision.FP32:
            assert off.max() <= 1e-4
        else:
            assert np.median(off) <= 1 / 255
    if precision is Precision.FP32:
        assert verify_package(path, graph, precision=precision).max_abs_difference <= 1e-4


def test_the_mask_is_a_picture_of_greys(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    write_coreml(Graph.of(joined(1, 2)), path, sizes=Sizes(((64, 80),)))
    package = read_package(path)
    assert package.mask_name == "mask"
    picture, mask = package.description.input
    assert (mask.name, mask.type.imageType.width, mask.type.imageType.height) == ("mask", 80, 64)
    assert mask.type.imageType.colorSpace == mask.type.imageType.GRAYSCALE
    assert picture.type.imageType.colorSpace == picture.type.imageType.RGB
    assert describe_package(path)["regions"] == 2
    image = _bytes(golden_picture("scene", 64, 80))
    with pytest.raises(OptionError, match="takes a mask, and none is given"):
        evaluate(path, image)
    with pytest.raises(OptionError, match=r"takes no mask \(64, 64\) of uint8"):
        evaluate(path, image, mask=np.zeros((64, 64), np.uint8))
    plain = tmp_path / "plain.mlpackage"
    write_coreml(Graph.of(part(1)), plain, sizes=Sizes(((64, 80),)))
    with pytest.raises(OptionError, match="takes no mask"):
        evaluate(plain, image, mask=np.zeros((64, 80), np.uint8))


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_a_kept_region_is_the_photograph(precision: Precision, tmp_path: Path) -> None:
    path, size = tmp_path / "a.mlpackage", (64, 96)
    graph = prepare(joined(1, None), GraphOptions(precision=precision))
    write_coreml(graph, path, precision=precision, sizes=Sizes((size,)))
    image = _bytes(golden_picture("noise", *size))
    made = evaluate(path, image, mask=bands(*size, 0, 1)[0, 0])
    off = np.abs(np.rint(made) - image)
    assert off[:, 48 + 4 :].max() == 0
    assert off[:, : 48 - 4].max() > 0


def test_flat_regions_stay_flat(tmp_path: Path) -> None:
    path, size = tmp_path / "a.mlpackage", (128, 160)
    write_coreml(Graph.of(joined(1, 2)), path, precision=Precision.FP32, sizes=Sizes((size,)))
    picture = golden_picture("noise", *size)
    picture[..., :80] = 1.0
    made = evaluate(path, _bytes(picture), mask=bands(*size, 0, 1)[0, 0])
    assert np.ptp(made[8:-8, 8:40], axis=(0, 1)).max() <= 1.0


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
@pytest.mark.parametrize("seeds", [(1, 2), (1, None), None])
def test_nothing_is_computed_in_vain(
    seeds: tuple[int | None, ...] | None, precision: Precision, tmp_path: Path
) -> None:
    net = part(1) if seeds is None else joined(*seeds)
    graph = prepare(net, GraphOptions(precision=precision))
    write_coreml(graph, tmp_path / "a.mlpackage", precision=precision, sizes=Sizes(((65, 79),)))
    package = read_package(tmp_path / "a.mlpackage")
    read = {v for o in package.operations for vs in o.inputs.values() for v in vs if type(v) is str}
    assert [o.output for o in package.operations if o.output not in read] == ["stylized"]


def test_several_sizes(tmp_path: Path) -> None:
    """Of two inputs, CoreML changes named sizes together from iOS 18 on."""
    path, sizes = tmp_path / "a.mlpackage", Sizes(((64, 64), (65, 79)))
    net = region_net(2)
    graph = Graph.of(net)
    for target in ("iOS15", "iOS17", "macOS14"):
        with pytest.raises(OptionError, match="from iOS18 and macOS15 on"):
            write_coreml(graph, path, sizes=sizes, minimum_deployment_target=target)
    assert not path.exists()
    for target in ("iOS18", "macOS15"):
        write_coreml(
            graph, path, precision=Precision.FP32, sizes=sizes, minimum_deployment_target=target
        )
        assert verify_file(path, net).parity.max_abs_difference <= 1e-4
        for taken in sizes.sizes:
            picture, mask = golden_picture("scene", *taken), golden_mask(*taken, 2)
            off = evaluate(path, _bytes(picture), mask=mask[0, 0]) / 255.0
            off -= reference.stylize(net, picture, mask)[0].transpose(1, 2, 0)
            assert np.abs(off).max() <= 1e-4


def test_by_the_exporter_it_has_one_size(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    for masked, made_of in ((True, joined(1, None)), (False, part(1))):
        net = replace(made_of, notes={**made_of.notes, "style_sha256": "0" * 64})
        options = ExportOptions(Format.COREML, verify=False)
        made = Exporter(options, source=lambda *_, net=net: net).write(net, None, path)
        assert made.size == ((512, 512) if masked else None)
        assert read_package(path).takes(256, 256) is not masked


def test_verification_sees_a_wrong_region(tmp_path: Path) -> None:
    path = tmp_path / "a.mlpackage"
    nets: list[tuple[StyleNet, StyleNet]] = [
        (joined(1, 2), joined(2, 1)),
        (joined(1, None), joined(None, 1)),
        (region_net(2), region_net(2, seed=1)),
    ]
    for net, other in nets:
        graph, sizes = Graph.of(net), Sizes(((64, 64),))
        write_coreml(graph, path, precision=Precision.FP32, sizes=sizes)
        with pytest.raises(ParityError):
            verify_file(path, other)
