"""Training from streams of tar shards: continued exactly, by one process and by two hosts."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from safetensors.torch import load_file
from torch import Tensor

from tests.training.loop.interruption import interrupted_in_step
from tinystyle.cli import main
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shards of artworks, four of photographs, and a small hypernetwork to start from."""
    folder = tmp_path_factory.mktemp("prepared")
    torch.manual_seed(0)
    spec = NetSpec(Architecture.TINY, 4, residual_blocks=1)
    config = MetaConfig(spec, group_size=8, features=StyleEncoder().features)
    StyleHypernetwork(config).save(folder / "start.safetensors")
    drawn = [draw(96) for draw in ARTWORKS.values()]
    for kind in ("style", "content"):
        for shard in range(4):
            with tarfile.open(folder / f"{kind}-{shard}.tar", "w") as archive:
                for k in range(5):
                    rgb = drawn[(k + shard) % 4] if kind == "style" else landscape(96)
                    stream = io.BytesIO()
                    Image.fromarray(np.roll(rgb, 9 * k + shard, axis=1)).save(stream, "PNG")
                    entry = tarfile.TarInfo(f"{kind}-{shard}-{k}.png")
                    entry.size = stream.tell()
                    stream.seek(0)
                    archive.addfile(entry, stream)
    return folder


def _arguments(prepared: Path, folder: Path, *more: str) -> list[str]:
    return [
        *("train", "hypernetwork", "--folder", str(folder)),
        *("--init", str(prepared / "start.safetensors"), "--stream", "3", "--threads", "1"),
        *("--styles", str(prepared / "style-*.tar")),
        *("--contents", str(prepared / "content-*.tar")),
        *("--crop", "64", "--batch-styles", "1", "--pool", "4", "--uses", "2"),
        *("--formulas", "0.4", "--seed", "5", *more),
    ]


def _checkpoint(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / "hypernetwork-checkpoint.safetensors")


def _same(one: Path, other: Path) -> None:
    found, expected = _checkpoint(one), _checkpoint(other)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_two_halves_are_the_whole(prepared: Path, tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    more = ("--steps", "6", "--held-out", "2", "--motion-weight", "1")
    assert main(_arguments(prepared, whole, *more)) == 0
    with interrupted_in_step(3):  # the fourth
        assert main(_arguments(prepared, halves, *more)) == 0
    before = _checkpoint(halves)
    assert before["state.photographs.next"] >= 4 and before["state.artworks.next"] >= 1
    weights = "model.meta.fc.weight"
    assert not torch.equal(before[weights], _checkpoint(whole)[weights])
    assert main([*_arguments(prepared, halves, *more), "--resume"]) == 0
    _same(halves, whole)
    assert (halves / "artworks-shards.safetensors").is_file()


def test_what_was_streamed_is_not_continued_otherwise(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(prepared, tmp_path, "--steps", "1")
    assert main(arguments) == 0
    for stream, code, words in (
        ("4", 2, "stream=3, not 4"),
        ("0", 5, "pictures are streamed in one of them"),
        ("-1", 2, "stream is -1"),
    ):
        changed = [stream if given == "3" else given for given in arguments]
        assert main([*changed, "--resume"]) == code
        assert words in capsys.readouterr().err


def _host(number: int, port: int, arguments: list[str]) -> subprocess.Popen[str]:
    """A host of two, with one process of its own."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2"]
    command += ["--nproc-per-node", "1", "--node-rank", str(number)]
    command += ["--master-addr", "127.0.0.1", "--master-port", str(port)]
    return subprocess.Popen(
        [*command, "-m", "tinystyle", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        stderr=subprocess.PIPE,
        text=True,
    )


def _run_on_two(arguments: list[str], stop_after: Path | None = None) -> None:
    """To the end, or until a file is there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hosts = [_host(number, port, arguments) for number in range(2)]
    if stop_after is not None:
        until = time.monotonic() + 200
        while not stop_after.is_file() and time.monotonic() < until:
            time.sleep(0.1)
        hosts[0].terminate()
    told = [host.communicate(timeout=250)[1] for host in hosts]
    assert stop_after is not None or [host.returncode for host in hosts] == [0, 0], told


@pytest.mark.slow
def test_two_hosts_stream_shards_of_their_own_and_continue_exactly(
    prepared: Path, tmp_path: Path
) -> None:
    """Both on this machine, started as on two: a network between machines is not tested."""
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    _run_on_two(_arguments(prepared, whole, "--steps", "40"))
    log = halves / "hypernetwork-log.csv"
    more = ("--steps", "40", "--log-steps", "1")
    _run_on_two(_arguments(prepared, halves, *more), stop_after=log)
    _run_on_two([*_arguments(prepared, halves, *more), "--resume"])
    steps = [line.partition(",")[0] for line in log.read_text().splitlines()[1:]]
    assert steps == [str(step) for step in range(1, 41)]
    _same(halves, whole)
