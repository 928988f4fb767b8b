"""Networks with regions in the app's session code, by masks that are picked as pictures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.android.conftest import COMMANDS, ORT_COMMANDS, Jvm, byte_model, load, save
from tests.network.painted_regions import joined
from tests.network.region_nets import bands, region_net
from tinystyle.network.ops import RegionKernel
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array
from tinystyle.pictures.masks import resize_labels
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

PHOTOGRAPH = landscape(160)[:120]
SIZE = (120, 160)


def _grey(values: UInt8Array) -> UInt8Array:
    return np.repeat(values[..., None], 3, axis=-1)


def _halves(height: int, width: int) -> UInt8Array:
    labels: UInt8Array = bands(height, width, 0, 1)[0, 0]
    return labels


@pytest.mark.parametrize(
    "net",
    [joined(1, None), joined(1, 2), region_net(2, RegionKernel.PATCHES)],
    ids=["keep", "two", "semantic"],
)
def test_photos_are_painted_as_by_python(jvm: Jvm, tmp_path: Path, net: StyleNet) -> None:
    model = byte_model(net)
    (tmp_path / "m.onnx").write_bytes(model)
    save(tmp_path / "in", PHOTOGRAPH)
    save(tmp_path / "mask", _grey(255 * _halves(60, 80)))
    line = f"photo {tmp_path / 'm.onnx'} fine 1000000 120 160 {tmp_path / 'in'}"
    lines = [
        f"{line} {tmp_path / 'first'}",
        f"{line} {tmp_path / 'over'} {tmp_path / 'mask'} 60 80",
    ]
    said = jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"])
    assert said == ["WHOLE 1 regions", "WHOLE 1 regions", "handles 0"]
    painter = Stylizer.from_bytes(model, "model", SessionOptions(threads=2))
    for name, labels in (("first", bands(*SIZE, 0)), ("over", bands(*SIZE, 0, 1))):
        wanted = painter.run_bytes(PHOTOGRAPH[None], mask=labels)[0]
        assert np.array_equal(load(tmp_path / name, PHOTOGRAPH.shape), wanted)
    changed = load(tmp_path / "first", PHOTOGRAPH.shape) != load(
        tmp_path / "over", PHOTOGRAPH.shape
    )
    assert changed.any()


def test_large_photos_are_painted_by_the_same_mask(jvm: Jvm, tmp_path: Path) -> None:
    """Painted smaller, then enlarged: what is kept is the photograph, but for its sharpness."""
    photograph = np.ascontiguousarray(landscape(431)[:350])
    (tmp_path / "m.onnx").write_bytes(byte_model(joined(1, None)))
    save(tmp_path / "in", photograph)
    save(tmp_path / "mask", _grey(_halves(350, 431)))
    words = f"65536 350 431 {tmp_path / 'in'} {tmp_path / 'out'} {tmp_path / 'mask'} 350 431"
    line = f"photo {tmp_path / 'm.onnx'} fine {words}"
    assert jvm.script(ORT_COMMANDS, tmp_path, [line]) == ["SCALED 1 regions"]
    off = np.abs(load(tmp_path / "out", photograph.shape).astype(int) - photograph)
    assert off[:, 231:].mean() < 5 < off[:, :200].mean()


def test_a_mask_of_another_ratio_is_refused_and_other_networks_need_none(
    jvm: Jvm, tmp_path: Path
) -> None:
    (tmp_path / "m.onnx").write_bytes(byte_model(joined(1, None)))
    (tmp_path / "plain.onnx").write_bytes(byte_model())
    save(tmp_path / "in", PHOTOGRAPH)
    save(tmp_path / "square", _grey(_halves(64, 64)))
    save(tmp_path / "mask", _grey(_halves(*SIZE)))
    rest = f"fine 1000000 120 160 {tmp_path / 'in'} {tmp_path / 'out'}"
    lines = [
        f"photo {tmp_path / 'm.onnx'} {rest} {tmp_path / 'square'} 64 64",
        f"photo {tmp_path / 'plain.onnx'} {rest} {tmp_path / 'mask'} 120 160",
    ]
    refused, plain = jvm.script(ORT_COMMANDS, tmp_path, lines)
    assert refused == (
        "refused PICTURE: the mask is 64x64, the photo 120x160: another ratio; draw it over the "
        "photo"
    )
    assert plain == "WHOLE 1"


def _labels(jvm: Jvm, folder: Path, rgb: UInt8Array, *, changed: bool = False) -> UInt8Array | str:
    """At half the size and more, or what was said."""
    height, width = rgb.shape[:2]
    size = height // 2 + 1, width // 2 + 3
    save(folder / "rgb", rgb)
    tall, wide = size
    where = f"{height} {width} {str(changed).lower()} {tall} {wide} {folder / 'labels'}"
    jvm.script(COMMANDS, folder, [f"mask {folder / 'rgb'} {where}"])
    data = (folder / "labels").read_bytes()
    return load(folder / "labels", size) if len(data) == tall * wide else data.decode()


def test_masks_are_labels_or_black_and_white(jvm: Jvm, tmp_path: Path) -> None:
    labels = bands(50, 70, 0, 3, 7, 1)[0, 0]
    size = 26, 38
    assert np.array_equal(_labels(jvm, tmp_path, _grey(labels)), resize_labels(labels, *size))
    halves = _halves(50, 70)
    stream = io.BytesIO()
    Image.fromarray(_grey(255 * halves)).save(stream, "JPEG", quality=70)
    with Image.open(stream) as image:
        jpeg = np.asarray(image.convert("RGB"))
    assert len(np.unique(jpeg)) > 2
    for white in (_grey(255 * halves), jpeg):
        for changed in (False, True):
            found = _labels(jvm, tmp_path, white, changed=changed)
            assert np.array_equal(found, resize_labels(halves, *size))


def test_other_pictures_are_no_masks(jvm: Jvm, tmp_path: Path) -> None:
    photograph = landscape(70)[:50]
    grey = _grey(photograph[..., 1])
    labels = _grey(bands(50, 70, 0, 3)[0, 0])
    for rgb, changed, word in (
        (photograph, False, "the mask has colours; needed is a picture of labels, greys 0 to 7"),
        (grey, False, "% of black and white pixels, fewer than 70, as a photograph; needed is"),
        (labels, True, "holds labels, but has too many pixels or transparent ones"),
    ):
        said = _labels(jvm, tmp_path, rgb, changed=changed)
        assert isinstance(said, str) and word in said
