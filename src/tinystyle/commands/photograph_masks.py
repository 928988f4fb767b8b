"""Where ``stylize`` has the masks of photographs from: a picture, or a segmentation network."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.console import remark
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.segmentation import Segmenter
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import MaskSource, Stylizer

__all__ = ["PhotographMasks", "add_masks", "require_unlike"]


def add_masks(parser: argparse.ArgumentParser) -> None:
    """The options of masks."""
    add = parser.add_argument_group("regions, for networks of --method semantic or --region")
    add.add_argument(
        "--mask",
        type=Path,
        metavar="MASK",
        help="the regions of the photograph: a picture of its size or ratio; for --method semantic "
        "made as the artwork's mask was, for --region of labels, 0 and up",
    )
    add.add_argument(
        "--segment",
        type=Path,
        metavar="MODEL",
        help="makes the mask instead: any ONNX network of semantic segmentation or matting that "
        "you have (see docs/semantic.md)",
    )
    add.add_argument(
        "--segment-classes",
        metavar="MAP",
        help='its classes by region, e.g. "person=15,animal=8+12,background=*"; * is all the '
        "others (default: class 0 for region 0 and so on, but 0 for a region named background)",
    )
    add.add_argument(
        "--segment-input",
        metavar="VALUES",
        help="what it takes: unit (0 to 1), bytes (0 to 255), signed (-1 to 1) or imagenet (unit "
        "less ImageNet's mean, by its deviation); default: what its metadata says, else imagenet",
    )
    add.add_argument(
        "--save-mask",
        type=Path,
        metavar="PNG",
        help="write the mask that it makes, as --mask takes it: a file, or a folder for several "
        "pictures",
    )


class PhotographMasks:
    """The masks of the photographs of one call."""

    def __init__(
        self,
        args: argparse.Namespace,
        painter: Stylizer,
        pictures: list[Path],
        options: SessionOptions,
    ) -> None:
        """Raises OptionError for options that do not go together, ModelError for another model."""
        _require_fitting(args, painter, len(pictures))
        self._manifest = painter.manifest
        self._file: Path | None = args.mask
        self._segmenter = _segmenter(args, painter, options)
        self._saved = {} if args.save_mask is None else _saved(args.save_mask, pictures)

    @property
    def outputs(self) -> list[Path]:
        """Files that will be written."""
        return list(self._saved.values())

    @property
    def inputs(self) -> list[Path]:
        """Files that are read."""
        return [] if self._file is None else [self._file]

    def of(self, picture: Picture, source: Path) -> tuple[MaskSource | None, Path | None]:
        """Of the picture of a file, and where it was written to."""
        if self._segmenter is None:
            return self._file, None
        labels = self._segmenter.mask(picture, self._manifest.region_names)
        output = self._saved.get(source)
        if output is not None:
            from tinystyle.files import write_bytes
            from tinystyle.pictures.images import encode_png
            from tinystyle.pictures.masks import drawn_mask

            write_bytes(output, encode_png(drawn_mask(labels, self._manifest.mask_colors)))
        return labels, output


def _require_fitting(args: argparse.Namespace, painter: Stylizer, pictures: int) -> None:
    takes, given = painter.manifest.takes_mask, args.mask or args.segment
    for option, value in (
        ("--segment-classes", args.segment_classes),
        ("--segment-input", args.segment_input),
        ("--save-mask", args.save_mask),
    ):
        if value is not None and args.segment is None:
            raise OptionError(f"{option} is for --segment MODEL")
    if takes and given is None:
        raise OptionError(
            f"{args.model}: paints region by region and needs --mask MASK, the photograph's, or "
            "--segment MODEL, which makes it"
        )
    if given is not None and not takes:
        option = "--mask" if args.segment is None else "--segment"
        raise OptionError(
            f"{option} is for networks of regions (export-net --method semantic, or --region); "
            f"{args.model} is another"
        )
    if args.mask is not None and args.segment is not None:
        raise OptionError("--mask and --segment both tell the regions; give one of them")
    if args.mask is not None and pictures > 1:
        raise OptionError(f"--mask is of one picture; {pictures} are given")


def _segmenter(
    args: argparse.Namespace, painter: Stylizer, options: SessionOptions
) -> Segmenter | None:
    if args.segment is None:
        return None
    from tinystyle.runtime.region_classes import default_classes
    from tinystyle.runtime.segmentation import Segmenter

    segmenter = Segmenter.load(
        args.segment, classes=args.segment_classes, values=args.segment_input, options=options
    )
    regions = painter.manifest.region_names
    segmenter.require_regions(regions)
    if args.segment_classes is None:
        taken = ",".join(
            f"{name}={numbers[0]}" for name, numbers in default_classes(regions).items()
        )
        remark(f'{args.segment}: its classes are taken as --segment-classes "{taken}"')
    return segmenter


def _saved(output: Path, pictures: list[Path]) -> dict[Path, Path]:
    """Where the mask of each picture goes."""
    if output.suffix.lower() == ".png" and not output.is_dir():
        if len(pictures) > 1:
            raise OptionError(f"{output}: one mask for {len(pictures)} pictures; give a folder")
        return {pictures[0]: output}
    if output.suffix and not output.is_dir():
        raise OptionError(f"{output}: masks are written as .png, or to a folder")
    saved = {picture: output / f"{picture.stem}.png" for picture in pictures}
    require_unlike(saved.values())
    return saved


def require_unlike(outputs: Iterable[Path]) -> None:
    """Raise OptionError where two pictures would be written to one file, also of another case."""
    named = [path.name for path in outputs]
    lower = [name.lower() for name in named]
    twice = next((name for name in named if lower.count(name.lower()) > 1), None)
    if twice is not None:
        raise OptionError(
            f"two of the pictures would be written to {twice}; paint them into two folders"
        )
