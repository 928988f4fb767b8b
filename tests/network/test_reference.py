"""The numpy interpreter, operation by operation, against torch's own functions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.errors import OptionError
from tinystyle.network import reference
from tinystyle.network.ops import (
    IMAGE,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    Op,
    Pad,
    Sigmoid,
)
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet

torch = pytest.importorskip("torch")
F = torch.nn.functional

RANDOM = np.random.default_rng(3)


def _apply(op: Op, x: NDArray[np.float32], **weights: NDArray[np.float32]) -> NDArray[np.float32]:
    net = object.__new__(StyleNet)  # weights of one operation: not a whole network
    object.__setattr__(net, "weights", weights)
    return reference.compute(op, net.weights, {IMAGE: x})


def _normal(*shape: int) -> NDArray[np.float32]:
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 0), (3, 2, 1), (9, 1, 4)])
@pytest.mark.parametrize("size", [(16, 16), (17, 23)])
def test_conv(kernel: int, stride: int, padding: int, size: tuple[int, int]) -> None:
    x, weight, bias = _normal(2, 3, *size), _normal(5, 3, kernel, kernel), _normal(5)
    op = Conv("c", IMAGE, 3, 5, kernel, stride, padding, bias=True)
    got = _apply(op, x, **{"c.weight": weight, "c.bias": bias})
    tensors = (torch.from_numpy(v) for v in (x, weight, bias))
    expected = F.conv2d(*tensors, stride=stride, padding=padding).numpy()
    np.testing.assert_allclose(got, expected, atol=2e-4)


def test_conv_in_strips_equals_conv_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = _normal(1, 3, 33, 20), _normal(4, 3, 3, 3)
    whole = _apply(Conv("c", IMAGE, 3, 4, 3), x, **{"c.weight": weight})
    monkeypatch.setattr(reference, "_STRIP_VALUES", 27 * 18 * 4)  # four rows at a time
    strips = _apply(Conv("c", IMAGE, 3, 4, 3), x, **{"c.weight": weight})
    np.testing.assert_allclose(strips, whole, atol=1e-6)


@pytest.mark.parametrize("size", [(64, 64), (65, 79), (72, 333)])
@pytest.mark.parametrize("seed", range(3))
def test_pictures_of_one_colour_stay_that(size: tuple[int, int], seed: int) -> None:
    """BLAS adds up some columns in another order; norm after norm would make a picture of that."""
    colour = np.random.default_rng(seed).random((1, 3, 1, 1), np.float32)
    painted = reference.stylize(random_net(seed=seed), np.broadcast_to(colour, (1, 3, *size)))
    assert np.ptp(painted, axis=(2, 3)).max() == 0.0


@pytest.mark.parametrize("size", [(8, 8), (7, 11)])
def test_conv_transpose(size: tuple[int, int]) -> None:
    x, weight = _normal(2, 4, *size), _normal(4, 6, 3, 3)
    got = _apply(ConvTranspose("c", IMAGE, 4, 6), x, **{"c.weight": weight})
    expected = F.conv_transpose2d(
        torch.from_numpy(x), torch.from_numpy(weight), stride=2, padding=1, output_padding=1
    )
    np.testing.assert_allclose(got, expected.numpy(), atol=1e-5)


def test_instance_norm_makes_mean_zero_and_variance_one() -> None:
    x = 5.0 + 3.0 * _normal(2, 4, 20, 30)
    y = _apply(InstanceNorm("n", IMAGE, 4, affine=False), x)
    np.testing.assert_allclose(y.mean(axis=(2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(y.var(axis=(2, 3)), 1.0, atol=1e-4)


def test_instance_norm_affine() -> None:
    x, gain, bias = _normal(2, 4, 9, 9), _normal(4), _normal(4)
    op = InstanceNorm("n", IMAGE, 4, affine=True)
    got = _apply(op, x, **{"n.weight": gain, "n.bias": bias})
    tensors = [torch.from_numpy(v) for v in (x, gain, bias)]
    expected = F.instance_norm(tensors[0], weight=tensors[1], bias=tensors[2], eps=1e-5)
    np.testing.assert_allclose(got, expected.numpy(), atol=1e-5)


def test_pad_reflects_without_repeating_the_edge() -> None:
    x = np.arange(4, dtype=np.float32).reshape(1, 1, 1, 4).repeat(3, axis=2)
    assert _apply(Pad("p", IMAGE, 2), x)[0, 0, 2].tolist() == [2, 1, 0, 1, 2, 3, 2, 1]


def test_pointwise_and_crop() -> None:
    x = np.array([-1e4, -1.0, 0.0, 0.5, 1e4], np.float32).reshape(1, 1, 1, 5)
    sigmoid = _apply(Sigmoid("s", IMAGE), x).ravel()
    np.testing.assert_allclose(sigmoid, [0.0, 1 / (1 + np.e), 0.5, 0.622459, 1.0], atol=1e-6)
    assert _apply(Clip("c", IMAGE), x).ravel().tolist() == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert _apply(Crop("c", IMAGE, 2), _normal(1, 3, 12, 9)).shape == (1, 3, 8, 5)


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("blend", [1.0, 0.4])
def test_whole_networks_agree_with_torch(form: Architecture, blend: float) -> None:
    from tinystyle.training.networks.interpreter import run

    net = random_net(form, 8, seed=5, blend=blend)
    image = RANDOM.random((2, 3, 65, 87), dtype=np.float32)
    weights = {name: torch.from_numpy(value) for name, value in net.weights.items()}
    expected = run(net.spec.ops(), weights, torch.from_numpy(image)).numpy()
    got = reference.stylize(net, image)
    assert got.shape == image.shape
    assert got.min() >= 0.0 and got.max() <= 1.0
    assert got.std() > 0.01
    np.testing.assert_allclose(got, expected, atol=5e-5)


def test_blend_zero_gives_the_photograph() -> None:
    image = RANDOM.random((1, 3, 64, 70), dtype=np.float32)
    assert np.array_equal(reference.stylize(random_net(blend=0.0), image), image)


def test_too_small_is_refused() -> None:
    with pytest.raises(OptionError, match="64"):
        reference.stylize(random_net(), np.zeros((1, 3, 63, 64), np.float32))
    assert NetSpec().shapes(64, 64)


@pytest.mark.parametrize("ground", [0.0, 0.8, 1.0])
@pytest.mark.parametrize("size", [(64, 64), (97, 127)])
def test_what_is_of_one_colour_up_to_the_edge_is_painted_so(
    ground: float, size: tuple[int, int]
) -> None:
    """Networks of six norms draw no frame, around a flat picture or around a thing on a ground."""
    net = random_net(Architecture.SIX_NORM, 8, seed=5)
    flat = np.full((1, 3, *size), ground, np.float32)
    painted = reference.stylize(net, flat)
    assert np.ptp(painted, axis=(2, 3)).max() < 1e-6
    large = np.full((1, 3, 320, 320), ground, np.float32)
    large[:, :, 150:170, 150:170] = 0.5
    beyond = reference.stylize(net, large)
    edge = np.concatenate([beyond[:, :, 0], beyond[:, :, -1], beyond[..., 0], beyond[..., -1]], 2)
    assert np.ptp(edge, axis=2).max() < 1e-5  # nothing of the thing reaches so far
    inside = beyond[:, :, 60:64, 60:64]
    assert np.abs(inside - edge[:, :, :1, None]).max() < 1e-5
