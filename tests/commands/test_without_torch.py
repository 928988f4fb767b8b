"""What needs torch, where torch is not installed: bad input is told first, torch last."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BLOCKED = """
import importlib.util, sys
find, sys.modules["torch"] = importlib.util.find_spec, None
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find(name, *rest)
from tinystyle.cli import main
from tinystyle.commands.export.command import main as export_net
for line in sys.stdin.read().splitlines():
    program, *arguments = line.split("|")
    try:
        code = export_net(arguments) if program == "export-net" else main([program, *arguments])
    except SystemExit as end:
        code = end.code
    print(f"exit {code}", file=sys.stderr, flush=True)
"""


def test_without_torch_bad_input_is_told_first_and_torch_last(
    styles: list[Path], tmp_path: Path
) -> None:
    style = ["--style", str(styles[0])]
    judged = ["evaluate", "--contents", str(styles[0].parent), "--styles", str(styles[0].parent)]
    ranked = ["experiment", "ranking", *style]
    expected: list[tuple[list[str], str, int]] = [
        (["finetune", "--style", "missing.jpg"], "missing.jpg: no such file", 4),
        (["finetune", *style, "--steps", "-1"], "steps is -1", 2),
        (["finetune", *style, "--content-weight", "nan"], "content weight is nan", 2),
        (["demo", "--steps", "-5"], "steps is -5", 2),
        (["demo", "--steps", "5"], "pip install '.[train]'", 3),
        (["finetune", *style, "--crop", "100"], "crop is 100", 2),
        (["finetune", *style, "--style-size", "0"], "style size is 0", 2),
        (["finetune", *style, "--learning-rate", "nan"], "learning rate is nan", 2),
        (["finetune", *style, "--finetune-precision", "x"], "finetune precision is 'x'", 2),
        (["finetune", *style, "--content", "none"], "no such folder of photographs", 2),
        (["finetune", *style, "--perceptual", "vgg99"], "perceptual network is 'vgg99'", 2),
        (["finetune", *style], "pip install '.[train]'", 3),
        (["export-net", "--steps", "5", "--style", "missing.jpg"], "missing.jpg: no such file", 4),
        (["export-net", "--steps", "-5", *style], "steps is -5", 2),
        (["export-net", "--steps", "5", *style, "--mix", "gone.jpg:0.5"], "gone.jpg", 4),
        (["export-net", "--steps", "5", *style], "pip install '.[train]'", 3),
        ([*judged, "--size", "100"], "size is 100", 2),
        ([*judged, "--style-size", "9"], "style size is 9", 2),
        ([*judged, "--strength", "nan"], "strength is nan", 2),
        ([*judged, "--threads", "-1"], "threads is -1", 2),
        ([*judged, "--networks", "none"], "no such folder of networks", 5),
        ([*judged, "--contents", "none"], "none: no such file or folder of contents", 4),
        ([*judged, "--perceptual", "vgg99"], "perceptual network is 'vgg99'", 2),
        (judged, "pip install '.[train]'", 3),
        ([*ranked, "--content", "none.jpg", "--threads", "-1"], "threads is -1", 2),
        ([*ranked, "--content", str(styles[0])], "pip install '.[train]'", 3),
        (["train", "features", "--run", "r", "--styles", "s", "--seed", "-1"], "seed is -1", 2),
    ]
    lines = "\n".join("|".join(arguments) for arguments, _, _ in expected)
    done = subprocess.run(
        [sys.executable, "-c", _BLOCKED],
        cwd=tmp_path,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stderr.splitlines()
    assert len(said) == 2 * len(expected), done.stderr
    for (arguments, words, code), text, end in zip(expected, said[::2], said[1::2], strict=True):
        assert words in text and end == f"exit {code}", (arguments, text, end)
    assert not list(tmp_path.iterdir())
