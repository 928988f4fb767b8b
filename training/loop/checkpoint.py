"""The state of a training run in one file, exact to the bit, without pickles."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors

__all__ = ["Progress", "load_checkpoint", "save_checkpoint"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    step: int
    seconds: float
    """Time trained so far, over all parts of the run."""


def save_checkpoint(
    path: Path,
    model: nn.Module,
    average: Mapping[str, Tensor],
    optimizer: Optimizer,
    generators: Mapping[str, torch.Generator],
    progress: Progress,
    settings: Mapping[str, str],
    state: Mapping[str, Tensor] | None = None,
) -> None:
    """Write everything that the next step depends on.

    ``settings`` are compared when the run is resumed. ``state`` is what :func:`load_checkpoint`
    returns.
    """
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors.update({f"average.{k}": v for k, v in average.items()})
    tensors.update({f"random.{k}": g.get_state() for k, g in generators.items()})
    tensors.update({f"state.{k}": v for k, v in (state or {}).items()})
    for index, moments in optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{k}": v for k, v in moments.items()})
    arrays = {k: v.detach().cpu().numpy() for k, v in tensors.items()}
    notes = {"step": progress.step, "seconds": progress.seconds, "settings": dict(settings)}
    write_safetensors(path, arrays, {"run": json.dumps(notes)})


def load_checkpoint(
    path: Path,
    model: nn.Module,
    average: Mapping[str, Tensor],
    optimizer: Optimizer,
    generators: Mapping[str, torch.Generator],
    settings: Mapping[str, str],
) -> tuple[Progress, dict[str, Tensor]]:
    """Restore :func:`save_checkpoint` into the objects given; how far it was, and further state.

    Raises OptionError where the run was made with other settings, ModelError for another file.
    """
    if not path.is_file():
        raise OptionError(f"{path}: no such file; there is no run to resume")
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            notes = json.loads((file.metadata() or {})["run"])
            found = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        for name, value in settings.items():
            before = notes["settings"].get(name)
            if before != value:
                raise OptionError(f"{path}: the run has {name}={before}, not {value}")
        device = next(model.parameters()).device
        model.load_state_dict(_under(found, "model."))
        for name, tensor in _under(found, "average.").items():
            average[name].copy_(tensor)
        for name, tensor in _under(found, "random.").items():
            generators[name].set_state(tensor)
        states: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under(found, "optimizer.").items():
            index, _, key = name.partition(".")
            kept = tensor if key == "step" else tensor.to(device)
            states.setdefault(int(index), {})[key] = kept
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": states, "param_groups": groups})
        progress = Progress(int(notes["step"]), float(notes["seconds"]))
        return progress, _under(found, "state.")
    except OptionError:
        raise
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(f"{path}: not a checkpoint of this network ({error})") from error


def _under(found: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}
