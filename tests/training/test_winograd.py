"""Winograd's convolution against the direct one."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn import functional as F

from tinystyle.training.cpu.winograd import WinogradReluConv


@pytest.mark.parametrize(("channels", "outputs", "size"), [(64, 128, 16), (128, 64, 68)])
def test_it_computes_the_convolution_and_its_gradient(
    channels: int, outputs: int, size: int
) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, outputs, 3, padding=1)
    nn.init.normal_(conv.weight, std=(9 * channels) ** -0.5)
    fast = WinogradReluConv(conv)
    image = torch.randn(3, channels, size, size, requires_grad=True)
    assert WinogradReluConv.takes(image)
    results = []
    for layer in (fast, lambda x: F.relu(conv(x))):
        image.grad = None
        out = layer(image)
        out.square().sum().backward()  # no gradient where the ReLU bends
        assert image.grad is not None
        results.append((out.detach(), image.grad.clone()))
    (out, gradient), (expected, wanted) = results
    assert torch.allclose(out, expected, atol=1e-4)
    assert (gradient - wanted).norm() / wanted.norm() < 1e-4


def test_other_tensors_are_left_to_the_direct_way() -> None:
    assert not WinogradReluConv.takes(torch.zeros(1, 64, 18, 16))
    assert not WinogradReluConv.takes(torch.zeros(1, 3, 16, 16))
    assert not WinogradReluConv.takes(torch.zeros(1, 64, 16, 16).double())
    with torch.autocast("cpu", torch.bfloat16):
        assert not WinogradReluConv.takes(torch.zeros(1, 64, 16, 16))
    with pytest.raises(ValueError, match="3x3"):
        WinogradReluConv(nn.Conv2d(8, 8, 5, padding=2))
