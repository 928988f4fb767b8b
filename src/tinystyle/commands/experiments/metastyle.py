"""The experiments of Zhang et al. 2018, as ``tinystyle experiment`` runs them."""

from __future__ import annotations

import argparse
import dataclasses

from tinystyle.commands.experiments.runs import prepared, write
from tinystyle.commands.shared import INTERRUPTED

__all__ = ["adaptation", "ranking", "starts"]


def adaptation(args: argparse.Namespace) -> int:
    """Loss against steps from several starts."""
    _, network, contents, styles = prepared(args)
    import numpy as np

    from tinystyle.benchmarks.experiments.adaptation import compare_methods
    from tinystyle.benchmarks.experiments.plots import curves
    from tinystyle.training.finetune.finetuner import Finetuner
    from tinystyle.training.finetune.options import BATCH, FinetuneOptions, FinetunerOptions, Method

    options = FinetuneOptions(
        args.steps,
        learning_rate=args.rate,
        constant_rate=args.constant_rate,
        look_steps=args.look_steps or max(1, args.steps // 5),
    )
    adapters = {
        method: Finetuner(
            FinetunerOptions(
                method,
                dataclasses.replace(
                    options,
                    batch=BATCH if args.batch is None else args.batch,
                ),
                contents=args.fit_on,
                source=args.fit_with,
                crop=args.crop,
            )
        )
        for method in map(Method, args.method or [m.value for m in Method])
    }
    found = compare_methods(adapters, network, contents, styles, size=args.size)
    if not found:
        return INTERRUPTED
    lines = {
        name: np.mean([c.curve() for c in found if c.method == name], axis=0)
        for name in dict.fromkeys(course.method for course in found)
    }
    figures = {
        "mean_loss": {name: [round(float(v), 3) for v in line] for name, line in lines.items()},
        "courses": [dataclasses.asdict(course) for course in found],
    }
    return write(args, curves(lines, {}), figures)


def ranking(args: argparse.Namespace) -> int:
    """Whether the compact network ranks pictures as VGG does."""
    _, network, contents, styles = prepared(args)
    import numpy as np

    from tinystyle.benchmarks.experiments.plots import scatter
    from tinystyle.benchmarks.experiments.ranking import PARTS, compare_rankings
    from tinystyle.training.finetune.finetuner import Finetuner, load_perceptual
    from tinystyle.training.finetune.options import FinetuneOptions, FinetunerOptions, Method

    other = load_perceptual(args.fit_with)
    finetune = None
    if args.steps:
        options = FinetuneOptions(
            args.steps,
            look_steps=max(1, args.steps // 5),
        )
        finetuner = Finetuner(FinetunerOptions(Method.HYPERNETWORK, options, source=args.fit_with))
        finetune = finetuner.finetune
    found = compare_rankings(
        network,
        other,
        contents,
        styles,
        size=args.size,
        finetune=finetune,
        steps=args.steps,
    )
    ratio = found.ratio("gram_relative")
    figures = {
        "pictures": int(found.first["loss"].size),
        "spearman": {part: round(found.overall(part), 4) for part in PARTS},
        "spearman_within_a_style_median": {
            part: round(float(np.median(found.within(part))), 4) for part in PARTS
        },
        "spearman_within_a_style_lowest": {
            part: round(min(found.within(part)), 4) for part in PARTS
        },
        "gram_relative_over_first": {
            path.stem: round(float(value), 3) for path, value in zip(styles, ratio, strict=True)
        },
        "gradient_cosine_median": round(float(np.median(found.cosines)), 3),
    }
    name = "gram_relative"
    image = scatter(found.first[name], found.second[name], ("VGG", args.fit_with))
    return write(args, image, figures)


def starts(args: argparse.Namespace) -> int:
    """Gatys' optimisation from the photograph and from the style-neutral picture."""
    _, network, contents, styles = prepared(args)
    from tinystyle.benchmarks.experiments.optimisation import compare_starts
    from tinystyle.benchmarks.experiments.plots import curves
    from tinystyle.training.finetune.finetuner import released_start

    found = compare_starts(
        released_start(),
        network,
        contents,
        styles,
        pairs=args.pairs,
        steps=args.steps,
        size=args.size,
    )
    figures = {name: [round(float(v), 4) for v in line] for name, line in found.items()}
    return write(args, curves(found, {}), figures)
