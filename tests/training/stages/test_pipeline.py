"""All stages of training, from pictures to a hypernetwork that export-net uses."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.cli import main
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.exporter import Exporter
from tinystyle.export.options import ExportOptions
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork, prepare_style
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import read_pictures
from tinystyle.training.loop.budget import Budget
from tinystyle.training.networks.hypernetwork import StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig, MetaNetwork
from tinystyle.training.stages.reconstruction import reconstruct
from tinystyle.training.stages.release import limited

SMALL = MetaConfig(NetSpec(Architecture.TINY, 4, residual_blocks=1), group_size=16)


@pytest.fixture(scope="module")
def run_folder(
    vgg_file: Path,
    shards: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run of every stage, one or two steps each, with a random VGG: wiring, not quality."""
    folder = tmp_path_factory.mktemp("run")
    run = ["--folder", str(folder), "--threads", "2"]
    styles = ["--styles", str(shards / "style-*.tar")]
    contents = ["--contents", str(shards / "content-*.tar"), "--crop", "64"]
    vgg = ["--perceptual", str(vgg_file)]
    meta = ["train", "meta", *run, *styles, *contents, *vgg, "--config", "tiny-dim8"]
    whole = ["train", "hypernetwork", *run, *styles, *contents, *vgg, "--batch-styles", "2"]
    assert main(["train", "features", *run, *styles, *vgg]) == 0
    assert main([*meta, "--steps", "2", "--reconstruct-steps", "2", "--batch-styles", "2"]) == 0
    assert main(["train", "readout", *run, *styles, "--group-size", "16"]) == 0
    assert main([*whole, "--steps", "1", "--learning-rate", "1e-4"]) == 0
    release = ["train", "release", *run, *styles, "--output", str(folder / "hyper.onnx")]
    assert main([*release, "--note", "trained_on=formulas"]) == 0
    return folder


def test_the_released_file_computes_what_torch_computes(run_folder: Path) -> None:
    network = StyleHypernetwork.load(run_folder / "hypernetwork.safetensors").eval()
    hypernetwork = Hypernetwork(run_folder / "hyper.onnx")
    for rgb in (ARTWORKS["mosaic"](256), ARTWORKS["swirls"](300)[:, :280]):
        net = hypernetwork.generate(Picture(np.ascontiguousarray(rgb)))
        style = torch.from_numpy(to_batch(prepare_style(np.ascontiguousarray(rgb))))
        with torch.inference_mode():
            expected = network.meta.flat(network.describe(style))[0].numpy()
        assert np.abs(net.flat() - expected).max() <= 0.05 * expected.std()  # int8 matrices
        assert np.corrcoef(net.flat(), expected)[0, 1] > 0.9999


def test_a_hypernetwork_is_given_another_encoder(
    run_folder: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here the same one: what it paints must stay."""
    start = run_folder / "hypernetwork.safetensors"
    readout = ["train", "readout", "--folder", str(tmp_path), "--init", str(start)]
    styles = ["--styles", str(shards / "style-*.tar"), "--group-size", "16"]
    assert main([*readout, *styles]) == 0
    assert "explained_variance_held_out" in capsys.readouterr().out
    networks = [StyleHypernetwork.load(p) for p in (start, tmp_path / start.name)]
    seen = torch.from_numpy(to_batch(ARTWORKS["mosaic"](256)))
    with torch.inference_mode():
        before, after = (n.meta.flat(n.describe(seen))[0] for n in networks)
    assert torch.corrcoef(torch.stack([before, after]))[0, 1] > 0.99
    assert main([*readout, *styles, "--encoder", str(start)]) == ModelError.exit_code
    assert "not a compact perceptual network" in capsys.readouterr().err


def test_codes_are_limited_in_size_only() -> None:
    codes = torch.tensor([[2.0, -2.0], [6.0, -6.0], [0.0, 0.0]])
    assert limited(codes, 3.0).tolist() == [[2.0, -2.0], [3.0, -3.0], [0.0, 0.0]]


def test_the_released_file_is_small_and_exports(run_folder: Path, tmp_path: Path) -> None:
    assert (run_folder / "hyper.onnx").stat().st_size <= 16_000_000
    hypernetwork = Hypernetwork(run_folder / "hyper.onnx")
    from tinystyle.files import write_bytes
    from tinystyle.pictures.images import encode_png

    write_bytes(tmp_path / "a.png", encode_png(ARTWORKS["mosaic"](128)))
    made = Exporter(ExportOptions(), hypernetwork).export(tmp_path / "a.png", tmp_path / "a.onnx")
    assert made.parity is not None


@pytest.mark.slow
def test_reconstruction_lowers_the_error(shards: Path) -> None:
    torch.manual_seed(0)
    meta = MetaNetwork(SMALL)
    before = reconstruct(meta, _photographs(shards), Budget("test", steps=1), batch=2)
    after = reconstruct(meta, _photographs(shards), Budget("test", steps=60), batch=2)
    assert after < 0.6 * before


def _photographs(shards: Path) -> PhotographSampler:
    dataset = InMemoryPictures(read_pictures([shards / "content-0.tar"], 272))
    return PhotographSampler(dataset, 64, 0)


def test_ctrl_c_ends_a_stage_and_keeps_what_it_has() -> None:
    budget = Budget("test", minutes=5)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    for _ in budget:
        time.sleep(0.01)
    assert budget.interrupted
    assert time.monotonic() - start < 5.0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_options_are_checked(
    shards: Path, run_folder: Path, vgg_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in ({}, {"steps": 0}, {"minutes": -1.0}, {"minutes": float("nan")}):
        with pytest.raises(OptionError):
            Budget("test", **wrong)
    folder = ["--folder", str(run_folder)]
    pictures = [
        "--contents",
        str(shards / "content-0.tar"),
        "--styles",
        str(shards / "style-0.tar"),
    ]
    meta = ["train", "meta", *folder, "--steps", "1", *pictures, "--perceptual", str(vgg_file)]
    for option, value, answer in (
        ("--config", "huge", "tiny-dim8"),
        ("--seed", "-1", "seed is -1; allowed are 0 to"),
        ("--crop", "0", "64 to 272"),
        ("--batch-styles", "0", "starts at 1"),
        ("--precision", "fp8", "bf16"),
        ("--content", "relu3_3", "LAYER=WEIGHT"),
        ("--style-layers", "relu1_3", "relu1_3"),
        ("--device", "abacus", "abacus"),
    ):
        assert main([*meta, option, value]) == 2, option
        assert answer in capsys.readouterr().err, option
    release = ["train", "release", *folder, "--output", "x", "--note", "oops"]
    assert main(release) == 2
    readout = ["train", "readout", *folder, "--styles", str(shards / "style-0.tar")]
    assert main([*readout, "--group-size", "4000"]) == 2
    assert "group size is 4000; allowed are 1 to 128" in capsys.readouterr().err
    other = ["train", "readout", *folder, "--styles", str(shards / "content-0.tar")]
    assert main(other) == 2
    assert "not of content-0.tar" in capsys.readouterr().err
