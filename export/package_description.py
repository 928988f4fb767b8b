"""What a CoreML package is, as facts by name."""

from __future__ import annotations

from pathlib import Path

from tinystyle.export.coreml_package import read_package
from tinystyle.export.to_coreml import package_bytes
from tinystyle.manifest import Manifest
from tinystyle.runtime.description import Facts, spec_facts, with_notes

__all__ = ["describe_package"]


def describe_package(path: Path) -> Facts:
    """As :func:`tinystyle.runtime.description.describe`. ModelError for a damaged package."""
    package = read_package(path)
    manifest = Manifest.from_properties(package.properties, str(path))
    height, width = package.default_size
    facts: Facts = {
        "file": str(path),
        "kind": manifest.kind.value,
        "size_bytes": package_bytes(path),
        "opset": package.opset,
        "operations": len(package.operations),
        "default_size": f"{height} x {width}",
        **spec_facts(manifest.spec),
    }
    return with_notes(facts, manifest.notes)
