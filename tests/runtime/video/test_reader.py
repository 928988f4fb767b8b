"""Films in colours of HDR, in other pixels, laid on their sides; and interrupted from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")

from tests.conftest import random_net
from tests.runtime.video.clips import UInt8Array, add_tone, moving_square, write_clip
from tinystyle.errors import PictureError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.video.film import Frame
from tinystyle.runtime.video.pipeline import paint_film
from tinystyle.runtime.video.reader import VideoReader, _upright

BT2020, PQ = 9, 16
COLOURS = [(200, 40, 60), (30, 180, 90), (20, 60, 210), (128, 128, 128), (250, 240, 30)]


def _ten_bits(rgb: tuple[int, int, int]) -> list[int]:
    """Y, Cb and Cr of ITU-R BT.2020 in limited range, by its formulas."""
    red, blue = 0.2627, 0.0593
    r, g, b = (value / 255 for value in rgb)
    luma = red * r + (1 - red - blue) * g + blue * b
    parts = (luma, (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red))
    scales, starts = (876, 896, 896), (64, 512, 512)
    return [round(p * s + a) for p, s, a in zip(parts, scales, starts, strict=True)]


def _hdr(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p10le"
        coder = stream.codec_context
        coder.colorspace, coder.color_range = BT2020, 1
        coder.color_primaries, coder.color_trc = BT2020, PQ
        for colour in COLOURS:
            picture: Any = av.VideoFrame(64, 64, "yuv420p10le")
            for plane, value in zip(picture.planes, _ten_bits(colour), strict=True):
                plane.update(value.to_bytes(2, "little") * (plane.buffer_size // 2))
            picture.colorspace, picture.color_range = BT2020, 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def test_colours_of_hdr_are_read_by_their_matrix_and_marked(tmp_path: Path) -> None:
    source, seen = _hdr(tmp_path / "in.mkv"), []

    def paint(rgb: UInt8Array) -> UInt8Array:
        seen.append(tuple(rgb[32, 32].tolist()))
        return rgb

    found = paint_film(source, tmp_path / "out.mp4", lambda _: (paint, 1))
    assert found.film.colour.is_hdr
    assert np.abs(np.array(seen) - COLOURS).max() <= 2
    with av.open(str(tmp_path / "out.mp4")) as container:
        coder: Any = container.streams.video[0].codec_context
        frame: Any = next(container.decode(video=0))
    # BT.709's matrix, which players know; what the numbers mean on a screen stays.
    assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
    assert (int(coder.color_primaries), int(coder.color_trc)) == (BT2020, PQ)


@pytest.mark.parametrize(
    ("pixels", "codec"), [("yuv444p", "libx264"), ("yuv422p", "mpeg2video"), ("rgb24", "png")]
)
def test_other_pixels_are_read(pixels: str, codec: str, tmp_path: Path) -> None:
    frames = moving_square(2)
    with av.open(str(tmp_path / "in.mov"), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 64, pixels
        for index, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    with VideoReader(tmp_path / "in.mov") as reader:
        seen = [item.rgb for item in reader.items() if isinstance(item, Frame)]
    assert len(seen) == 2
    for rgb, frame in zip(seen, frames, strict=True):
        assert np.abs(rgb.astype(int) - frame).mean() < (0.5 if pixels == "rgb24" else 5)


def test_a_cover_is_no_film(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "music.mp4"), "w") as container:
        cover: Any = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 80, 64, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic.value
        track: Any = container.add_stream("aac", rate=48000)
        track.layout = "mono"
        frame = av.VideoFrame.from_ndarray(moving_square(1)[0], format="rgb24")
        container.mux(cover.encode(frame))
        container.mux(cover.encode(None))
        add_tone(container, track, 24000)
    with pytest.raises(PictureError, match="holds no moving picture; there is audio, video in it"):
        VideoReader(tmp_path / "music.mp4")


@pytest.mark.parametrize("columns", [(1, 0), (-1, 0), (0, 1), (0, -1)], ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_all_eight_ways_to_lay_a_picture(columns: tuple[int, int], sign: int) -> None:
    a, b = columns
    c, d = (0, sign) if a else (sign, 0)
    picture = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    shown = _upright(picture, (a << 16, b << 16, c << 16, d << 16))
    where = {(a * x + c * y, b * x + d * y): (y, x) for y in range(4) for x in range(5)}
    left, top = min(x for x, _ in where), min(y for _, y in where)
    for (x, y), (row, column) in where.items():
        assert np.array_equal(shown[:, y - top, x - left], picture[:, row, column])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_leaves_an_older_file_and_no_other(tmp_path: Path) -> None:
    write_clip(tmp_path / "in.mp4", moving_square(60, 240, 320) * 20, sound="aac")
    (tmp_path / "net.onnx").write_bytes(to_onnx(random_net()).SerializeToString())
    (tmp_path / "out.mp4").write_text("of yesterday")
    line = [sys.executable, "-m", "tinystyle", "stylize", "net.onnx", "in.mp4", "-o", "out.mp4"]
    process = subprocess.Popen(
        line, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    for _ in range(1200):
        if list(tmp_path.glob(".out.*")):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert (tmp_path / "out.mp4").read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "net.onnx", "out.mp4"]
