"""Networks of ours in torch, eager, as training runs them: on a GPU, or on the CPU to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.network.spec import NetSpec
from tinystyle.runtime.network_file import read_network
from tinystyle.training.networks.interpreter import run

__all__ = ["TorchEngine", "gpu_absent"]


def gpu_absent() -> str:
    """Why torch has no GPU here; empty where it has one."""
    if torch.cuda.is_available():
        return ""
    return f"torch {torch.__version__} sees no GPU"


class TorchEngine:
    """A network of ours on ``cuda`` or ``cpu``, in single precision.

    Raises ModelError for files that do not hold a network of ours in single precision.
    """

    def __init__(self, path: Path, device: str, threads: int) -> None:
        net = read_network(path)
        self._device, self._threads = torch.device(device), threads
        self.spec: NetSpec | None = net.spec
        self._ops = net.spec.ops()
        self._weights = {
            name: torch.tensor(value, device=self._device) for name, value in net.weights.items()
        }
        self.dtype: type[np.generic] = np.float32
        self.shape: tuple[int | None, ...] = (1, 3, None, None)

    @property
    def providers(self) -> tuple[str, ...]:
        """The device."""
        return (self._device.type,)

    @property
    def versions(self) -> dict[str, str]:
        """Of torch, and the GPU's name."""
        found = {"torch": f"{torch.__version__}, eager"}
        if self._device.type == "cuda":
            found["gpu"] = torch.cuda.get_device_name(self._device)
        return found

    @torch.no_grad()
    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """From an array to an array, to the device and back, as onnxruntime's sessions do it."""
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        try:
            painted = run(self._ops, self._weights, torch.from_numpy(value).to(self._device))
            result: NDArray[Any] = painted.cpu().numpy()  # waits for the device
        except RuntimeError as error:
            reason = str(error).splitlines()[0][:200]
            raise ModelError(f"torch cannot run the network on {value.shape} ({reason})") from error
        return result
