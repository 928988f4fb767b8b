"""One stage of a run: a model, its step, and all that a run of hours needs around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.budget import Budget
from tinystyle.training.loop.parallel import Parallel
from tinystyle.training.loop.run_log import RunLog
from tinystyle.training.loop.trainer import Resumable, Trainer
from tinystyle.training.stages.style_run import StyleRun

__all__ = ["train_stage"]


def train_stage(
    name: str,
    model: nn.Module,
    step_loss: Callable[[int], tuple[Tensor, dict[str, Tensor]]],
    run: StyleRun,
    *,
    save: Callable[[], None],
    generators: Mapping[str, torch.Generator],
    settings: Mapping[str, str] | None = None,
    sheet: Callable[[], UInt8Array] | None = None,
    watch: Callable[[int], None] | None = None,
    state: Resumable | None = None,
    parallel: Parallel | None = None,
) -> dict[str, float]:
    """Train ``model``, from the run's checkpoint where it is resumed.

    ``<name>-checkpoint.safetensors``, ``<name>-log.csv`` and ``<name>-sheets`` go into the run's
    folder; ``settings`` must stay the same when the run is resumed, beside the run's own. See
    :meth:`tinystyle.training.loop.trainer.Trainer.run` for ``step_loss`` and the losses returned,
    and its constructor for ``sheet``, ``watch`` and ``state``.
    """
    parallel = parallel or Parallel()
    run_log = None
    if parallel.leads:
        run_log = RunLog(run.folder, name, resume=run.resume, tensorboard=run.tensorboard)
    trainer = Trainer(
        model,
        run.trainer,
        Budget(
            name,
            steps=run.steps,
            minutes=run.minutes,
            visible=parallel.leads,
            cooperative=parallel.world > 1,
        ),
        generators=generators,
        checkpoint=run.folder / f"{name}-checkpoint.safetensors",
        settings={**run.settings(), **(settings or {})},
        save=save,
        run_log=run_log,
        sheet=sheet,
        watch=watch,
        state=state,
        parallel=parallel,
    )
    if run.resume:
        trainer.resume()
    losses = trainer.run(step_loss)
    if run_log is not None:
        run_log.close()
    return losses
