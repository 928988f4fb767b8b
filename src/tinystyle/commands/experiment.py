"""``tinystyle experiment``: the experiments of the papers, each a picture and its figures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands, require_torch

if TYPE_CHECKING:
    from tinystyle.benchmarks.manifold import Walk
    from tinystyle.benchmarks.painters import Painter
    from tinystyle.images import Picture
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.training.perceptual import PerceptualNetwork

__all__ = ["register"]

_EPILOG = """\
Each writes DIR/<experiment>.png and DIR/<experiment>.json; table1 prints a table. Without --style
and --content the pictures that come with the package are used. gatys, johnson and distribution need
[train], --style and --content.
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "experiment",
        help="repeat an experiment of the papers",
        description="Repeat an experiment of Shen et al. 2018: a picture and its figures.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(title="experiments", required=True, metavar="EXPERIMENT")
    walks: tuple[tuple[str, str, Callable[[argparse.Namespace], Walk]], ...] = (
        ("interpolation", "from the first style to the second (Figure 7)", _interpolation),
        ("strength", "from the photograph to the style (Figure 7)", _strength),
        ("random", "random hidden states: styles that nobody painted (Figure 8)", _random),
        ("texture", "what networks make of noise (Figure 6)", _texture),
    )
    for name, text, make in walks:
        walk = _experiment(kinds, name, text)
        walk.add_argument("--steps", type=int, default=6, help="pictures in the strip (6)")
        walk.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
        walk.set_defaults(run=_run_walk, name=name, make=make)
    for name, text, run in (
        ("gatys", "steps of optimisation that a network is worth (Figure 3c)", _gatys),
        ("distribution", "loss over many styles (Figure 3b)", _distribution),
        ("johnson", "one network for one style, trained from scratch", _johnson),
    ):
        trained = _experiment(kinds, name, text)
        trained.add_argument(
            "--perceptual",
            default="vgg16",
            metavar="SOURCE",
            help="vgg16 (downloads the official weights, default) or an .npz file",
        )
        trained.add_argument("--threads", type=int, default=0, help="CPU threads")
        if name != "distribution":
            trained.add_argument("--steps", type=int, default=300, help="of optimisation (300)")
        if name == "gatys":
            trained.add_argument("--pairs", type=int, default=8, help="photograph and style (8)")
            trained.add_argument(
                "--optimizer", default="adam", help="adam (default), lbfgs, gradient-descent"
            )
            trained.add_argument("--rate", type=float, help="step size; default: by optimizer")
        if name == "johnson":
            trained.add_argument("--crop", type=int, default=256, help="of training, in px (256)")
            trained.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
        trained.set_defaults(run=run, name=name)
    training = kinds.add_parser(
        "training",
        help="step rate of the training loop beside its floor",
        description="Time training steps; the floor is the arithmetic at the rate of a matrix "
        "product, or the bytes at the rate of a copy, both measured now.",
    )
    training.add_argument("--batch-styles", type=int, default=4, help="styles in a step (4)")
    training.add_argument("--crop", type=int, default=128, help="side of a crop in px (128)")
    training.add_argument("--threads", type=int, default=0, help="CPU threads")
    training.add_argument("--num-runs", type=int, default=7, help="timed steps (7)")
    training.add_argument("--device", default="cpu", help="cpu (default), cuda, mps")
    training.add_argument("--bf16", action="store_true", help="perceptual network in bfloat16")
    training.set_defaults(run=_training)
    table = _experiment(kinds, "table1", "encode time, transfer time, size (Table 1)")
    table.add_argument("--threads", type=int, default=1, help="CPU threads (1)")
    table.add_argument("--num-runs", type=int, default=20, help="timed runs (20)")
    table.set_defaults(run=_table1, name="table1")


def _experiment(kinds: Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    add = parser.add_argument
    add("--style", type=Path, action="append", default=[], metavar="FILE_OR_DIR", help="artworks")
    add("--content", type=Path, action="append", default=[], metavar="FILE_OR_DIR", help="photos")
    add("--hypernetwork", type=Path, metavar="FILE", help="default: the released one")
    add(
        "--output",
        "-o",
        type=Path,
        default=Path("out/experiments"),
        metavar="DIR",
        help="default: out/experiments",
    )
    return parser


def _styles(args: argparse.Namespace) -> list[Picture]:
    from tinystyle.examples import ARTWORKS
    from tinystyle.images import Picture, find_pictures, read_picture

    if not args.style:
        return [Picture(draw(384)) for draw in ARTWORKS.values()]
    return [read_picture(path) for path in find_pictures(args.style)]


def _photograph(args: argparse.Namespace) -> Picture:
    from tinystyle.examples import landscape
    from tinystyle.images import Picture, find_pictures, read_picture, shrink

    if not args.content:
        return Picture(landscape(256))
    return shrink(read_picture(find_pictures(args.content)[0]), 384)


def _network(args: argparse.Namespace) -> Hypernetwork:
    from tinystyle.runtime.hypernetwork import Hypernetwork

    return Hypernetwork(args.hypernetwork)


def _interpolation(args: argparse.Namespace) -> Walk:
    from tinystyle.benchmarks.manifold import interpolate
    from tinystyle.errors import OptionError

    styles = _styles(args)
    if len(styles) < 2:
        raise OptionError("interpolation needs two styles: --style A --style B")
    return interpolate(_network(args), _photograph(args), styles[0], styles[1], args.steps)


def _strength(args: argparse.Namespace) -> Walk:
    from tinystyle.benchmarks.manifold import strengths

    return strengths(_network(args), _photograph(args), _styles(args)[0], args.steps)


def _random(args: argparse.Namespace) -> Walk:
    from tinystyle.benchmarks.manifold import random_styles

    return random_styles(_network(args), _photograph(args), _styles(args), args.steps, args.seed)


def _texture(args: argparse.Namespace) -> Walk:
    from tinystyle.benchmarks.manifold import textures

    return textures(_network(args), _styles(args)[: args.steps], seed=args.seed)


def _run_walk(args: argparse.Namespace) -> int:
    from tinystyle.images import encode_png

    walk = args.make(args)
    figures = {"mean_absolute_change": [round(value, 6) for value in walk.changes]}
    return _write(args, encode_png(walk.strip), figures)


def _gatys(args: argparse.Namespace) -> int:
    objects = _prepared(args)
    import torch

    from tinystyle.atomic import write_bytes
    from tinystyle.benchmarks.optimisation import compare_with_gatys
    from tinystyle.benchmarks.plots import curves
    from tinystyle.images import encode_png, to_uint8

    found = compare_with_gatys(
        *objects, pairs=args.pairs, steps=args.steps, optimizer=args.optimizer, rate=args.rate
    )
    rows = torch.cat([torch.cat(list(row), dim=2) for row in found.sheet], dim=1)
    write_bytes(args.output / "gatys-pictures.png", encode_png(to_uint8(rows[None].numpy())))
    mean = float(sum(found.losses) / len(found.losses))
    image = curves({f"Gatys, {args.optimizer}": found.curves.mean(axis=0)}, {"network": mean})
    figures = {
        "optimizer": args.optimizer,
        "steps_computed": args.steps,
        "pairs": [
            {"content": c, "style": s, "loss": loss, "equals_steps": steps}
            for (c, s), loss, steps in zip(found.pairs, found.losses, found.steps, strict=True)
        ],
        "equals_steps_of_the_mean_curve": found.mean_curve_steps,
        "mean_curve": [round(float(v), 4) for v in found.curves.mean(axis=0)],
    }
    return _write(args, image, figures)


def _distribution(args: argparse.Namespace) -> int:
    objects = _prepared(args)
    from tinystyle.benchmarks.optimisation import loss_distribution
    from tinystyle.benchmarks.plots import histogram

    values = loss_distribution(*objects)
    return _write(args, histogram(values), dict(values))


def _johnson(args: argparse.Namespace) -> int:
    painter, network, contents, styles = _prepared(args)
    from tinystyle.benchmarks.johnson_reference import compare_with_johnson
    from tinystyle.benchmarks.plots import curves

    found = compare_with_johnson(
        painter, network, contents, styles[0], steps=args.steps, crop=args.crop, seed=args.seed
    )
    found.net.save(args.output / "johnson.safetensors")
    levels = {"generated network": found.generated_loss}
    image = curves({"Johnson, from scratch": found.losses}, levels)
    figures = {
        "style": styles[0].stem,
        "steps": args.steps,
        "loss_after": found.after,
        "generated_loss": found.generated_loss,
    }
    return _write(args, image, figures)


def _table1(args: argparse.Namespace) -> int:
    from tinystyle.benchmarks.table1 import measure_generated, measure_spec, to_markdown
    from tinystyle.spec import Form, NetSpec

    rows = [measure_generated(args.hypernetwork, args.threads, args.num_runs)]
    for width in (8, 16, 32):
        spec = NetSpec(Form.SHEN2018, width)
        rows.append(measure_spec(f"Shen 2018, dim{width}", spec, args.threads, args.num_runs))
    johnson = NetSpec(Form.ZHANG2018, 32)
    rows.append(measure_spec("Johnson 2016 / MetaStyle", johnson, args.threads, args.num_runs))
    print(to_markdown(rows, args.threads), end="")
    return 0


def _prepared(
    args: argparse.Namespace,
) -> tuple[Painter, PerceptualNetwork, list[Path], list[Path]]:
    """What the experiments with VGG take: painter, network, photographs, artworks."""
    require_torch(f"tinystyle experiment {args.name}")
    import torch

    from tinystyle.benchmarks.painters import GeneratedPainter
    from tinystyle.errors import OptionError
    from tinystyle.images import find_pictures
    from tinystyle.training import perceptual

    if not args.style or not args.content:
        raise OptionError(f"{args.name} needs pictures: --style DIR --content DIR")
    if args.threads > 0:
        torch.set_num_threads(args.threads)
    return (
        GeneratedPainter(_network(args)),
        perceptual.load(args.perceptual),
        find_pictures(args.content),
        find_pictures(args.style),
    )


def _training(args: argparse.Namespace) -> int:
    require_torch("tinystyle experiment training")
    import torch

    from tinystyle.benchmarks.training_speed import measure_step
    from tinystyle.training.stages import device_named

    if args.threads > 0:
        torch.set_num_threads(args.threads)
    cost = measure_step(
        styles=args.batch_styles,
        crop=args.crop,
        device=device_named(args.device),
        runs=args.num_runs,
        bfloat16=args.bf16,
    )
    print(
        f"step {cost.seconds:.3f} s, floor {cost.floor:.3f} s ({cost.floor / cost.seconds:.0%}): "
        f"{cost.gmacs:.1f} GMAC at {cost.peak_gmacs:.1f} GMAC/s, "
        f"{cost.gigabytes:.2f} GB at {cost.bandwidth:.1f} GB/s"
    )
    return 0


def _write(args: argparse.Namespace, image: bytes, figures: Mapping[str, object]) -> int:
    from tinystyle.atomic import write_bytes

    write_bytes(args.output / f"{args.name}.png", image)
    text = json.dumps(figures, indent=2)
    write_bytes(args.output / f"{args.name}.json", f"{text}\n".encode())
    print(text)
    print(args.output / f"{args.name}.png")
    return 0
