"""Style swap as a CoreML package, computed again by numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("coremltools")

from tests.network.swap_nets import swap_net
from tinystyle.errors import ModelError
from tinystyle.export.coreml.interpreter import evaluate
from tinystyle.export.coreml.layers import gather
from tinystyle.export.coreml.writer import Sizes, write_coreml
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network import reference
from tinystyle.network.graph import Precision


@pytest.mark.parametrize("moments", [True, False])
@pytest.mark.parametrize("ranged", [True, False])
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_packages_are_the_network(
    moments: bool, ranged: bool, precision: Precision, tmp_path: Path
) -> None:
    net = swap_net(patches=30, moments=moments)
    sizes = ((64, 64), (72, 80)) if ranged else ((64, 72),)
    path = tmp_path / "a.mlpackage"
    graph = prepare(net, GraphOptions(precision=precision))
    write_coreml(graph, path, precision=precision, sizes=Sizes(sizes, ranged))
    for size in (*sizes, *([(66, 75)] if ranged else [])):
        picture = golden_picture("scene", *size)
        pixels = np.rint(255.0 * picture[0].transpose(1, 2, 0)).astype(np.uint8)
        found = evaluate(path, pixels) / 255.0
        off = np.abs(found - reference.stylize(net, picture)[0].transpose(1, 2, 0))
        if precision is Precision.FP32:
            assert off.max() <= 1e-4
        else:
            assert np.median(off) <= 1 / 255


def test_an_index_beyond_the_table_is_refused() -> None:
    with pytest.raises(ModelError, match="indices reach 4; there are 3"):
        gather(np.zeros((3, 2), np.float32), np.array([0, 4]), 0)
