"""An approximate index of codes, for catalogues of more than a million styles.

A graph of neighbours (Malkov and Yashunin 2018, HNSW) by usearch. It holds each number of a code in
eight bits and is read from its file as far as it is needed. What it proposes is compared exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tinystyle.catalogue.catalogue import Catalogue, Neighbour, nearest_of, scale_of
from tinystyle.catalogue.parts import part_path
from tinystyle.checks import require_whole
from tinystyle.errors import MissingExtraError, ModelError, OptionError, OutputError
from tinystyle.files import folder_beside, replace_folder, write_safetensors

__all__ = ["NearIndex"]

_FACTS, _GRAPH = "facts.safetensors", "codes.usearch"
_FORMAT = {"format": "tinystyle-near-index", "version": "1"}

_REACH = 6.0
"""Deviations that the eight bits span on either side; larger values are rare and cut."""

_NEIGHBOURS = 16
"""Of each code in the graph, at the least."""

_LOOKED_AT = 128
"""Codes that are compared for each that is added, and for each query at the least: the recall."""

_MORE = 20
"""Proposals more than asked for: eight bits may swap near ones."""

Seen = Callable[[int, int], None]


class NearIndex:
    """Finds the styles of one catalogue that are most like a code, and may miss some."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        """Open what :meth:`build` has written.

        Raises MissingExtraError without usearch, ModelError where ``folder`` is none, or is that of
        another catalogue.
        """
        self._catalogue, self._folder = catalogue, folder
        self._graph = _graph(catalogue)
        try:
            with safe_open(folder / _FACTS, framework="np") as file:
                facts = file.metadata() or {}
                self._scale: NDArray[np.float32] = file.get_tensor("scale")
            if any(facts.get(key) != value for key, value in _FORMAT.items()):
                raise ValueError("another format")
        except (SafetensorError, OSError, ValueError) as error:
            raise ModelError(f"{folder}: no index of codes ({error})") from error
        if facts.get("catalogue") != _fingerprint(catalogue):
            raise ModelError(
                f"{folder}: is the index of another catalogue than {catalogue.folder}; make it "
                "anew by tinystyle catalogue index"
            )
        try:
            # usearch closes standard input when it is given an empty file: the next pipe or file
            # that this process opens would then take that number.
            if not (folder / _GRAPH).stat().st_size:
                raise ValueError("it is empty")
            self._graph.view(str(folder / _GRAPH))
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"{folder / _GRAPH}: cannot be read ({error})") from error
        if (len(self._graph), self._graph.ndim) != (int(facts["styles"]), len(self._scale)):
            raise ModelError(f"{folder / _GRAPH}: is of {len(self._graph)} other codes")

    def __len__(self) -> int:
        """Styles in it."""
        return len(self._graph)

    @classmethod
    def build(
        cls, catalogue: Catalogue, folder: Path, *, seen: Seen = lambda done, rows: None
    ) -> NearIndex:
        """Write the index of a catalogue to ``folder``, whole or not at all, by all cores.

        Memory is some 1 kB a style; codes are read part by part, twice. ``seen`` is told how many
        rows are done. Raises OptionError where ``folder`` holds something else.
        """
        _require_own(folder)
        graph = _graph(catalogue)
        seen(0, catalogue.plan.rows)
        scale = scale_of(codes for _, codes in catalogue.portions())
        waiting: list[tuple[NDArray[np.int64], NDArray[np.int8]]] = []
        for rows, codes in catalogue.portions():
            waiting.append((rows, _eight_bits(codes, scale)))
            if sum(len(each) for each, _ in waiting) >= 4096:  # a portion for several threads
                _add(graph, waiting)
                seen(int(rows[-1]) + 1 if len(rows) else 0, catalogue.plan.rows)
        _add(graph, waiting)
        seen(catalogue.plan.rows, catalogue.plan.rows)
        notes = {**_FORMAT, "styles": str(len(graph)), "catalogue": _fingerprint(catalogue)}
        with folder_beside(folder) as work:
            made = work / folder.name
            write_safetensors(made / _FACTS, {"scale": scale}, notes)
            try:
                graph.save(str(made / _GRAPH))
            except RuntimeError as error:  # of a full disk, too
                raise OutputError(f"{folder}: cannot be written ({error})") from error
            replace_folder(made, folder)
        return cls(catalogue, folder)

    def near(self, code: NDArray[np.float16], count: int = 10) -> list[Neighbour]:
        """As of :meth:`tinystyle.catalogue.catalogue.Catalogue.near`, but some may be missing."""
        require_whole("count", count)
        if code.shape != self._scale.shape:
            raise OptionError(
                f"a code is {code.shape}; those of this catalogue {self._scale.shape}"
            )
        wanted = min(len(self), count + _MORE)
        if not wanted:
            return []
        self._graph.expansion_search = max(_LOOKED_AT, wanted)
        found = self._graph.search(_eight_bits(code[None], self._scale)[0], wanted, threads=1)
        rows = np.sort(np.asarray(found.keys).astype(np.int64))
        names, codes = self._catalogue.of_rows(rows)
        return nearest_of(names, codes, code, self._scale, count)


def _graph(catalogue: Catalogue) -> Any:
    try:
        from usearch.index import Index  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError("an index of codes", "index") from error
    return Index(
        ndim=catalogue.plan.code_length,
        metric="l2sq",
        dtype="i8",
        connectivity=_NEIGHBOURS,
        expansion_add=_LOOKED_AT,
        expansion_search=_LOOKED_AT,
    )


def _add(graph: Any, waiting: list[tuple[NDArray[np.int64], NDArray[np.int8]]]) -> None:
    if waiting:
        keys = np.concatenate([rows for rows, _ in waiting]).astype(np.uint64)
        graph.add(keys, np.concatenate([codes for _, codes in waiting]))
        waiting.clear()


def _eight_bits(codes: NDArray[np.float16], scale: NDArray[np.float32]) -> NDArray[np.int8]:
    """``(n, length)``: deviations in steps of ``_REACH / 127``."""
    steps = np.rint(codes.astype(np.float32) * (scale * np.float32(127.0 / _REACH)))
    return np.clip(steps, -127, 127).astype(np.int8)


def _fingerprint(catalogue: Catalogue) -> str:
    """Of what it was built of, and of its first and last rows."""
    digest = hashlib.sha256(repr(catalogue.plan).encode())
    for part in sorted({0, catalogue.plan.parts - 1}):
        digest.update(part_path(catalogue.folder, part).read_bytes())
    return digest.hexdigest()


def _require_own(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and (folder / _FACTS).is_file()):
        raise OptionError(f"{folder}: is there and is no index of codes; choose another folder")
