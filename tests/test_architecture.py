"""The rules of the house, checked."""

from __future__ import annotations

import ast
import importlib.metadata
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tinystyle

ROOT = Path(__file__).parent.parent
FOLDERS = ("training", "export", "runtime", "benchmarks")
PACKAGE = ROOT / "src" / "tinystyle"
CORE = sorted(
    [
        *PACKAGE.glob("*.py"),
        *(PACKAGE / "network").rglob("*.py"),
        *(PACKAGE / "pictures").rglob("*.py"),
    ]
)
FRONT_DOOR = {"__init__.py", "artwork.py"}
"""What ``import tinystyle`` offers: it loads the folders when they are needed."""
STUDIO = sorted((PACKAGE / "studio").glob("*.py"))
CATALOGUE = sorted((PACKAGE / "catalogue").glob("*.py"))
COMMANDS = sorted((PACKAGE / "commands").rglob("*.py"))


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def _uses(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in _imports(path))


# What judges pictures by VGG, and what is compared with training or with torch itself.
TORCH_BENCHMARKS = {
    "engines/client.py",
    "experiments/adaptation.py",
    "experiments/gatys.py",
    "experiments/inversion.py",
    "experiments/optimisation.py",
    "experiments/ranking.py",
    "experiments/semantic/iterations.py",
    "experiments/semantic/layers.py",
    "experiments/semantic/measures.py",
    "experiments/semantic/pairs.py",
    "experiments/semantic/single_layer.py",
    "experiments/semantic/swap.py",
    "experiments/stroke_size.py",
    "experiments/style_swap/layers.py",
    "experiments/style_swap/optimisation.py",
    "experiments/times.py",
    "experiments/training_speed.py",
    "experiments/video/features.py",
    "models/torch_backend.py",
    "quality/evaluation.py",
    "quality/judge.py",
}


def _judges(path: Path) -> bool:
    """Whether a module of the benchmarks is one of these."""
    return path.relative_to(ROOT / "benchmarks").as_posix() in TORCH_BENCHMARKS


@pytest.mark.parametrize(
    "path", [*CORE, *COMMANDS, *STUDIO, *CATALOGUE, *_modules("export", "runtime", "benchmarks")]
)
def test_only_training_and_its_judges_import_torch(path: Path) -> None:
    if path in COMMANDS:
        return  # they load it when they run; their top level is tested below
    judges = ROOT / "benchmarks" in path.parents and _judges(path)
    assert judges or not _uses(path, "torch")


@pytest.mark.parametrize("path", [path for path in CORE if path.name not in FRONT_DOOR])
def test_the_core_imports_no_framework(path: Path) -> None:
    for package in ("torch", "onnx", "onnxruntime", "coremltools"):
        assert not _uses(path, package), package
    for folder in FOLDERS:
        assert not _uses(path, f"tinystyle.{folder}"), folder


def test_dependencies_point_one_way() -> None:
    forbidden = {
        "runtime": ("tinystyle.export", "tinystyle.training", "tinystyle.benchmarks"),
        "export": ("tinystyle.training", "tinystyle.benchmarks"),
        "training": ("tinystyle.benchmarks", "tinystyle.commands"),
    }
    for folder, packages in forbidden.items():
        for path in _modules(folder):
            for package in (*packages, *FOLDERS):
                assert not _uses(path, package), f"{path} imports {package}"


def test_the_page_is_of_small_modules_without_a_framework() -> None:
    for path in sorted((PACKAGE / "assets" / "studio").glob("*.mjs")):
        source = path.read_text()
        assert len(source.splitlines()) <= 270, path
        assert "://" not in source, f"{path}: an address of somebody else's"


def test_benchmarks_of_networks_need_no_training() -> None:
    for path in _modules("benchmarks"):
        assert _judges(path) or not _uses(path, "tinystyle.training"), path


def test_modules_are_small_and_well_named() -> None:
    for path in [*CORE, *COMMANDS, *STUDIO, *CATALOGUE, *_modules(*FOLDERS)]:
        assert path.stem not in {"utils", "helpers", "common", "misc"}
        assert len(path.read_text().splitlines()) <= 400, path


def test_folders_are_rooms_that_can_be_looked_over() -> None:
    folders = {path.parent for path in [*CORE, *COMMANDS, *STUDIO, *CATALOGUE, *_modules(*FOLDERS)]}
    for folder in folders:
        assert len([*folder.glob("*.py")]) <= 16, folder  # fifteen modules and __init__


def test_importing_the_commands_is_light() -> None:
    code = "import sys, tinystyle.commands.export.command, tinystyle.cli; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert not loaded & {"torch", "onnx", "onnxruntime", "numpy"}


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, tinystyle; tinystyle.load, tinystyle.from_artwork; "
        "dir(tinystyle); print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(out.stdout.split()) & {"torch", "onnx", "onnxruntime", "numpy", "PIL"}


def test_version_and_changelog_agree() -> None:
    first = next(
        line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")
    )
    assert tinystyle.__version__ in first


def test_the_wheel_holds_exactly_the_source_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"  # a copy: setuptools leaves a build folder behind
    shutil.copytree(ROOT / "src", tree / "src", symlinks=True)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tree / folder)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    command += ["--quiet", "--wheel-dir", str(tmp_path), str(tree)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        p.relative_to(ROOT / "src").as_posix() for p in [*CORE, *COMMANDS, *STUDIO, *CATALOGUE]
    }
    expected |= {f"tinystyle/{p.relative_to(ROOT).as_posix()}" for p in _modules(*FOLDERS)}
    assets = ROOT / "src" / "tinystyle" / "assets"
    files = [p for p in assets.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    kinds = {".onnx", ".safetensors", ".md", ".jpg", ".html", ".mjs", ".css"}
    assert {p.suffix for p in files} == kinds
    expected |= {f"tinystyle/assets/{p.relative_to(assets).as_posix()}" for p in files}
    expected.add("tinystyle/py.typed")
    assert inside == expected


def test_dependencies_are_as_promised() -> None:
    required = importlib.metadata.requires("tinystyle") or []
    base = {line.split(">")[0] for line in required if "extra ==" not in line}
    assert base == {"numpy", "pillow", "onnx", "onnxruntime", "safetensors", "tqdm"}
    extras = importlib.metadata.metadata("tinystyle").get_all("Provides-Extra") or []
    assert {"train", "coreml", "dev", "demo"} <= set(extras)


def test_tests_lie_as_what_they_test() -> None:
    """Every folder of tests is named after a package; ``android`` tests the demo's sources."""
    tests = ROOT / "tests"
    folders = [p.parent.relative_to(tests) for p in tests.rglob("test_*.py")]
    for folder in {f for f in folders if f.parts and f.parts[0] != "android"}:
        inside = ROOT / "src" / "tinystyle" / folder
        assert (inside / "__init__.py").is_file(), folder
