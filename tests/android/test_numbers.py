"""Statistics and JSON of the demo's Java code against numpy's and Python's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.android.conftest import COMMANDS, Jvm

VALUES = {
    "one": [3.5],
    "two": [2.0, 1.0],
    "ties": [5.0, 1.0, 5.0, 5.0, 2.0],
    "times": np.random.default_rng(0).lognormal(3, 0.4, 101).tolist(),
    "many": np.random.default_rng(1).normal(0, 1e6, 1000).tolist(),
    "far apart": [1e-300, 1e300, -1e300, 0.1],
}
PERCENTS = [0, 1, 10, 25, 33.3, 50, 75, 90, 99, 99.9, 100]

# What json.loads takes and must survive being read and written by the other side.
GOOD = {
    "empty": "{}",
    "space": ' \t\r\n{ "a" : [ 1 , 2.5 , [ ] , { } ] } \n',
    "numbers": "[0, -0, 1, -1, 9223372036854775807, 9223372036854775808, 1e3, 1E-3, -1.5e+2, "
    "0.1, 1e-400, 123456789012345678901234567890, 4.9e-324, 1.7976931348623157e308]",
    "words": "[true, false, null]",
    "escapes": r'["\"\\\/\b\f\n\r\t", "é\u0000\ud83d\ude00", "\ud800", "é😀\u2028"]',
    "deep": "[" * 60 + "]" * 60,
    "keys": r'{"": 1, "a\nb": {"c": [null]}}',
}
# What it does not take, or what is not JSON although it does.
BAD = {
    "nan": "NaN",
    "huge": "1e999",
    "twice": '{"a": 1, "a": 2}',
    "twice escaped": r'{"a": 1, "\u0061": 2}',
    "comma": "[1,]",
    "comment": "/* */ 1",
    "quotes": "{'a': 1}",
    "control": '"\x01"',
    "too deep": "[" * 70 + "]" * 70,
    "octal": "012",
    "full width": "\uff11",
    "two": "1 2",
    "cut": '{"a": ',
    "escape": r'"\v"',
}


def test_percentiles_are_numpys(jvm: Jvm, tmp_path: Path) -> None:
    (tmp_path / "percents").write_text(json.dumps(PERCENTS))
    lines = []
    for number, values in enumerate(VALUES.values()):
        (tmp_path / f"{number}").write_text(json.dumps(values))
        files = [tmp_path / name for name in (f"{number}", "percents", f"{number}.out")]
        lines.append(f"percentiles {' '.join(map(str, files))}")
    jvm.script(COMMANDS, tmp_path, lines)
    for number, (name, values) in enumerate(VALUES.items()):
        found = json.loads((tmp_path / f"{number}.out").read_text())
        expected = [*np.percentile(values, PERCENTS), np.mean(values), np.median(values)]
        assert np.allclose(found, expected, rtol=1e-12, atol=0), name


def _through(jvm: Jvm, folder: Path, texts: dict[str, str]) -> dict[str, str]:
    lines = []
    for number, text in enumerate(texts.values()):
        (folder / f"{number}").write_bytes(text.encode())
        lines.append(f"json {folder / f'{number}'} {folder / f'{number}.out'}")
    jvm.script(COMMANDS, folder, lines)
    return {name: (folder / f"{i}.out").read_text() for i, name in enumerate(texts)}


def _long(digits: str) -> float:
    """Whole numbers of more than 64 bits become floating-point ones, as in other readers."""
    return int(digits) if -(2**63) <= int(digits) < 2**63 else float(digits)


def test_json_comes_back_as_it_was(jvm: Jvm, tmp_path: Path) -> None:
    for name, written in _through(jvm, tmp_path, GOOD).items():
        assert json.loads(written) == json.loads(GOOD[name], parse_int=_long), name
        assert written.isascii()


def test_what_is_not_json_is_refused(jvm: Jvm, tmp_path: Path) -> None:
    for name, written in _through(jvm, tmp_path, BAD).items():
        assert written.startswith("refused: not JSON"), name
