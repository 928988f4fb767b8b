"""The two parts of a hypernetwork."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinystyle.catalogue.codes import CODE_TYPE, StyleCoder
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.weights import released


@pytest.fixture(scope="module")
def coder() -> StyleCoder:
    return StyleCoder()


def _painted(net: StyleNet) -> np.ndarray:
    painter = Stylizer.from_bytes(to_onnx(net).SerializeToString(), "network")
    return painter.stylize(landscape(128)).astype(int)


@pytest.mark.parametrize("name", ARTWORKS)
def test_a_network_by_its_code_paints_as_the_one_by_the_picture(
    coder: StyleCoder, name: str
) -> None:
    picture = Picture(ARTWORKS[name](160))
    code = coder.encode(picture)
    assert code.dtype == CODE_TYPE and code.shape == (coder.length,)
    difference = np.abs(
        _painted(coder.generate(code, {})) - _painted(Hypernetwork().generate(picture))
    )
    assert np.median(difference) == 0 and difference.max() <= 2


def test_codes_of_another_length_are_refused(coder: StyleCoder) -> None:
    with pytest.raises(OptionError, match="a code is"):
        coder.generate(np.zeros(coder.length - 1, CODE_TYPE), {})


def test_other_files_are_refused(tmp_path: Path, coder: StyleCoder) -> None:
    net = coder.generate(coder.encode(Picture(ARTWORKS["mosaic"](96))), {})
    network = tmp_path / "network.onnx"
    network.write_bytes(to_onnx(net).SerializeToString())
    with pytest.raises(ModelError, match="no hypernetwork"):
        StyleCoder(network)
    (tmp_path / "text.onnx").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ModelError, match=r"text\.onnx"):
        StyleCoder(tmp_path / "text.onnx")
    assert StyleCoder(released().hypernetwork).version == coder.version
