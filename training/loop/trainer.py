"""The training loop: optimiser, averaged weights, checkpoints, reports, several processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from tinystyle.errors import ModelError
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.average import WeightAverage
from tinystyle.training.loop.budget import Budget
from tinystyle.training.loop.checkpoint import Progress, load_checkpoint, save_checkpoint
from tinystyle.training.loop.parallel import Parallel
from tinystyle.training.loop.run_log import RunLog

__all__ = ["Resumable", "Trainer", "TrainerOptions"]


@dataclass(frozen=True, slots=True)
class TrainerOptions:
    """What every training loop needs."""

    learning_rate: float = 1e-3
    warmup_steps: int = 100
    decay: float | None = None
    """k of a time-based decay, 1 / (1 + k steps); None for a cosine over the whole run."""
    average_decay: float = 0.999
    clip: float | None = None
    """Largest length of the gradient; longer ones are shortened."""
    checkpoint_minutes: float = 5.0
    sheet_minutes: float = 5.0
    watch_minutes: float = 30.0
    log_steps: int = 50


class Trainer:
    """Trains one model; the caller says what a step's loss is."""

    def __init__(
        self,
        model: nn.Module,
        options: TrainerOptions,
        budget: Budget,
        *,
        generators: Mapping[str, torch.Generator],
        checkpoint: Path,
        settings: Mapping[str, str],
        save: Callable[[], None],
        run_log: RunLog | None = None,
        sheet: Callable[[], UInt8Array] | None = None,
        watch: Callable[[int], None] | None = None,
        state: Resumable | None = None,
        parallel: Parallel | None = None,
    ) -> None:
        """``save`` writes the model, ``sheet`` paints with it, ``watch`` judges it, told the number
        of steps: all see the averaged weights.

        ``generators`` are all random streams that steps draw from, ``state`` what else they depend
        on; ``settings`` what must be the same when the run is resumed.
        """
        self.model = model
        self.average = WeightAverage(model, options.average_decay)
        self._options = options
        self._budget = budget
        self._generators = generators
        self._checkpoint = checkpoint
        self._settings = settings
        self._save = save
        self._run_log = run_log
        self._sheet = sheet
        self._watch = watch
        self._state = state
        self._parallel = parallel or Parallel()
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        fused = all(p.device.type in ("cpu", "cuda") for p in self._parameters)
        self._optimizer = torch.optim.Adam(
            self._parameters, options.learning_rate, betas=(0.9, 0.99), fused=fused
        )

    def resume(self) -> None:
        """Go on from the checkpoint, exactly: the next step is the one that would have come."""
        progress, state = load_checkpoint(
            self._checkpoint,
            self.model,
            self.average.values,
            self._optimizer,
            self._generators,
            self._settings,
        )
        if self._state is not None:
            try:
                self._state.restore(state)
            except (KeyError, ValueError) as error:
                raise ModelError(f"{self._checkpoint}: of another run ({error})") from error
        self._budget.resume(progress.step, progress.seconds)

    def run(self, step_loss: Callable[[int], tuple[Tensor, dict[str, Tensor]]]) -> dict[str, float]:
        """Train until the budget is used up. Returns running means of the losses.

        ``step_loss`` makes the loss of a step and the parts to report. Checkpoints are written on
        a timer and at the end, also after Ctrl-C or SIGTERM.
        """
        options, budget = self._options, self._budget
        self._parallel.share(self.model)
        checkpoint = _Timer(options.checkpoint_minutes)
        sheet, watch = _Timer(options.sheet_minutes), _Timer(options.watch_minutes)
        for step in budget:
            loss, parts = step_loss(step)
            rate = options.learning_rate * self._schedule(step)
            for group in self._optimizer.param_groups:
                group["lr"] = rate
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if self._parallel.average(self._parameters, budget.last):
                budget.stop()
            if options.clip is not None:
                nn.utils.clip_grad_norm_(self._parameters, options.clip)
            self._optimizer.step()
            self.average.update(self.model, step)
            # One transfer from the device, not one for each value.
            values = torch.stack([loss.detach(), *(v.detach() for v in parts.values())]).tolist()
            budget.report(**dict(zip(("loss", *parts), values, strict=True)))
            if self._run_log is not None and (step + 1) % options.log_steps == 0:
                shown = {"seconds": budget.seconds, "rate": rate, **budget.losses}
                self._run_log.write(step + 1, shown)
            if sheet.due():
                self._show(step + 1)
            if watch.due():
                self._look(step + 1)
            if checkpoint.due():
                self._keep(step + 1)
        self._keep(budget.step)  # first: who ended the run may not wait for the rest
        self._show(budget.step)
        self._look(budget.step)
        return budget.losses

    def _schedule(self, step: int) -> float:
        if self._options.decay is None:
            return self._budget.cosine(self._options.warmup_steps)
        warm = min(1.0, (step + 1) / max(1, self._options.warmup_steps))
        return warm / (1.0 + self._options.decay * step)

    def _show(self, step: int) -> None:
        if self._parallel.leads and self._run_log is not None and self._sheet is not None:
            with self.average.applied(self.model):
                self._run_log.show(step, self._sheet())

    def _look(self, step: int) -> None:
        if self._parallel.leads and self._watch is not None:
            with self.average.applied(self.model):
                self._watch(step)

    def _keep(self, step: int) -> None:
        if not self._parallel.leads:
            return
        with self.average.applied(self.model):
            self._save()
        save_checkpoint(
            self._checkpoint,
            self.model,
            self.average.values,
            self._optimizer,
            self._generators,
            Progress(step, self._budget.seconds),
            self._settings,
            None if self._state is None else self._state.state(),
        )


class Resumable(Protocol):
    """What steps depend on, beside weights and random numbers."""

    def state(self) -> dict[str, Tensor]:
        """All of it."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from :meth:`state`. Raises KeyError or ValueError where it is another's."""


class _Timer:
    def __init__(self, minutes: float) -> None:
        self._interval = 60.0 * minutes
        self._last = time.monotonic()

    def due(self) -> bool:
        if time.monotonic() - self._last < self._interval:
            return False
        self._last = time.monotonic()
        return True
