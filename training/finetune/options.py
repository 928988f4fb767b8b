"""How a network is fitted to a style. No torch here: bad values are told before it is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tinystyle.assets import asset
from tinystyle.checks import require_seed, require_whole
from tinystyle.errors import OptionError
from tinystyle.pictures.files import find_pictures
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, require_style_size
from tinystyle.training.objective.weights import objective_named
from tinystyle.training.perceptual.source import COMPACT, VGG16_NAME, require_source

__all__ = ["BATCH", "FinetuneOptions", "FinetunePrecision", "FinetunerOptions", "Method"]

_CROPS = (64, 1024)
_CROP_STEP = 16
BATCH = 4
"""Photographs in a step (Zhang et al. 2018, section 5.1), unless told otherwise."""

_LARGEST_BATCH = 256
"""Its crops are in memory together: 200 MB of 256 px."""


class Method(str, Enum):
    """What a network is before it is finetuned."""

    HYPERNETWORK = "hypernetwork"
    """Generated from one look at the style: already a good painter."""
    METASTYLE = "metastyle"
    """The released style-neutral weights (Zhang et al. 2018)."""
    SCRATCH = "scratch"
    """Random weights (Johnson et al. 2016), for comparison."""

    @property
    def visits(self) -> int:
        """Steps in which the same crops are seen, at most.

        What the perceptual network sees in a photograph is then computed once: a tenth of the time
        (``training/EXPERIMENTS.md``, 27). A network of one look, which other photographs decide
        about (25), has new ones in every step.
        """
        return 1 if self is Method.HYPERNETWORK else 4

    @property
    def crop(self) -> int:
        """Side of the pictures fitted on, in pixels, unless told otherwise.

        From a generated network 100 steps of 192 px take three quarters of the time of those of 256
        and end on the same line between content and style (``training/EXPERIMENTS.md``, 32).
        MetaStyle's are as published.
        """
        return 192 if self is Method.HYPERNETWORK else 256


class FinetunePrecision(str, Enum):
    """In what the fitted and the perceptual network compute; weights stay in float32."""

    AUTO = "auto"
    """bfloat16 with the package's perceptual network, on a processor with instructions for it;
    else float32."""
    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, slots=True)
class FinetuneOptions:
    """How a network is finetuned. Raises OptionError for values outside the allowed ones."""

    steps: int = 100
    batch: int = BATCH
    """Photographs in a step (Zhang et al. 2018, section 5.1)."""
    learning_rate: float = 1e-3
    """Of Adam, after ten steps of warm-up; a cosine ends it."""
    constant_rate: bool = False
    """No cosine: for curves of the loss that are to be read at any step."""
    only_norms: bool = False
    """Change the gains and shifts of instance norms only."""
    average_decay: float = 0.95
    look_steps: int = 40
    """Steps between two measurements of the loss on the photographs kept apart."""

    def __post_init__(self) -> None:
        for name in ("steps", "look_steps"):
            require_whole(name, getattr(self, name))
        require_whole("batch", self.batch, most=_LARGEST_BATCH)
        if not 0.0 < self.learning_rate <= 1.0:
            raise OptionError(
                f"learning rate is {self.learning_rate:g}; allowed is above 0, up to 1"
            )
        if not 0.0 <= self.average_decay < 1.0:
            raise OptionError(f"average_decay is {self.average_decay:g}; it is 0 to below 1")


@dataclass(frozen=True, slots=True)
class FinetunerOptions:
    """Where finetuning begins, what it sees, and how it goes.

    Raises OptionError for values outside the allowed ones, for a folder or a file that is not
    there; PictureError for a folder without pictures. Whether torch has the ``device`` is not
    asked.
    """

    method: Method
    finetune: FinetuneOptions = field(default_factory=FinetuneOptions)
    contents: Path | None = None
    """Folder of photographs to fit on; None for those in the package."""
    source: str = COMPACT
    """The perceptual network: ``compact``, ``vgg16`` or a file."""
    crop: int | None = None
    """Side of the pictures fitted on, in pixels: a multiple of 16 from 64 to 1024; None for that of
    the method."""
    style_size: int = DEFAULT_STYLE_SIZE
    """Shortest side, in pixels, at which the artwork is looked at."""
    seed: int = 0
    """Of the random numbers."""
    device: str = "cpu"
    """One of torch's."""
    precision: FinetunePrecision = FinetunePrecision.AUTO
    objective: str = "artwork"
    """What pictures are wanted to be: one of ``weights.OBJECTIVES``."""
    content_weight: float = 1.0
    """How much of the photograph is kept, 0 to 100."""

    def __post_init__(self) -> None:
        if not _CROPS[0] <= self.side <= _CROPS[1] or self.side % _CROP_STEP:
            low, high = _CROPS
            raise OptionError(
                f"crop is {self.side}; allowed are multiples of {_CROP_STEP} from {low} to {high}"
            )
        objective_named(self.objective, self.content_weight)
        require_seed(self.seed)
        require_style_size(self.style_size)
        require_source(self.source, COMPACT, VGG16_NAME)
        if not self.photographs.is_dir():
            raise OptionError(f"{self.photographs}: no such folder of photographs")
        find_pictures([self.photographs])

    @property
    def side(self) -> int:
        """Of the pictures fitted on, in pixels."""
        return self.method.crop if self.crop is None else self.crop

    @property
    def photographs(self) -> Path:
        """Folder of the photographs to fit on."""
        return asset("fitting") if self.contents is None else self.contents
