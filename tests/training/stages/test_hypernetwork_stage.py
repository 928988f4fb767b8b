"""The stage that trains the hypernetwork: threads, what is held out, the watch."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.cli import main
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.finetune.finetuner import load_perceptual
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual.source import COMPACT
from tinystyle.training.stages import hypernetwork as hypernetwork_stage
from tinystyle.training.stages.hypernetwork_step import Styles, StyleStep

SPEC = NetSpec(Architecture.SIX_NORM, 4, residual_blocks=1, outer_kernel=5)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = MetaConfig(SPEC, group_size=8, features=StyleEncoder().features)
    path = tmp_path_factory.mktemp("start") / "start.safetensors"
    StyleHypernetwork(config).save(path)
    return path


def _command(start: Path, shards: Path, folder: Path, *more: str) -> list[str]:
    return [
        *("train", "hypernetwork", "--folder", str(folder), "--init", str(start)),
        *("--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")),
        *("--crop", "64", "--threads", "1", "--batch-styles", "2", "--pool", "2", *more),
    ]


def test_a_run_without_vgg_learns(start: Path, shards: Path, tmp_path: Path) -> None:
    more = ["--steps", "30", "--learning-rate", "1e-2", "--formulas", "0", "--log-steps", "1"]
    assert main(_command(start, shards, tmp_path, *more, "--clip", "10")) == 0
    rows = list(csv.DictReader((tmp_path / "hypernetwork-log.csv").open()))
    assert {"content", "gram_relative", "palette", "tv"} <= set(rows[0])
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])


def test_gradients_are_those_of_the_whole_batch() -> None:
    """In two threads, a part each, as in one."""
    judge = load_perceptual(COMPACT)
    objective = Objective(judge, ARTWORK)
    torch.manual_seed(0)
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=StyleEncoder().features))
    artworks = torch.cat([_tensor(draw(64)) for draw in ARTWORKS.values()])
    target = objective.describe(artworks)
    codes = network.describe(artworks)
    found: list[tuple[float, dict[str, float], Tensor]] = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            step = StyleStep(
                spec=SPEC,
                styles=lambda count: Styles(network.meta(codes[:count]), target.rows(range(count))),
                photographs=PhotographSampler(InMemoryPictures([landscape(96)]), 64, 0),
                objective=objective,
                count=len(artworks),
            )
            network.zero_grad()
            loss, parts = step(0)
            loss.backward()
            gradient = network.meta.fc.weight.grad
            assert gradient is not None
            found.append((loss.item(), {k: v.item() for k, v in parts.items()}, gradient.clone()))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    (one, parts_one, slope_one), (two, parts_two, slope_two) = found
    assert two == pytest.approx(one, rel=0.02)  # pixels that colours are sampled at differ
    assert parts_two["gram_relative"] == pytest.approx(parts_one["gram_relative"], rel=1e-4)
    assert parts_two["content"] == pytest.approx(parts_one["content"], rel=1e-4)
    cosine = torch.nn.functional.cosine_similarity(slope_one.flatten(), slope_two.flatten(), dim=0)
    assert cosine > 0.99


def _tensor(rgb: np.ndarray) -> Tensor:
    tensor: Tensor = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255.0
    return tensor


def test_what_is_held_out_is_never_trained_on() -> None:
    pictures = [np.full((64, 64, 3), value, np.uint8) for value in range(10)]
    trained, shown = hypernetwork_stage._apart(pictures, 3, "artworks")
    values = [[int(picture[0, 0, 0]) for picture in part] for part in (trained, shown)]
    assert values == [[0, 1, 3, 4, 6, 7, 9], [2, 5, 8]]
    trained, shown = hypernetwork_stage._apart(pictures, 0, "artworks")
    assert len(trained) == 10


def test_the_watch_writes_both_judges(
    start: Path, shards: Path, vgg_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = ["--steps", "1", "--watch", str(vgg_file), "--held-out", "1"]
    assert main(_command(start, shards, tmp_path, *watch)) == 0
    (row,) = csv.DictReader((tmp_path / "hypernetwork-watch-log.csv").open())
    assert row["step"] == "1"
    for term in ("gram_relative", "content", "palette", "tv"):
        assert float(row[f"{term}_judge"]) > 0.0
        assert float(row[f"{term}_vgg"]) > 0.0
    # What no network judges is the same; the random VGG of the tests sees otherwise.
    assert row["palette_judge"] == row["palette_vgg"]
    assert row["gram_relative_judge"] != row["gram_relative_vgg"]
    for wrong, words in (
        (["--held-out", "0"], "a watch judges what is held out"),
        (["--held-out", "65"], "held out is 65"),
        (["--held-out", "40"], "held out are 40 artworks; there are"),
        (["--uses", "0"], "uses"),
        (["--recoloured", "2"], "share recoloured is 2; allowed are 0 to 1"),
        (["--pool", "1"], "2 artworks a step; a pool of 1 allows 1 to 1"),
    ):
        assert main(_command(start, shards, tmp_path, *watch, *wrong)) == 2, wrong
        assert words in capsys.readouterr().err, wrong
