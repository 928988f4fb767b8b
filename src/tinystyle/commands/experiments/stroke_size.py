"""What the experiment with large pictures calls, and what it prints."""

from __future__ import annotations

import argparse

from tinystyle.commands.experiments.parsers import add_perceptual, add_threads, experiment_parser
from tinystyle.commands.experiments.runs import artworks, load_vgg, photographs, write
from tinystyle.commands.shared import Commands, set_torch_threads

__all__ = ["add_stroke_size"]


def add_stroke_size(kinds: Commands) -> None:
    """Add the experiment."""
    parser = experiment_parser(
        kinds, "stroke-size", "large photographs beside their painting with one megapixel"
    )
    add_perceptual(parser)
    add_threads(parser)
    parser.set_defaults(run=_run, name="stroke-size")


def _run(args: argparse.Namespace) -> int:
    import numpy as np

    from tinystyle.errors import OptionError
    from tinystyle.export.onnx_writer.emitter import to_onnx
    from tinystyle.pictures.images import encode_png
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import Stylizer

    if not args.content:
        raise OptionError("stroke-size needs photographs of 3 megapixels or more: --content DIR")
    set_torch_threads(args.threads, "tinystyle experiment stroke-size")
    from tinystyle.benchmarks.experiments.stroke_size import compare_strokes

    hypernetwork = Hypernetwork(args.hypernetwork)
    options = SessionOptions(threads=args.threads)
    painters = []
    for at, artwork in enumerate(artworks(args)):
        model = to_onnx(hypernetwork.generate(artwork)).SerializeToString()
        painters.append((f"artwork {at + 1}", Stylizer.from_bytes(model, "network", options)))
    pictures = [(f"photograph {at + 1}", each) for at, each in enumerate(photographs(args))]
    rows, cuts = [], []
    for found in compare_strokes(load_vgg(args), painters, pictures):
        cuts.append(found.cut)
        rows.append(
            {
                "photograph": found.photograph,
                "style": found.style,
                "megapixels": round(found.megapixels, 1),
                "gram": round(found.gram, 4),
                "ssim": round(found.similarity, 4),
                "processor_seconds": round(found.processor_seconds, 2),
            }
        )
    return write(args, encode_png(np.concatenate(cuts)), {"rows": rows})
