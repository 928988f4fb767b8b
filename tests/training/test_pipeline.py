"""All stages of training, from pictures to a hypernetwork that export-net uses."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.cli import main  # noqa: E402
from tinystyle.errors import OptionError  # noqa: E402
from tinystyle.examples import ARTWORKS  # noqa: E402
from tinystyle.export.exporter import Exporter, ExportOptions  # noqa: E402
from tinystyle.images import Picture, to_batch  # noqa: E402
from tinystyle.runtime.hypernetwork import Hypernetwork, prepare_style  # noqa: E402
from tinystyle.spec import Form, NetSpec  # noqa: E402
from tinystyle.training import perceptual  # noqa: E402
from tinystyle.training.budget import Budget  # noqa: E402
from tinystyle.training.data import Crops, read_pictures  # noqa: E402
from tinystyle.training.features import load_features  # noqa: E402
from tinystyle.training.identity import fit_identity  # noqa: E402
from tinystyle.training.meta import MetaConfig, MetaNetwork, load_meta  # noqa: E402
from tinystyle.training.release import conditioned  # noqa: E402
from tinystyle.training.train_encoder import load_encoder  # noqa: E402
from tinystyle.training.train_meta import MetaOptions, reconstruct, train_meta  # noqa: E402

SMALL = MetaConfig(NetSpec(Form.TINY, 4, residual_blocks=1), group_size=16)


@pytest.fixture(scope="module")
def run_folder(vgg_file: Path, shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of every stage, two steps each, with a random VGG: wiring, not quality."""
    folder = tmp_path_factory.mktemp("run")
    run = ["--run", str(folder), "--threads", "2"]
    styles = ["--styles", str(shards / "style-*.tar")]
    contents = ["--contents", str(shards / "content-*.tar"), "--crop", "64"]
    vgg = ["--perceptual", str(vgg_file)]
    meta = ["train", "meta", *run, *contents, *vgg, "--steps", "2"]
    init = ["--init", str(folder / "meta.safetensors"), "--see-through-encoder"]
    assert main(["train", "features", *run, *styles, *vgg]) == 0
    assert main([*meta, "--reconstruct-steps", "2"]) == 0
    assert main(["train", "encoder", *run, *styles, "--steps", "2"]) == 0
    assert main([*meta, *init, "--batch-styles", "2", "--learning-rate", "1e-4"]) == 0
    assert main(["train", "identity", *run, *contents, "--steps", "2"]) == 0
    release = ["train", "release", *run, "--output", str(folder / "hyper.onnx"), "--gain", "1.5"]
    assert main([*release, "--note", "trained_on=formulas"]) == 0
    return folder


def test_the_released_file_computes_what_torch_computes(run_folder: Path) -> None:
    meta = load_meta(run_folder / "meta.safetensors")
    encoder = load_encoder(run_folder / "encoder.safetensors")
    encoded = load_features(run_folder / "encoded.safetensors")
    limit = float(np.quantile(np.sqrt(np.square(encoded).mean(axis=1)), 0.99))
    hypernetwork = Hypernetwork(run_folder / "hyper.onnx")
    for rgb in (ARTWORKS["mosaic"](256), ARTWORKS["swirls"](300)[:, :280]):
        net = hypernetwork.generate(Picture(np.ascontiguousarray(rgb)))
        style = torch.from_numpy(to_batch(prepare_style(np.ascontiguousarray(rgb))))
        with torch.inference_mode():
            expected = meta.flat(conditioned(encoder(style), 1.5, limit))[0].numpy()
        got = np.concatenate([net.weights[p.name].ravel() for p in net.spec.parameters()])
        assert np.abs(got - expected).max() <= 0.01 * expected.std()  # int8 matrices
        assert np.corrcoef(got, expected)[0, 1] > 0.99999


def test_conditioning_amplifies_and_limits() -> None:
    features = torch.tensor([[1.0, -1.0], [4.0, -4.0], [0.0, 0.0]])
    got = conditioned(features, 2.0, 3.0)
    assert got.tolist() == [[2.0, -2.0], [3.0, -3.0], [0.0, 0.0]]


def test_the_released_file_is_small_and_exports(run_folder: Path, tmp_path: Path) -> None:
    assert (run_folder / "hyper.onnx").stat().st_size <= 40_000_000
    hypernetwork = Hypernetwork(run_folder / "hyper.onnx")
    from tinystyle.atomic import write_bytes
    from tinystyle.images import encode_png

    write_bytes(tmp_path / "a.png", encode_png(ARTWORKS["mosaic"](128)))
    made = Exporter(ExportOptions(), hypernetwork).export(tmp_path / "a.png", tmp_path / "a.onnx")
    assert made.parity is not None


def test_evaluate_writes_its_reports(
    run_folder: Path, vgg_file: Path, styles: list[Path], photograph: Path, tmp_path: Path
) -> None:
    arguments = ["--contents", str(photograph.parent), "--styles", str(styles[0].parent)]
    options = ["--perceptual", str(vgg_file), "--hypernetwork", str(run_folder / "hyper.onnx")]
    assert main(["evaluate", *arguments, *options, "-o", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "evaluation.json").read_text())
    assert summary["pairs"] == 4
    assert 0.0 <= summary["own_style_nearest_share"] <= 1.0
    assert len((tmp_path / "pairs.csv").read_text().splitlines()) == 5
    zero = tmp_path / "zero"
    assert main(["evaluate", *arguments, *options, "--strength", "0", "-o", str(zero)]) == 0
    summary = json.loads((zero / "evaluation.json").read_text())
    assert summary["style_loss_ratio_median"] == pytest.approx(1.0)  # the photograph itself
    assert summary["content_relu3_3_relative_median"] == 0.0


def test_training_lowers_the_loss(vgg_file: Path, shards: Path) -> None:
    torch.manual_seed(0)
    network = perceptual.load(str(vgg_file))
    crops = Crops(read_pictures([shards / "content-0.tar"], 272), 64, 0)
    features = torch.rand(2, 1920)
    meta = MetaNetwork(SMALL)
    meta.set_feature_scale(features)
    before = reconstruct(meta, crops, Budget("test", steps=1), batch=2)
    after = reconstruct(meta, crops, Budget("test", steps=60), batch=2)
    assert after < 0.6 * before
    targets = torch.ones(2, 1920)
    first: dict[str, float] = {}
    for steps in (1, 25):
        options = MetaOptions(steps=steps, styles=2, warmup_steps=1)
        losses = train_meta(
            meta, network, crops, meta.standardise(features), targets, options, lambda: None
        )
        first = first or losses
    assert losses["loss"] < first["loss"]


def test_identity_leaves_the_shared_layers_alone(shards: Path) -> None:
    torch.manual_seed(0)
    meta = MetaNetwork(SMALL)
    crops = Crops(read_pictures([shards / "content-0.tar"], 272), 64, 0)
    flat = fit_identity(meta, crops, Budget("test", steps=3), batch=2)
    base = meta.flat(torch.zeros(1, 1920))[0]
    shared = sum(p.size for p in SMALL.spec.parameters() if p.layer in SMALL.shared)
    assert torch.equal(flat[:shared], base[:shared])
    assert not torch.equal(flat[shared:], base[shared:])


def test_ctrl_c_ends_a_stage_and_keeps_what_it_has() -> None:
    budget = Budget("test", minutes=5)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    for _ in budget:
        time.sleep(0.01)
    assert budget.interrupted
    assert time.monotonic() - start < 5.0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_budgets_and_configurations_are_checked(
    shards: Path, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in ({}, {"steps": 0}, {"minutes": -1.0}, {"steps": 1, "minutes": 1.0}):
        with pytest.raises(OptionError):
            Budget("test", **wrong)
    arguments = ["train", "meta", "--run", str(run_folder), "--steps", "1"]
    contents = ["--contents", str(shards / "content-0.tar")]
    assert main([*arguments, *contents, "--config", "huge"]) == 2
    assert "tiny-dim8" in capsys.readouterr().err
    release = ["train", "release", "--run", str(run_folder), "--output", "x", "--note", "oops"]
    assert main(release) == 2
    assert load_features(run_folder / "encoded.safetensors").shape == (8, 1920)
