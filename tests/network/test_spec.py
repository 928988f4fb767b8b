"""The networks as data, against the tables of the papers."""

from __future__ import annotations

import pytest

from tests.conftest import CONVOLUTIONAL
from tinystyle.errors import ModelError, OptionError
from tinystyle.network.ops import Add, Conv, InstanceNorm, Upsample
from tinystyle.network.spec import Architecture, NetSpec

PAPER = NetSpec(Architecture.SHEN2018, 8)


def test_shen2018_has_the_activation_sizes_of_table_2() -> None:
    shapes = PAPER.shapes(256, 256)
    assert shapes["pad"] == (3, 336, 336)
    assert shapes["c1"] == (8, 336, 336)
    assert shapes["c2"] == (16, 168, 168)
    assert shapes["c3"] == (32, 84, 84)
    assert [shapes[f"r{i}"] for i in range(5)] == [(32, s, s) for s in (80, 76, 72, 68, 64)]
    assert shapes["u1"] == (16, 128, 128)
    assert shapes["u2"] == (8, 256, 256)
    assert shapes["out"] == (3, 256, 256)


def test_shen2018_generates_14_layers_and_shares_two() -> None:
    layers = {p.layer for p in PAPER.parameters()}
    assert len(layers - {"c1", "out"}) == 14
    sizes = {p.name: p.size for p in PAPER.parameters()}
    assert sizes["c1.weight"] == sizes["out.weight"] == 1944
    generated = sum(p.size for p in PAPER.parameters() if p.layer not in ("c1", "out"))
    assert generated == 1152 + 4608 + 10 * 9216 + 4608 + 1152  # 3x3 "deconv", Table 2
    assert not any(p.name.endswith("bias") for p in PAPER.parameters())


def test_shen2018_has_no_norm_after_the_outer_convolutions() -> None:
    norms = {op.name for op in PAPER.ops() if isinstance(op, InstanceNorm)}
    assert len(norms) == 14
    assert not norms & {"c1.norm", "out.norm"}


def test_zhang2018_follows_the_supplement_table_1() -> None:
    spec = NetSpec(Architecture.ZHANG2018, 32)
    convs = {op.name: op for op in spec.ops() if isinstance(op, Conv)}
    rows = [(c.out_channels, c.stride, c.kernel) for c in convs.values()]
    assert rows == [
        (32, 1, 9),
        (64, 2, 3),
        (128, 2, 3),
        *[(128, 1, 3)] * 10,
        (64, 1, 3),
        (32, 1, 3),
        (3, 1, 9),
    ]
    assert sum(isinstance(op, InstanceNorm) for op in spec.ops()) == 15  # all but the last
    assert sum(isinstance(op, Add) for op in spec.ops()) == 5
    assert [op.scale for op in spec.ops() if isinstance(op, Upsample)] == [2, 2]
    assert round(spec.parameter_count / 1e6, 2) == 1.68


def test_macs_agree_with_published_counts() -> None:
    assert NetSpec(Architecture.ZHANG2018, 32).macs(256, 256) / 1e9 == pytest.approx(
        10.08, abs=0.005
    )
    assert NetSpec(Architecture.TINY, 8).macs(256, 256) / 1e9 == pytest.approx(0.821, abs=0.0005)
    by_hand = 3 * 8 * 81 * 64 * 80  # the first layer, counted at stride 1
    wider = NetSpec(Architecture.TINY, 8, residual_blocks=0)
    assert wider.macs(64, 80) > 2 * by_hand


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [(64, 64), (65, 67), (127, 333), (333, 127), (720, 1280)])
def test_output_has_the_size_of_the_input(form: Architecture, size: tuple[int, int]) -> None:
    spec = NetSpec(form, 8)
    last = spec.ops()[-1].name
    assert spec.shapes(*size)[last] == (3, *size)


def test_sizes_below_64_are_refused() -> None:
    with pytest.raises(OptionError, match="63x64"):
        NetSpec().shapes(63, 64)


def test_json_round_trip() -> None:
    spec = NetSpec(Architecture.ZHANG2018, 16, residual_blocks=3, blend=0.25, outer_kernel=7)
    assert NetSpec.from_json(spec.to_json()) == spec


def test_descriptions_of_before_mean_the_kernels_of_the_papers() -> None:
    """Files of 0.9 and older do not name the side of the outer kernels."""
    text = '{"form":"tiny","width":8,"residual_blocks":5,"blend":1.0}'
    assert NetSpec.from_json(text) == NetSpec(Architecture.TINY, 8, outer_kernel=9)


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("side", [3, 5, 7])
def test_outer_kernels_can_be_smaller(form: Architecture, side: int) -> None:
    spec = NetSpec(form, 8, outer_kernel=side)
    convs = {op.name: op.kernel for op in spec.ops() if isinstance(op, Conv)}
    assert convs.pop("c1") == convs.pop("out") == side
    assert set(convs.values()) == {3}
    assert spec.shapes(65, 67)[spec.ops()[-1].name] == (3, 65, 67)
    saved = 2 * 3 * 8 * (81 - side * side) * 64 * 64
    if form not in (
        Architecture.SHEN2018,
        Architecture.SIX_NORM,
    ):  # which compute beyond the picture
        assert NetSpec(form, 8).macs(64, 64) - spec.macs(64, 64) == saved


INFINITE = '{"form":"tiny","width":Infinity,"residual_blocks":5,"blend":1}'


@pytest.mark.parametrize(
    "text",
    [INFINITE, "[" * 100_000, "", "{}", "[]", '{"form":"vgg"}', '{"form":"tiny","width":"x"}'],
)
def test_bad_json_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError):
        NetSpec.from_json(text)


@pytest.mark.parametrize(
    "fields", [{"width": 0}, {"residual_blocks": -1}, {"blend": 1.5}, {"outer_kernel": 4}]
)
def test_impossible_specs_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        NetSpec(**fields)  # type: ignore[arg-type]
