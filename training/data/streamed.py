"""Pictures read from tar shards while they are trained on: data sets larger than memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.console import remark
from tinystyle.errors import PictureError
from tinystyle.pictures.images import UInt8Array, decode_picture
from tinystyle.training.data.in_memory import InMemoryPictures
from tinystyle.training.data.shard_index import ShardIndex, ShardOrder
from tinystyle.training.data.shards import scale_shortest

__all__ = ["StreamedPictures", "read_some"]

_KEPT = 64
"""Decoded pictures: those of a step are asked for more than once."""

_AHEAD = 16
"""Pictures that are decoded before they are asked for, where there are threads for it."""

_SPOILT = 100
"""Pictures in succession that cannot be used, after which something else is wrong."""

_TOLD = 20
"""Remarks on pictures that cannot be used."""


class StreamedPictures(InMemoryPictures):
    """The n-th picture of a :class:`ShardOrder`, for any n.

    Shards are read from front to back, window by window; the files of two windows are in memory at
    most. A picture of a window that has passed is read from its place: what a resumed run still
    needs. One that cannot be used is passed over for the next of its window, with a remark.
    """

    def __init__(
        self,
        index: ShardIndex,
        order: ShardOrder,
        short_side: int,
        device: torch.device | str = "cpu",
        *,
        threads: int = 0,
    ) -> None:
        """Pictures are scaled to ``short_side`` px. ``threads`` decode ahead, and one more reads;
        with 0 that is done when a picture is asked for."""
        super().__init__([], device)
        self._index, self._order, self._short_side = index, order, short_side
        self._next = 0
        self._window = (-1, -1)
        self._files: dict[int, bytes] = {}
        self._loading: dict[tuple[int, int], Future[dict[int, bytes]]] = {}
        self._decoded: OrderedDict[int, Tensor] = OrderedDict()
        self._decoding: dict[int, Future[Tensor]] = {}
        self._told = 0
        self._decoders = ThreadPoolExecutor(threads, "decode") if threads else None
        # Alone, so that a shard is read from front to back.
        self._reader = ThreadPoolExecutor(1, "read") if threads else None

    def __len__(self) -> int:
        return len(self._index)

    def ticket(self, which: float) -> float:
        """The next picture's number; ``which`` counts for nothing."""
        self._next += 1
        return float(self._next - 1)

    def place(self, ticket: float) -> int:
        """The number itself."""
        return int(ticket)

    def state(self) -> dict[str, Tensor]:
        """How many were asked for: the same in all processes."""
        return {"next": torch.tensor(self._next)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from :meth:`state`. Raises KeyError where it is of pictures in memory."""
        self._next = int(state["next"])

    @property
    def files_held(self) -> int:
        """Files in memory that were read and not yet passed."""
        loading = sum(len(f.result()) for f in self._loading.values() if f.done())
        return len(self._files) + loading

    def _at(self, index: int) -> Tensor:
        if index not in self._decoded:
            waiting = self._decoding.pop(index, None)
            picture = self._job(index)() if waiting is None else waiting.result()
            self._decoded[index] = picture.to(self.device)
            while len(self._decoded) > _KEPT:
                self._decoded.popitem(last=False)
            self._look_ahead(index)
        return self._decoded[index]

    def _look_ahead(self, number: int) -> None:
        if self._decoders is None:
            return
        for old in [n for n in self._decoding if n < number - _KEPT]:
            self._decoding.pop(old).cancel()
        for later in range(number + 1, number + 1 + _AHEAD):
            if later not in self._decoding and later not in self._decoded:
                self._decoding[later] = self._decoders.submit(self._job(later))

    def _job(self, number: int) -> Callable[[], Tensor]:
        """What decodes a picture, in any thread."""
        time, window, place = self._order.place(number)
        pictures = self._order.window(time, window)
        if (time, window) > self._window:
            self._turn_to(time, window)
        inside = (time, window) == self._window
        data = self._files[int(pictures[place])] if inside else None
        return lambda: self._usable(np.roll(pictures, -place)[:_SPOILT], data)

    def _turn_to(self, time: int, window: int) -> None:
        loading = self._loading.pop((time, window), None)
        self._loading.clear()
        if loading is None:
            self._files = self._load(self._order.window(time, window))
        else:
            self._files = loading.result()
        self._window = (time, window)
        if self._reader is not None:
            following = self._order.next_window(time, window)
            stored = self._order.window(*following)
            self._loading[following] = self._reader.submit(self._load, stored)

    def _load(self, pictures: NDArray[np.int64]) -> dict[int, bytes]:
        """Files, each shard's from front to back."""
        return {picture: self._index.load(picture) for picture in sorted(pictures.tolist())}

    def _usable(self, pictures: NDArray[np.int64], first: bytes | None) -> Tensor:
        name = ""
        for number, picture in enumerate(pictures.tolist()):
            data = self._index.load(picture) if number or first is None else first
            name = self._index.name(picture)
            try:
                return _decoded(data, name, self._short_side)
            except PictureError as error:
                self._told += 1
                if self._told <= _TOLD:
                    remark(f"passed over: {error}")
        raise PictureError(f"{name}: none of {len(pictures)} pictures around it can be used")


def _decoded(data: bytes, name: str, short_side: int) -> Tensor:
    rgb = scale_shortest(decode_picture(data, name).rgb, short_side)
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1).contiguous()


def read_some(index: ShardIndex, chosen: Sequence[int], short_side: int) -> list[UInt8Array]:
    """The ``chosen`` pictures of an index, ``(H, W, 3)``, without spoilt ones.

    Raises PictureError where all are.
    """
    pictures, reason = [], "none was chosen"
    for k in chosen:
        try:
            rgb = decode_picture(index.load(k), index.name(k)).rgb
        except PictureError as error:
            reason = str(error)
            remark(f"passed over: {reason}")
        else:
            pictures.append(scale_shortest(rgb, short_side))
    if not pictures:
        raise PictureError(f"no picture to show: {reason}")
    return pictures
