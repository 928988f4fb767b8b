"""``tinystyle finetune`` and the steps of ``export-net``, as a person uses them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from torch import Tensor

from tinystyle.cli import main
from tinystyle.commands.export.command import main as export_net
from tinystyle.network.manifest import Kind
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.session import open_session, read_manifest, read_model
from tinystyle.training.data.in_memory import PhotographSampler
from tinystyle.weights import ARCHITECTURE

SMALL = ["--crop", "64"]


def _manifest(path: Path) -> tuple[Architecture, dict[str, str]]:
    session = open_session(read_model(path), str(path))
    found = read_manifest(session, Kind.NETWORK, str(path))
    return found.spec.architecture, dict(found.notes)


def test_adapt_writes_a_network_and_a_preview(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, preview = tmp_path / "art.onnx", tmp_path / "art.png"
    arguments = ["finetune", "--style", str(styles[0]), "--steps", "3", *SMALL, "-o", str(model)]
    arguments += ["--method", "metastyle"]
    assert main([*arguments, "--preview", str(preview)]) == 0
    said = capsys.readouterr()
    assert "best after" in said.err
    assert str(model) in said.out
    form, notes = _manifest(model)
    assert form is ARCHITECTURE
    assert notes["method"] == "metastyle"
    assert len(notes["style_sha256"]) == 64
    with Image.open(preview) as image:
        assert image.size == (384, 384)
    assert main(["stylize", str(model), str(styles[1]), "-o", str(tmp_path / "p.png")]) == 0


def test_a_step_has_as_many_photographs_as_asked_for(
    styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = PhotographSampler.__call__

    def counted(photographs: PhotographSampler, count: int) -> Tensor:
        drawn.append(count)
        return draw(photographs, count)

    monkeypatch.setattr(PhotographSampler, "__call__", counted)
    command = ["finetune", "--style", str(styles[0]), "--steps", "1", *SMALL]
    command += ["--method", "metastyle", "-o", str(tmp_path / "art.safetensors")]
    for given, count in (([], 4), (["--finetune-batch", "3"], 3)):
        drawn.clear()
        assert main([*command, *given]) == 0
        assert drawn == [4, count]  # 4 are kept apart


def test_no_steps_give_the_generated_network(styles: list[Path], tmp_path: Path) -> None:
    made, generated = tmp_path / "made.safetensors", tmp_path / "generated.safetensors"
    assert main(["finetune", "--style", str(styles[0]), "--steps", "0", "-o", str(made)]) == 0
    assert (
        export_net(["--style", str(styles[0]), "--format", "safetensors", "-o", str(generated)])
        == 0
    )
    assert np.array_equal(StyleNet.load(made).flat(), StyleNet.load(generated).flat())


def test_adapt_uses_own_photographs_and_writes_weights(
    styles: list[Path], photograph: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "art.safetensors"
    arguments = ["finetune", "--style", str(styles[2]), "--content", str(photograph.parent)]
    arguments += ["--steps", "2", *SMALL, "-o", str(weights)]
    assert main(arguments) == 0
    net = StyleNet.load(weights)
    assert net.spec.architecture is ARCHITECTURE
    assert net.notes["photographs"] == photograph.parent.name


def test_export_net_polishes_mixes_and_softens(styles: list[Path], tmp_path: Path) -> None:
    plain, polished = tmp_path / "plain.onnx", tmp_path / "polished.onnx"
    style = ["--style", str(styles[0])]
    assert export_net([*style, "-o", str(plain)]) == 0
    fitted = [*SMALL, "--steps", "2", "--learning-rate", "0.01"]
    assert export_net([*style, *fitted, "-o", str(polished)]) == 0
    assert _manifest(plain)[0] is _manifest(polished)[0] is ARCHITECTURE
    assert _manifest(polished)[1]["method"] == "hypernetwork"
    soft = tmp_path / "soft.onnx"
    mixture = ["--mix", f"{styles[1]}:0.4", "--strength", "0.5"]
    meta = ["--method", "metastyle", *fitted, *mixture, "-o", str(soft)]
    assert export_net([*style, *meta]) == 0
    made, notes = _manifest(soft)
    assert made is ARCHITECTURE
    assert notes["strength"] == "0.5" and ":0.4" in notes["mix"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--steps", "0", "--method", "metastyle"], 2, "steps is 0"),
        (["--objective", "art"], 2, "objective is 'art'; allowed are artwork, moments"),
        (["--content-weight", "-1"], 2, "content weight is -1; allowed are 0 to 100"),
        (["--steps", "-5"], 2, "steps is -5"),
        (["--method", "gatys"], 2, "allowed are hypernetwork, metastyle"),
        (["--content", "none"], 2, "no such folder of photographs"),
        (["--content", "empty"], 4, "no picture"),
        (["--perceptual", "vgg99"], 2, "neither 'compact', 'vgg16' nor a file"),
        (["--crop", "100"], 2, "crop is 100; allowed are multiples of 16 from 64 to 1024"),
        (["--finetune-batch", "0"], 2, "batch is 0; allowed are 1 to 256"),
        (["--learning-rate", "-1"], 2, "learning rate is -1"),
        (["--learning-rate", "nan"], 2, "learning rate is nan; allowed is above 0, up to 1"),
        (
            ["--finetune-precision", "fp16"],
            2,
            "finetune precision is 'fp16'; allowed is auto, fp32, bf16",
        ),
        (["--seed", "-1"], 2, "seed is -1"),
        (["--seed", "1" + 30 * "0"], 2, "allowed are 0 to 9223372036854775807"),
        (["--style-size", "1"], 2, "style size is 1; allowed are 64 to 1024"),
        (["--style", "missing.jpg"], 4, "missing.jpg: no such file"),
        (["--device", "abacus"], 2, "device is 'abacus'"),
        (["--output", "art.txt"], 2, "the ending must be one of .onnx, .safetensors"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    arguments: list[str],
    code: int,
    words: str,
    styles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(["finetune", "--style", str(styles[0]), *arguments]) == code
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


def test_a_flat_style_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.full((80, 80, 3), 90, np.uint8)).save(tmp_path / "flat.png")
    command = ["finetune", "--style", str(tmp_path / "flat.png"), "--steps", "1", *SMALL]
    assert main([*command, "-o", str(tmp_path / "flat.onnx")]) == 4
    assert "one flat colour" in capsys.readouterr().err
    assert not (tmp_path / "flat.onnx").exists()


_INTERRUPTED = """\
import os, signal, sys, torch
from tinystyle.cli import main

step, taken = torch.optim.Adam.step, []

def interrupted(*args, **options):
    taken.append(1)
    if len(taken) == 3:
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does
    return step(*args, **options)

torch.optim.Adam.step = interrupted
raise SystemExit(main(sys.argv[1:]))
"""


def test_ctrl_c_keeps_the_best_so_far(styles: list[Path], tmp_path: Path) -> None:
    command = [sys.executable, "-c", _INTERRUPTED, "finetune", "--style", str(styles[0]), *SMALL]
    command += ["--steps", "100000", "-o", str(tmp_path / "art.onnx")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "interrupted after 3 steps; the best weights so far were kept" in ended.stderr
    assert _manifest(tmp_path / "art.onnx")[1]["method"] == "hypernetwork"


@pytest.mark.slow
def test_the_experiments_of_metastyle(
    vgg_file: Path, styles: list[Path], photograph: Path, tmp_path: Path
) -> None:
    pictures = ["--style", str(styles[0]), "--content", str(photograph)]
    judged = [*pictures, "--perceptual", str(vgg_file), "--size", "64", "-o", str(tmp_path)]
    adaptation = ["experiment", "adaptation", *judged, "--steps", "2", "--crop", "64"]
    assert main([*adaptation, "--look-steps", "1"]) == 0
    found = json.loads((tmp_path / "adaptation.json").read_text())
    assert list(found["mean_loss"]) == ["hypernetwork", "metastyle", "scratch"]
    assert all(course["steps"] == [0, 1, 2] for course in found["courses"])
    assert main(["experiment", "starts", *judged, "--steps", "2", "--pairs", "1"]) == 0
    curves = json.loads((tmp_path / "starts.json").read_text())
    assert [len(line) for line in curves.values()] == [3, 3]
    ranking = ["experiment", "ranking", *judged, "--steps", "2", "--threads", "1"]
    assert main(ranking) == 0
    ranks = json.loads((tmp_path / "ranking.json").read_text())
    assert ranks["pictures"] == 10
    assert all(-1.0 <= value <= 1.0 for value in ranks["spearman"].values())
    walk = ["experiment", "interpolation", "--method", "metastyle", "--adapt-steps", "1"]
    assert main([*walk, "--steps", "2", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "interpolation.png").exists()


def test_steadiness_is_of_networks(styles: list[Path], tmp_path: Path) -> None:
    model = tmp_path / "art.onnx"
    assert export_net(["--style", str(styles[0]), "-o", str(model)]) == 0
    assert main(["experiment", "video", "--model", str(model), "-o", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "video.json").read_text())["art.onnx"]
    assert 0.0 < found["flicker"] < found["flicker_noisy"]
    assert main(["experiment", "video", "-o", str(tmp_path)]) == 2


def test_former_names_are_taken_with_a_word(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["adapt", "--style", str(styles[0]), "--steps", "1", "--crop", "64"]
    arguments += ["--fit-batch", "2"]
    assert main([*arguments, "-o", str(tmp_path / "net.safetensors")]) == 0
    said = capsys.readouterr().err
    assert "tinystyle adapt is called tinystyle finetune now" in said
    assert "--fit-batch is called --finetune-batch now" in said
    assert StyleNet.load(tmp_path / "net.safetensors").notes["method"] == "hypernetwork"
    with pytest.raises(SystemExit):
        main(["--help"])
    assert " adapt " not in capsys.readouterr().out
