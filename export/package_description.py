"""What a CoreML package is, as facts by name."""

from __future__ import annotations

from pathlib import Path

from tinystyle.export.coreml_package import Package, read_package
from tinystyle.export.to_coreml import package_bytes
from tinystyle.manifest import Manifest
from tinystyle.runtime.description import Facts, precision_facts, spec_facts, with_notes

__all__ = ["describe_package"]


def describe_package(path: Path) -> Facts:
    """As :func:`tinystyle.runtime.description.describe`. ModelError for a damaged package."""
    package = read_package(path)
    manifest = Manifest.from_properties(package.properties, str(path))
    facts: Facts = {
        "file": str(path),
        "kind": manifest.kind.value,
        "size_bytes": package_bytes(path),
        "opset": package.opset,
        "operations": len(package.operations),
        "sizes": _sizes(package),
        **precision_facts(manifest),
        **spec_facts(manifest.spec),
    }
    return with_notes(facts, manifest.notes)


def _sizes(package: Package) -> str:
    kind = package.description.input[0].type.imageType
    match kind.WhichOneof("SizeFlexibility"):
        case "enumeratedSizes":
            return ", ".join(f"{size.height} x {size.width}" for size in kind.enumeratedSizes.sizes)
        case "imageSizeRange":
            tall, wide = kind.imageSizeRange.heightRange, kind.imageSizeRange.widthRange
            low = f"{tall.lowerBound} x {wide.lowerBound}"
            return f"{low} to {tall.upperBound} x {wide.upperBound}"
        case _:
            return f"{kind.height} x {kind.width}"
