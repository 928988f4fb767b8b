"""What was measured of tiles, as tables of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from tinystyle.benchmarks.tiles.cost import Cost
from tinystyle.benchmarks.tiles.exactness import Difference
from tinystyle.benchmarks.tiles.linear import LARGE, SMALL, Linear

__all__ = ["cost_table", "exactness_table", "linear_table"]


def exactness_table(found: Sequence[Difference]) -> str:
    """The largest differences of each kind of photograph and side of tiles, over all artworks and
    sizes."""
    lines = [
        "| photograph | tiles | pictures | most, of 0..1 | most, of bytes | bytes that differ |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind in dict.fromkeys(one.kind for one in found):
        for tile in dict.fromkeys(one.tile for one in found):
            these = [one for one in found if (one.kind, one.tile) == (kind, tile)]
            largest, levels = (
                max(one.largest for one in these),
                max(one.levels for one in these),
            )
            share = max(one.share for one in these)
            lines.append(
                f"| {kind} | {tile} px | {len(these)} | {largest:.1e} | {levels} | "
                f"{share:.4%} at most |"
            )
    return "\n".join(lines)


def cost_table(costs: Sequence[Cost]) -> str:
    """One line for each size."""
    lines = [
        "| picture | time a pixel, to whole | of the processor | seconds | peak of memory |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {cost.width} x {cost.height} | {cost.pace:.2f} | {cost.processor:.2f} | "
        f"{cost.seconds:.0f} | {cost.peak / 1e6:.0f} MB |"
        for cost in costs
    ]
    return "\n".join(lines)


def linear_table(found: Linear) -> str:
    """Of a large picture at once and in tiles."""
    large, small = (f"{width} x {height}" for height, width in (LARGE, SMALL))
    return "\n".join(
        [
            f"| {large} | time a pixel, to {small} | of the processor |",
            "|---|--:|--:|",
            f"| at once | {found.whole:.2f} | {found.whole_processor:.2f} |",
            f"| in tiles | {found.tiles:.2f} | {found.tiles_processor:.2f} |",
        ]
    )
