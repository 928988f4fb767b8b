"""In what the perceptual network computes while a network is fitted."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tinystyle.examples import ARTWORKS  # noqa: E402
from tinystyle.images import Picture  # noqa: E402
from tinystyle.training.adapt import Adapted  # noqa: E402
from tinystyle.training.adapt_options import (  # noqa: E402
    AdapterOptions,
    AdaptOptions,
    FitPrecision,
    Method,
)
from tinystyle.training.adapter import Adapter, in_bfloat16  # noqa: E402

CPU = torch.device("cpu")


@pytest.mark.parametrize("able", [True, False])
def test_the_processor_decides_if_nobody_does(able: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"avx512_bf16": able}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    chosen = {
        precision: in_bfloat16(AdapterOptions(Method.METASTYLE, precision=precision), CPU)
        for precision in FitPrecision
    }
    assert chosen == {
        FitPrecision.AUTO: able,
        FitPrecision.FP32: False,
        FitPrecision.BF16: True,
    }


def test_what_was_not_measured_has_float32(monkeypatch: pytest.MonkeyPatch, vgg_file: Path) -> None:
    told = {"avx512_bf16": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert not in_bfloat16(AdapterOptions(Method.METASTYLE, source=str(vgg_file)), CPU)
    assert not in_bfloat16(AdapterOptions(Method.METASTYLE), torch.device("meta"))
    monkeypatch.delattr(torch.cpu, "get_capabilities")  # as in torch 2.4
    assert not in_bfloat16(AdapterOptions(Method.METASTYLE), CPU)


def _fitted(precision: FitPrecision) -> Adapted:
    steps = AdaptOptions(steps=12, batch=2, average_decay=0.0, look_steps=12)
    adapter = Adapter(AdapterOptions(Method.METASTYLE, steps, crop=64, precision=precision))
    return adapter.adapt(Picture(ARTWORKS["mosaic"](128)), "mosaic")


def test_bfloat16_fits_as_well() -> None:
    exact, rounded = (_fitted(p).curve for p in (FitPrecision.FP32, FitPrecision.BF16))
    assert exact[-1][1] < 0.9 * exact[0][1]
    assert exact != rounded
    for (_, loss), (_, other) in zip(exact, rounded, strict=True):
        assert other == pytest.approx(loss, rel=0.02)
