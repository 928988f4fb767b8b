"""Fast forms of convolutions against the plain ones."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.ops import Conv, Op
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.training.cpu.subpixel import few_outputs, upsampled
from tinystyle.training.networks.interpreter import run, run_grouped
from tinystyle.training.networks.trainable import random_net


@pytest.mark.parametrize("sides", [(20, 24), (21, 24), (20, 23)])
def test_few_outputs_is_the_plain_convolution(sides: tuple[int, int]) -> None:
    torch.manual_seed(0)
    image = torch.randn(2, 8, *sides, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 8, 9, 9, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(3, dtype=torch.float64)
    fast, plain = few_outputs(image, weight, bias), F.conv2d(image, weight, bias)
    assert torch.allclose(fast, plain, atol=1e-12)
    seed = torch.randn_like(plain)
    for one, other in zip(
        torch.autograd.grad(fast, (image, weight), seed),
        torch.autograd.grad(plain, (image, weight), seed),
        strict=True,
    ):
        assert torch.allclose(one, other, atol=1e-11)


def test_upsampled_is_upsampling_padding_and_convolution() -> None:
    torch.manual_seed(0)
    image = torch.randn(2, 4, 7, 10, dtype=torch.float64)
    weight = torch.randn(5, 4, 3, 3, dtype=torch.float64)
    large = F.interpolate(image, scale_factor=2.0, mode="nearest")
    plain = F.conv2d(F.pad(large, (1, 1, 1, 1), mode="reflect"), weight)
    assert torch.allclose(upsampled(image, weight), plain, atol=1e-12)
    bias = torch.randn(5, dtype=torch.float64)
    plain = F.conv2d(large, weight, bias, padding=1)
    assert torch.allclose(upsampled(image, weight, bias, zeros=True), plain, atol=1e-12)


@pytest.mark.parametrize(
    "form",
    [
        Architecture.TINY,
        Architecture.ZHANG2018,
        Architecture.ONE_NORM,
        Architecture.SIX_NORM,
        Architecture.PLAIN,
    ],
)
def test_networks_take_them_and_stay_the_same(form: Architecture) -> None:
    torch.manual_seed(0)
    net = random_net(NetSpec(form, 4, residual_blocks=1))
    weights = {name: torch.from_numpy(value) for name, value in net.weights.items()}
    image = torch.rand(1, 3, 65, 72)
    fast = run(net.spec.ops(), weights, image)
    stacked = {name: value[None] for name, value in weights.items()}
    plain = run_grouped(
        net.spec.ops(),
        {k: torch.cat([v, v]) for k, v in stacked.items()},
        torch.stack([image, image]),
    )
    assert torch.allclose(plain[0], fast, atol=1e-5)


@pytest.mark.parametrize(
    "form",
    [Architecture.TINY, Architecture.ZHANG2018, Architecture.ONE_NORM, Architecture.SIX_NORM],
)
def test_channels_are_last_throughout_on_a_processor(form: Architecture) -> None:
    """oneDNN would reorder others at every convolution."""
    torch.manual_seed(0)
    net = random_net(NetSpec(form, 4, residual_blocks=1, outer_kernel=5))
    weights = {name: torch.from_numpy(value) for name, value in net.weights.items()}
    read: dict[str, bool] = {}

    def observe(op: Op, source: Tensor) -> None:
        if isinstance(op, Conv):
            read[op.name] = source.is_contiguous(memory_format=torch.channels_last)

    run(net.spec.ops(), weights, torch.rand(1, 3, 64, 72), observe)
    assert len(read) > 5
    assert all(read.values()), read
