"""The errors of tinystyle, one tree.

    TinystyleError                exit code 1
    ├── OptionError               2  a value outside what the option allows
    ├── MissingExtraError         3  an optional dependency is not installed
    ├── PictureError              4  a file that cannot be used as a picture
    ├── ModelError                5  a file that is not a usable tinystyle model
    ├── ParityError               6  an export computes something else than its network
    ├── OutputError               7  a result that cannot be written
    └── TargetError               9  a browser or a device could not measure
        ├── AbsentTargetError        it is not there
        └── DeviceError              it is, but could not be used
            ├── DeviceChoiceError        there are several, and none was chosen
            ├── DeviceStateError         it does not answer, or has not been allowed to
            ├── DeviceTimeoutError       it took longer than it may
            ├── AppError                 the app on it is missing, crashed or failed
            └── ProtocolError            what the app wrote is no result

Every message says what was wrong, the value got, what is allowed or what to do.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AbsentTargetError",
    "AppError",
    "DeviceChoiceError",
    "DeviceError",
    "DeviceStateError",
    "DeviceTimeoutError",
    "MissingExtraError",
    "ModelError",
    "OptionError",
    "OutputError",
    "ParityError",
    "PictureError",
    "ProtocolError",
    "TargetError",
    "TinystyleError",
]


class TinystyleError(Exception):
    """Base of every error that tinystyle raises on purpose."""

    exit_code: ClassVar[int] = 1


class OptionError(TinystyleError, ValueError):
    """An argument is outside the allowed values."""

    exit_code = 2


_TORCH = (
    "; that brings torch, with CUDA 5 GB on Linux. 200 MB are enough for a CPU: first "
    "pip install torch --index-url https://download.pytorch.org/whl/cpu"
)


class MissingExtraError(TinystyleError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    exit_code = 3

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional part: in the folder of tinystyle's source, "
            f"pip install '.[{extra}]'{_TORCH if extra == 'train' else ''}"
        )


class PictureError(TinystyleError):
    """A picture file is missing, damaged, of an unknown kind, or of an unusable size."""

    exit_code = 4


class ModelError(TinystyleError):
    """A model file or a set of weights does not fit what tinystyle expects."""

    exit_code = 5


class ParityError(TinystyleError):
    """An exported graph and its reference network disagree beyond the tolerance."""

    exit_code = 6


class OutputError(TinystyleError, OSError):
    """A result cannot be written where it was asked for."""

    exit_code = 7


class TargetError(TinystyleError):
    """What a benchmark was to run on is absent or failed."""

    exit_code = 9


class AbsentTargetError(TargetError):
    """There is no such execution provider, browser or device here."""


class DeviceError(TargetError):
    """A device is there but could not be used."""


class DeviceChoiceError(DeviceError):
    """There are several devices and none was chosen, or another than those that are there."""


class DeviceStateError(DeviceError):
    """A device does not answer, or its owner has not allowed this computer to use it."""


class DeviceTimeoutError(DeviceError):
    """A device took longer than it may."""


class AppError(DeviceError):
    """The app on a device is missing, cannot be started, crashed, or failed by its own word."""


class ProtocolError(DeviceError):
    """What the app on a device wrote is not a result of its protocol."""
