"""Where the pictures of tar shards lie, and in which order a process sees them."""

from __future__ import annotations

import json
import os
import tarfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from tqdm import tqdm

from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.errors import OptionError, PictureError
from tinystyle.files import write_safetensors
from tinystyle.pictures.files import SUFFIXES
from tinystyle.pictures.images import MAX_BYTES

__all__ = ["MOST_SHUFFLED", "ShardIndex", "ShardOrder"]

MOST_SHUFFLED = 1_000_000
"""Pictures that are shuffled together: their files are in memory, twice as many at most."""

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class ShardIndex:
    """Pictures of tar shards, in the order in which they are stored."""

    shards: tuple[Path, ...]
    shard_of: Whole
    """Of each picture, ``(M,)``."""
    offsets: Whole
    sizes: Whole
    """Bytes at which its file begins in the shard, and how many there are."""

    def __len__(self) -> int:
        """Pictures."""
        return len(self.offsets)

    @classmethod
    def read(cls, shards: Sequence[Path], cache: Path | None = None) -> ShardIndex:
        """Of uncompressed tar files, by their headers alone.

        ``cache`` is a file that keeps the result as long as names, sizes and times of the shards
        are the same. Raises OptionError for what is no tar file, PictureError for one that is not
        whole and where there is no picture.
        """
        for shard in shards:
            if not shard.is_file():
                raise OptionError(f"{shard}: only .tar files can be streamed, no folders")
        stamps = json.dumps(
            [[s.name, s.stat().st_size, s.stat().st_mtime_ns] for s in map(Path, shards)]
        )
        known = None if cache is None else _cached(cache, stamps)
        if known is None:
            bar = tqdm(shards, desc="shards", unit="", delay=2, disable=bar_disabled())
            found = [
                np.insert(np.array(_places(shard), np.int64).reshape(-1, 2), 0, k, axis=1)
                for k, shard in enumerate(bar)
            ]
            known = np.concatenate(found).T.copy()
            if cache is not None:
                write_safetensors(cache, {"places": known}, {"shards": stamps})
        if not known.shape[1]:
            raise PictureError(f"no picture in {', '.join(map(str, shards))}")
        return cls(tuple(shards), *known)

    def apart(self, count: int, kind: str) -> tuple[ShardIndex, list[int]]:
        """Without ``count`` pictures spread over all of them, and which these are."""
        if count >= len(self):
            raise OptionError(f"held out are {count} {kind}; there are {len(self)} in all")
        chosen = [round((i + 0.5) * len(self) / count) for i in range(count)]
        left = np.delete(np.arange(len(self)), chosen)
        return self.only(left), chosen

    def only(self, pictures: Whole) -> ShardIndex:
        """These pictures of it."""
        return replace(
            self,
            shard_of=self.shard_of[pictures],
            offsets=self.offsets[pictures],
            sizes=self.sizes[pictures],
        )

    def load(self, picture: int) -> bytes:
        """The file of a picture. Raises PictureError where its shard cannot be read."""
        shard = self.shards[self.shard_of[picture]]
        try:
            with shard.open("rb") as stream:
                stream.seek(int(self.offsets[picture]))
                data: bytes = stream.read(int(self.sizes[picture]))
        except OSError as error:
            raise PictureError(f"{shard}: cannot be read ({error})") from error
        return data

    def name(self, picture: int) -> str:
        """Where a picture is, for what is wrong with it."""
        return f"{self.shards[self.shard_of[picture]]} at byte {self.offsets[picture]}"


def _places(shard: Path) -> list[tuple[int, int]]:
    try:
        with tarfile.open(shard, "r:") as archive:
            return [
                (info.offset_data, info.size)
                for info in archive
                if info.isreg()
                and Path(info.name).suffix.lower() in SUFFIXES
                and not Path(info.name).name.startswith(".")
                and info.size <= MAX_BYTES
            ]
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PictureError(f"{shard}: not a readable tar file ({error})") from error


def _cached(cache: Path, stamps: str) -> Whole | None:
    try:
        with safe_open(os.fspath(cache), framework="np") as file:
            if (file.metadata() or {}).get("shards") != stamps:
                return None
            places: Whole = file.get_tensor("places")
            return places
    except (SafetensorError, OSError, ValueError):
        return None


class ShardOrder:
    """Which picture comes as the n-th, without end: a function of n and the seed alone.

    Each time all shards are dealt out to the processes anew, in random order, as WebDataset does;
    a process reads one shard after the other and shuffles its pictures in windows of so many. So
    what a run has seen is told by one number, and the run can be continued exactly.
    """

    def __init__(
        self, index: ShardIndex, shuffled: int, seed: int, *, rank: int = 0, world: int = 1
    ) -> None:
        """``shuffled`` pictures make a window. Raises OptionError where there are fewer shards than
        processes."""
        require_whole("stream", shuffled, 1, MOST_SHUFFLED)
        shards = np.unique(index.shard_of)
        if len(shards) < world:
            raise OptionError(
                f"{len(shards)} shards with pictures for {world} processes; each needs one of its "
                "own: make more and smaller .tar files"
            )
        self._shards = shards
        self._first = np.searchsorted(index.shard_of, shards)
        self._last = np.searchsorted(index.shard_of, shards, "right")
        self._shuffled, self._seed = shuffled, seed
        self._rank, self._world = rank, world
        self._starts = [0]
        self._own = lru_cache(2)(self._dealt)
        self.window = lru_cache(4)(self._window)

    def place(self, number: int) -> tuple[int, int, int]:
        """Of the ``number``-th picture: which time through all, which window, where in it."""
        while self._starts[-1] <= number:
            mine = self._own(len(self._starts) - 1)
            self._starts.append(self._starts[-1] + int((self._last - self._first)[mine].sum()))
        time = bisect_right(self._starts, number) - 1
        return time, *divmod(number - self._starts[time], self._shuffled)

    def next_window(self, time: int, window: int) -> tuple[int, int]:
        """The window after one."""
        self.place(self._starts[time])  # so that the length of this time is known
        length = self._starts[time + 1] - self._starts[time]
        more = (window + 1) * self._shuffled < length
        return (time, window + 1) if more else (time + 1, 0)

    def _dealt(self, time: int) -> Whole:
        """Shards of this process, in the order in which it reads them."""
        order = np.random.default_rng([self._seed, time]).permutation(len(self._shards))
        return order[self._rank :: self._world]

    def _window(self, time: int, window: int) -> Whole:
        """Pictures of a window, shuffled."""
        self.next_window(time, window)
        skip = window * self._shuffled
        found: list[Whole] = []
        missing = self._shuffled
        for shard in self._own(time):
            first, last = int(self._first[shard]) + skip, int(self._last[shard])
            skip = max(0, first - last)
            taken = np.arange(min(first, last), min(last, first + missing))
            found.append(taken)
            missing -= len(taken)
            if not missing:
                break
        pictures: Whole = np.concatenate(found)
        random = np.random.default_rng([self._seed, time, self._rank, window])
        return random.permutation(pictures)
