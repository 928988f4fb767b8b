"""Unsteadiness of paintings whose unsteadiness is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av")

from tests.runtime.video.clips import moving_square, write_clip
from tinystyle.benchmarks.experiments.video.clips import clip_frames, moved_frames, peer_frames
from tinystyle.benchmarks.experiments.video.flicker import JudgedFilm
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array, resize

SCENE = landscape(160)


def unsteadiness(painted: list[UInt8Array], film: list[UInt8Array]) -> float:
    return JudgedFilm(film).unsteadiness(painted)["pixels"]


def _film() -> list[UInt8Array]:
    return [np.ascontiguousarray(SCENE[:96, 2 * step : 2 * step + 96]) for step in range(6)]


def test_a_painting_that_changes_as_the_film_does_is_steady() -> None:
    film = _film()
    assert unsteadiness([frame // 2 + 40 for frame in film], film) == pytest.approx(0.5, abs=0.03)
    assert unsteadiness(film, film) == 0.0
    # Twice the contrast adds the film's change once more; still frames do not count.
    assert unsteadiness([255 - frame for frame in film], film) == pytest.approx(2.0)
    assert np.isnan(unsteadiness(film[:1] * 3, film[:1] * 3))


def test_steadying_is_measured_beside_it() -> None:
    random = np.random.default_rng(0)

    def flicker(frame: UInt8Array) -> UInt8Array:
        noisy = frame + random.integers(-40, 41, frame.shape)
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)

    still = [_film()[0] + np.uint8(step % 2) for step in range(6)]
    found = JudgedFilm(still).measure(flicker)
    assert found.steady["pixels"] < 0.8 * found.plain["pixels"]
    assert found.cuts == 0


def test_peers_need_a_picture_a_frame(tmp_path: Path) -> None:
    film = _film()
    for index, frame in enumerate(film):
        Image.fromarray(resize(frame, 48, 48)).save(tmp_path / f"{index:03}.png")
    assert [frame.shape for frame in peer_frames(tmp_path, film)] == [(96, 96, 3)] * 6
    assert unsteadiness(peer_frames(tmp_path, film), film) < 0.7
    with pytest.raises(OptionError, match="6 pictures of 7 frames"):
        peer_frames(tmp_path, [*film, film[0]])


def test_frames_of_a_clip(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square(6))
    assert [f.shape for f in clip_frames(clip, 4, 40)] == [(32, 40, 3)] * 4
    with pytest.raises(OptionError, match="1 frames; needed are two"):
        clip_frames(write_clip(tmp_path / "one.mp4", moving_square(1)), 4)


def test_other_views_are_judged_beside_pixels() -> None:
    film = _film()
    views = {
        "brightness": lambda rgb: rgb.astype(np.float32).mean(axis=2),
        "even": lambda rgb: np.zeros(3, np.float32),
    }
    painted = [frame[..., [1, 2, 0]] for frame in film]  # other colours, the same brightness
    found = JudgedFilm(film, views).unsteadiness(painted)
    assert found["brightness"] < 1e-6
    assert found["pixels"] > 0.05
    assert np.isnan(found["even"])  # nothing of the film changes there


def test_features_are_those_of_vgg() -> None:
    torch = pytest.importorskip("torch")
    from tinystyle.benchmarks.experiments.video.features import features_of
    from tinystyle.pictures.images import to_batch
    from tinystyle.training.perceptual.vgg import VGG16, PerceptualNetwork

    torch.manual_seed(0)
    network = PerceptualNetwork(VGG16)
    see = features_of(network, "relu2_2")
    wanted = network(torch.from_numpy(to_batch(SCENE)), ("relu2_2",))["relu2_2"][0]
    assert np.array_equal(see(SCENE), wanted.numpy())
    found = JudgedFilm(_film(), {"features": see}).unsteadiness(_film())
    assert found == {"pixels": 0.0, "features": 0.0}


def test_a_moved_photograph_moves_as_told() -> None:
    frames = moved_frames(SCENE, 20, 120)
    assert {frame.shape for frame in frames} == {(120, 120, 3)}
    assert np.array_equal(frames[0], SCENE[:120, :120])
    # Two frames later: 2 px down, 3 px right, 0.6 % larger.
    far = np.abs(frames[2][:60, :60].astype(int) - frames[0][:60, :60]).mean()
    near = np.abs(frames[2][:60, :60].astype(int) - frames[0][2:62, 3:63]).mean()
    assert near < 0.5 * far
    for count in (1, 28):
        with pytest.raises(OptionError, match="allowed are 2 to 27"):
            moved_frames(SCENE, count, 120)
