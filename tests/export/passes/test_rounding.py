"""Kernels in half precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tinystyle.export.passes.half_precision import half_kernels
from tinystyle.export.passes.norms import rescaled
from tinystyle.export.passes.structure import with_exact_levels
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork


@pytest.fixture(scope="module")
def net() -> StyleNet:
    return Hypernetwork().generate(Picture(ARTWORKS["woodcut"](96)))


def test_kernels_are_half_numbers_near_what_they_were(net: StyleNet) -> None:
    graph = Graph.of(net)
    rounded = half_kernels(graph)
    for name, before in graph.weights.items():
        after = rounded.weights[name]
        if before.ndim == 4:
            np.testing.assert_array_equal(after, after.astype(np.float16).astype(np.float32))
            # Half an ulp of its own and what the neighbour has handed over.
            assert np.abs(after - before).max() <= 2.0**-11 * 2.01 * np.abs(before).max()
        else:
            np.testing.assert_array_equal(after, before)


def test_kernels_keep_their_sums(net: StyleNet) -> None:
    graph = Graph.of(net)
    rounded = half_kernels(graph)

    def wrong(name: str, weight: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
        change = weight.astype(np.float64) - graph.weights[name]
        return float(np.abs(change.sum(axis=(2, 3))).mean())

    for name, weight in graph.weights.items():
        if weight.ndim == 4 and weight.shape[2] > 1:
            plain = weight.astype(np.float16).astype(np.float32)
            assert wrong(name, rounded.weights[name]) < 0.6 * wrong(name, plain)


def test_smooth_pictures_come_out_nearer(net: StyleNet) -> None:
    picture = to_batch(landscape(96))
    wanted = reference.stylize(net, picture)
    plain = with_exact_levels(rescaled(Graph.of(net)))
    halved = {k: v.astype(np.float16).astype(np.float32) for k, v in plain.weights.items()}
    errors = [
        np.square(reference.run(graph, picture) - wanted).mean()
        for graph in (replace(plain, weights=halved), half_kernels(plain))
    ]
    assert errors[1] < errors[0]
    both = reference.run(half_kernels(plain), picture, precision=Precision.FP16)
    assert np.abs(both - wanted).max() < 6.0 / 255.0
