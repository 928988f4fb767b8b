"""Films read, painted and written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")

from tests.runtime.video.clips import (
    BASE,
    STEP,
    UInt8Array,
    frames_of,
    moving_square,
    sound_of,
    write_clip,
    write_sound,
)
from tinystyle.errors import MissingExtraError, OutputError, PictureError, TinystyleError
from tinystyle.runtime.video.film import Colour, Film
from tinystyle.runtime.video.painting import Paint
from tinystyle.runtime.video.pipeline import PaintedFilm
from tinystyle.runtime.video.pipeline import paint_film as paint_prepared
from tinystyle.runtime.video.reader import VideoReader
from tinystyle.runtime.video.writer import VideoWriter


def paint_film(
    source: Path, output: Path, paint: Paint, at_a_time: int = 2, **options: Any
) -> PaintedFilm:
    return paint_prepared(source, output, lambda _film: (paint, at_a_time), **options)


def same(rgb: UInt8Array) -> UInt8Array:
    return rgb


def inverted(rgb: UInt8Array) -> UInt8Array:
    return np.asarray(255 - rgb, np.uint8)


def test_frames_are_painted_and_the_sound_is_copied(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", moving_square(20), sound="aac")
    found = paint_film(source, tmp_path / "out.mp4", inverted)
    assert (found.frames, found.sounds) == (20, 1)
    before, after = frames_of(source), frames_of(tmp_path / "out.mp4")
    assert len(after) == 20
    assert [time for time, _ in after] == [time for time, _ in before]
    for (_, film), (_, painted) in zip(before, after, strict=True):
        assert np.abs(255 - film.astype(int) - painted).mean() < 4
    assert sound_of(tmp_path / "out.mp4") == sound_of(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov", "out.webm"])
def test_times_that_vary_are_kept(name: str, tmp_path: Path) -> None:
    times = [0, 512, 600, 2048, 2049 + 512, 9000]
    source = write_clip(tmp_path / "in.mp4", moving_square(6), times=times)
    paint_film(source, tmp_path / name, same)
    seconds = [float(time) for time, _ in frames_of(tmp_path / name)]
    assert seconds == pytest.approx([float(time * BASE) for time in times], abs=0.001)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_films_are_painted_upright(turned: int, tmp_path: Path) -> None:
    frames = moving_square(3)
    source = write_clip(tmp_path / "in.mp4", frames, turned=turned)
    paint_film(source, tmp_path / "out.mp4", same)
    with av.open(str(tmp_path / "out.mp4")) as container:
        made = list(container.decode(video=0))
    assert all(frame.rotation == 0 for frame in made)
    upright = np.rot90(frames[0], turned // 90)  # FFmpeg's angles, too, are counter-clockwise
    assert made[0].to_ndarray(format="rgb24").shape == upright.shape
    assert np.abs(made[0].to_ndarray(format="rgb24").astype(int) - upright).mean() < 6


WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}
"""Of red and blue in luma: BT.709, BT.601."""
COLOURS = [(200, 40, 60), (30, 180, 90), (20, 60, 210), (128, 128, 128), (250, 240, 30)]


def to_ycc(rgb: tuple[int, int, int], matrix: int, full: bool) -> tuple[int, ...]:
    """ITU-R BT.601 and BT.709, by their formulas."""
    red, blue = WEIGHTS[matrix]
    r, g, b = (value / 255 for value in rgb)
    luma = red * r + (1 - red - blue) * g + blue * b
    parts = (luma, (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red))
    scales, starts = ((255, 255, 255), (0, 128, 128)) if full else ((219, 224, 224), (16, 128, 128))
    return tuple(
        int(np.clip(round(part * scale + start), 0, 255))
        for part, scale, start in zip(parts, scales, starts, strict=True)
    )


def to_rgb(ycc: tuple[float, float, float], matrix: int) -> tuple[float, ...]:
    """From limited range."""
    red, blue = WEIGHTS[matrix]
    luma = (ycc[0] - 16) / 219
    b = luma + (ycc[1] - 128) / 224 * (2 - 2 * blue)
    r = luma + (ycc[2] - 128) / 224 * (2 - 2 * red)
    return tuple(255 * v for v in (r, (luma - red * r - blue * b) / (1 - red - blue), b))


@pytest.mark.parametrize("matrix", [1, 6])
@pytest.mark.parametrize("full", [False, True])
def test_flat_colours_come_back(matrix: int, full: bool, tmp_path: Path) -> None:
    source, seen = tmp_path / "in.mkv", []
    with av.open(str(source), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 2 if full else 1
        for colour in COLOURS:
            picture: Any = av.VideoFrame(64, 64, "yuv420p")
            for plane, value in zip(picture.planes, to_ycc(colour, matrix, full), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            picture.colorspace, picture.color_range = matrix, 2 if full else 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))

    def paint(rgb: UInt8Array) -> UInt8Array:
        seen.append(rgb[32, 32])
        return rgb

    paint_film(source, tmp_path / "out.mp4", paint)
    assert np.abs(np.array(seen, int) - COLOURS).max() <= 2
    with av.open(str(tmp_path / "out.mp4")) as made:
        frames: list[Any] = list(made.decode(video=0))
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert (int(frame.colorspace), int(frame.color_range)) == (matrix, 1)
        y, cb, cr = (float(bytes(p)[p.line_size * 9 + 9]) for p in frame.planes)
        assert np.abs(np.array(to_rgb((y, cb, cr), matrix)) - colour).max() <= 2


def test_a_film_that_does_not_say_its_matrix_is_taken_as_players_do() -> None:
    class Stream:
        colorspace, color_primaries, color_trc, height = 2, 2, 2, 720

    high = Colour.of(Stream())
    Stream.height = 576
    assert (high.matrix, Colour.of(Stream()).matrix) == (1, 6)
    assert Colour(9, 9, 16).written == Colour(1, 9, 16)
    assert Colour(9, 9, 16).is_hdr and not high.is_hdr


def test_odd_sides_lose_a_row_and_a_column(tmp_path: Path) -> None:
    frames = [frame[:65, :79] for frame in moving_square(3, 66)]
    source = write_clip(tmp_path / "in.mp4", frames)
    found = paint_film(source, tmp_path / "out.mp4", same)
    assert (found.film.height, found.film.width) == (65, 79)
    assert (found.height, found.width) == (64, 78)
    assert frames_of(tmp_path / "out.mp4")[0][1].shape == (64, 78, 3)


def test_larger_frames_are_shrunk(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", moving_square(3), turned=90)
    found = paint_film(source, tmp_path / "out.mp4", same, max_size=40)
    assert (found.height, found.width) == (40, 32)


def _cut_off(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


NOISE = [np.random.default_rng(i).integers(0, 256, (64, 80, 3), np.uint8) for i in range(60)]


def _bad(kind: str, folder: Path) -> Path:
    match kind:
        case "index at the end":
            return _cut_off(write_clip(folder / "in.mp4", NOISE), 0.5)
        case "index in front":
            whole = write_clip(folder / "in.mp4", NOISE, muxer={"movflags": "+faststart"})
            return _cut_off(whole, 0.5)
        case "matroska":
            return _cut_off(write_clip(folder / "in.mkv", NOISE), 0.3)
        case "sound alone":
            return write_sound(folder / "in.mp4")
        case "unknown codec":
            path = write_clip(folder / "in.mp4", NOISE)
            path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
            return path
        case "text":
            path = folder / "in.mp4"
            path.write_text("no film " * 100)
            return path
        case "empty":
            (folder / "in.mp4").touch()
        case "folder":
            (folder / "in.mp4").mkdir()
    return folder / "in.mp4"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("index at the end", "cut off"),
        ("index in front", "is cut off: its frames end at byte"),
        ("matroska", "cut off"),
        ("sound alone", "holds no moving picture; there is audio in it"),
        ("unknown codec", "coded in a way that this FFmpeg does not know"),
        ("text", "not a film that can be read"),
        ("empty", "not a film that can be read"),
        ("folder", "is a folder"),
        ("absent", "no such file"),
    ],
)
def test_what_is_no_whole_film_is_refused(kind: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    source = _bad(kind, tmp_path)
    with pytest.raises(PictureError, match=words):
        paint_film(source, tmp_path / "out" / "out.mp4", same)
    assert not list((tmp_path / "out").iterdir())


def test_sound_that_does_not_fit_the_file_is_told(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", moving_square(3), sound="aac")
    with pytest.raises(OutputError, match=r"cannot hold the film's sound \(aac\).*\.mkv"):
        paint_film(source, tmp_path / "out.webm", same)
    paint_film(source, tmp_path / "out.mkv", same)
    assert [data for _, data in sound_of(tmp_path / "out.mkv")] == [
        data for _, data in sound_of(source)
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mkv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, TinystyleError])
def test_an_interruption_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", moving_square(30), sound="aac")
    (tmp_path / "out.mp4").write_text("of yesterday")
    painted = 0

    def paint(rgb: UInt8Array) -> UInt8Array:
        nonlocal painted
        painted += 1
        if painted == 9:
            raise error("now")
        return rgb

    with pytest.raises(error):
        paint_film(source, tmp_path / "out.mp4", paint)
    assert (tmp_path / "out.mp4").read_text() == "of yesterday"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", NOISE)
    code = f"""
import resource, signal
from pathlib import Path
from tinystyle.errors import OutputError
from tinystyle.runtime.video.pipeline import paint_film
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
output = Path({str(tmp_path / "out.mp4")!r})
try:
    paint_film(Path({str(source)!r}), output, lambda film: (lambda rgb: rgb, 2))
except OutputError as error:
    print("told:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith(f"told: {tmp_path / 'out.mp4'}: cannot be written (")
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_without_pyav_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match="video"):
        paint_film(tmp_path / "in.mp4", tmp_path / "out.mp4", same)


def test_a_folder_that_cannot_be_written_is_told_before_painting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    film = Film(64, 64, Fraction(25), BASE, None, Colour(1, 1, 1), Fraction(1))
    with pytest.raises(OutputError, match="is a file; needed is a folder"):
        VideoWriter(tmp_path / "file" / "out.mp4", film)
    with pytest.raises(OutputError, match="at least 2 px"):
        VideoWriter(tmp_path / "out.mp4", replace(film, height=1))


def test_equal_times_are_told_apart(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", moving_square(3), times=[0, 1, 2 * STEP])
    with VideoReader(source) as reader:
        times = [item.time for item in reader.items()]
    assert times == [0, 1, 80]  # a thousandth of a second is what Matroska counts in
