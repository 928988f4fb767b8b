"""In what networks compute while one is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.network.ops import Op, Relu, Sigmoid
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture
from tinystyle.training.finetune import descent
from tinystyle.training.finetune.descent import Finetuned
from tinystyle.training.finetune.finetuner import Finetuner, in_bfloat16
from tinystyle.training.finetune.options import (
    FinetuneOptions,
    FinetunePrecision,
    FinetunerOptions,
    Method,
)
from tinystyle.training.networks.interpreter import run
from tinystyle.training.perceptual.compact import CompactPerceptual

CPU = torch.device("cpu")


@pytest.mark.parametrize("able", [True, False])
def test_the_processor_decides_if_nobody_does(able: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"avx512_bf16": able}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    chosen = {
        precision: in_bfloat16(FinetunerOptions(Method.METASTYLE, precision=precision), CPU)
        for precision in FinetunePrecision
    }
    assert chosen == {
        FinetunePrecision.AUTO: able,
        FinetunePrecision.FP32: False,
        FinetunePrecision.BF16: True,
    }


def test_what_was_not_measured_has_float32(monkeypatch: pytest.MonkeyPatch, vgg_file: Path) -> None:
    told = {"avx512_bf16": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert not in_bfloat16(FinetunerOptions(Method.METASTYLE, source=str(vgg_file)), CPU)
    assert not in_bfloat16(FinetunerOptions(Method.METASTYLE), torch.device("meta"))
    monkeypatch.delattr(torch.cpu, "get_capabilities")  # as in torch 2.4
    assert not in_bfloat16(FinetunerOptions(Method.METASTYLE), CPU)


@pytest.mark.parametrize("precision", [FinetunePrecision.FP32, FinetunePrecision.BF16])
def test_both_networks_compute_in_it(
    precision: FinetunePrecision, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: set[tuple[str, str]] = set()

    def painted(ops: list[Op], weights: dict[str, Tensor], image: Tensor, _: None) -> Tensor:
        found.update(("weights", str(weight.dtype)) for weight in weights.values())

        def observe(op: Op, source: Tensor) -> None:
            if isinstance(op, Relu | Sigmoid):  # what convolutions and norms gave
                found.add(("painted", str(source.dtype)))

        result = run(ops, weights, image, observe)
        found.add(("picture", str(result.dtype)))
        return result

    def gram(judge: CompactPerceptual, layer: str, activation: Tensor) -> Tensor:
        found.add(("judged", str(activation.dtype)))
        statistics = plain_gram(judge, layer, activation)
        found.add(("statistics", str(statistics.dtype)))
        return statistics

    plain_gram = CompactPerceptual.gram
    monkeypatch.setattr(descent, "run", painted)
    monkeypatch.setattr(CompactPerceptual, "gram", gram)
    net = _fitted(precision, steps=1).net
    kind = "torch.bfloat16" if precision is FinetunePrecision.BF16 else "torch.float32"
    single = {(what, "torch.float32") for what in ("weights", "picture", "statistics")}
    assert found == {("painted", kind), ("judged", kind), *single}
    assert all(value.dtype == np.float32 for value in net.weights.values())


def _fitted(precision: FinetunePrecision, steps: int = 12) -> Finetuned:
    options = FinetuneOptions(steps, batch=2, average_decay=0.0, look_steps=steps)
    finetuner = Finetuner(FinetunerOptions(Method.METASTYLE, options, crop=64, precision=precision))
    return finetuner.finetune(Picture(ARTWORKS["mosaic"](128)), "mosaic")


def test_bfloat16_fits_as_well() -> None:
    exact, rounded = (_fitted(p).curve for p in (FinetunePrecision.FP32, FinetunePrecision.BF16))
    assert exact[-1][1] < 0.9 * exact[0][1]
    assert exact != rounded
    for (_, loss), (_, other) in zip(exact, rounded, strict=True):
        assert other == pytest.approx(loss, rel=0.02)
