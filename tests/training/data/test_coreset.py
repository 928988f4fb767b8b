"""Squares that together look like other photographs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import encode_png, read_picture
from tinystyle.training.data.coreset import choose, cut_squares, look_at
from tinystyle.training.finetune.finetuner import load_perceptual
from tinystyle.training.perceptual.source import COMPACT

FEATURES = 2 * (64 + 128 + 256 + 512)


def test_squares_are_of_one_size_and_differ() -> None:
    photograph = np.concatenate([landscape(400), landscape(400)], axis=1)
    squares = cut_squares(photograph, 6, np.random.default_rng(0))
    assert {square.shape for square in squares} == {(384, 384, 3)}
    assert {square.dtype for square in squares} == {np.dtype(np.uint8)}
    assert len({square.tobytes() for square in squares}) == 6
    again = cut_squares(photograph, 6, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(squares, again, strict=True))


def test_a_small_photograph_is_enlarged() -> None:
    (square,) = cut_squares(landscape(100), 1, np.random.default_rng(0))
    assert square.shape == (384, 384, 3)


def test_what_is_chosen_has_the_mean_of_what_is_wanted() -> None:
    torch.manual_seed(0)
    wanted = 3.0 + 2.0 * torch.randn(50, FEATURES)
    # Squares differ from what is wanted along a few directions, as photographs do.
    seen = 3.0 + torch.randn(60, 4) @ torch.randn(4, FEATURES) + 1.0
    owners = [index // 3 for index in range(60)]
    chosen = choose(seen, owners, wanted, count=20, each=2)
    assert len(set(chosen)) == 20
    assert np.bincount([owners[index] for index in chosen]).max() <= 2

    def off(rows: list[int]) -> float:
        return float((seen[rows].mean(dim=0) - wanted.mean(dim=0)).square().mean())

    randomly = [off(torch.randperm(60)[:20].tolist()) for _ in range(50)]
    assert off(chosen) < min(randomly)


def test_too_many_cannot_be_chosen() -> None:
    rows = torch.rand(6, FEATURES)
    with pytest.raises(OptionError, match="count is 5; 2 of each photograph are 4 squares at most"):
        choose(rows, [0, 0, 0, 1, 1, 1], rows, count=5, each=2)


def test_pictures_are_seen_as_crops_of_them() -> None:
    network = load_perceptual(COMPACT)
    first, second = look_at(network, [landscape(384), ARTWORKS["mosaic"](384)])
    assert first.shape == (FEATURES,)
    assert not torch.allclose(first, second, atol=0.1)
    assert torch.equal(look_at(network, [landscape(384)])[0], first)


def test_the_command_writes_what_it_chose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, drawn in (("mine", landscape(120)), ("others", ARTWORKS["swirls"](120))):
        (tmp_path / folder).mkdir()
        for index in range(2):
            rolled = np.roll(drawn, 40 * index, axis=1)
            (tmp_path / folder / f"{index}.png").write_bytes(encode_png(rolled))
    command = ["train", "squares", "--folder", str(tmp_path / "run")]
    command += ["--photographs", str(tmp_path / "mine"), "--contents", str(tmp_path / "others")]
    assert main([*command, "--count", "3", "--candidates", "2"]) == 0
    written = sorted((tmp_path / "run" / "squares").iterdir())
    names = [path.name for path in written]
    assert len(names) == 3
    assert set(names) < {"0-1.jpg", "0-2.jpg", "1-1.jpg", "1-2.jpg"}
    assert all(read_picture(path).rgb.shape == (384, 384, 3) for path in written)
    said = json.loads(capsys.readouterr().out)
    assert said["off"] > 0.0
    assert main([*command, "--count", "0"]) == 2
