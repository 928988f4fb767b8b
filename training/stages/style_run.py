"""Where the pictures of a run are, how long to train, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.training.data.artwork_pool import PoolOptions
from tinystyle.training.data.shard_index import MOST_SHUFFLED
from tinystyle.training.data.style_features import FEATURE_LAYERS
from tinystyle.training.loop.budget import Budget
from tinystyle.training.loop.trainer import TrainerOptions
from tinystyle.training.objective.weights import LossWeights
from tinystyle.training.perceptual.vgg import VGG19

__all__ = ["CROPS", "SHORT_SIDE", "StyleRun", "device_named", "device_of"]

SHORT_SIDE = 272
"""Shortest side, in pixels, at which training pictures are kept."""

CROPS = (64, SHORT_SIDE)
"""Sides of a crop, in pixels."""

_COUNTS = ("batch_styles", "batch_contents", "steps_per_style", "steps_per_photograph")
_MOST_HELD_OUT = 64


@dataclass(frozen=True, slots=True)
class StyleRun:
    """Where the pictures are, how long to train, and how."""

    folder: Path
    styles: str
    contents: str
    perceptual: str = "vgg16"
    minutes: float | None = None
    steps: int | None = None
    resume: bool = False
    seed: int = 0
    device: str = "cpu"
    precision: str = "fp32"
    """fp32, tf32 (CUDA) or bf16 for the perceptual network."""
    crop: int = 128
    shrink: float = 2.0
    batch_styles: int = 4
    batch_contents: int = 1
    steps_per_style: int = 1
    steps_per_photograph: int = 1
    losses: LossWeights = field(default_factory=LossWeights)
    pool: PoolOptions = field(default_factory=PoolOptions)
    """What the artworks of the stage ``hypernetwork`` are made of."""
    stream: int = 0
    """Pictures that are shuffled together where shards are streamed; 0 keeps all in memory."""
    held_out: int = 0
    """Artworks and photographs that are never trained on, so many of each."""
    watch: str | None = None
    """The perceptual network, ``vgg16`` or a file, that judges those now and then."""
    trainer: TrainerOptions = field(default_factory=TrainerOptions)
    tensorboard: bool = False

    def __post_init__(self) -> None:
        if self.precision not in ("fp32", "tf32", "bf16"):
            raise OptionError(f"precision is {self.precision!r}; allowed are fp32, tf32, bf16")
        for name in _COUNTS:
            require_whole(name, getattr(self, name))
        require_whole("stream", self.stream, 0, MOST_SHUFFLED)
        require_whole("held out", self.held_out, 0, _MOST_HELD_OUT)
        if self.watch is not None and not self.held_out:
            raise OptionError("a watch judges what is held out; held out are 0")
        require_whole("crop", self.crop, *CROPS)
        for kind, layers, known in (
            ("content", self.losses.content, VGG19.layers),
            ("style", self.losses.style_layers, FEATURE_LAYERS),
        ):
            for layer in layers:
                if layer not in known:
                    raise OptionError(f"{kind} layer is {layer!r}; allowed are {', '.join(known)}")
        Budget("training", steps=self.steps, minutes=self.minutes)
        device_named(self.device)

    def settings(self) -> dict[str, str]:
        """What must not change when a run is resumed."""
        kept = [
            *("styles", "contents", "seed", "crop", "shrink", "steps", "minutes"),
            *_COUNTS,
            "held_out",
        ]
        options = {"losses": str(asdict(self.losses)), "pool": str(asdict(self.pool))}
        if self.stream:  # checkpoints of before know nothing of it
            kept.append("stream")
        return {**{k: str(getattr(self, k)) for k in kept}, **options}


def device_of(run: StyleRun) -> torch.device:
    """The run's device, on which TF32 is allowed unless its precision is fp32."""
    device = device_named(run.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = (
        run.precision != "fp32"
    )
    return device


def device_named(name: str) -> torch.device:
    """The device. Raises OptionError where torch does not know it or this machine lacks it."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].partition(". ")[0][:160]  # torch goes on for 1 kB
        raise OptionError(f"device is {name!r}, which cannot be used here ({reason})") from error
    return device
