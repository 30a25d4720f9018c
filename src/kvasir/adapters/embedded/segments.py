"""Segments: immutable folders with rows, vectors and the lexical index of some document versions.

A document version stands in exactly one segment, in order, cut into parts so that one enormous document bounds nothing.
What is live is not the segment's business: a snapshot masks parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from kvasir.adapters.embedded.segments_dense import DenseIndex
from kvasir.adapters.embedded.segments_staging import Version, passage_of
from kvasir.errors import CorruptDataError, UnsupportedError, said
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId, Vector
from kvasir.text.lexical.segment import Segment as LexicalSegment

FORMAT: Final = 3
"""Of the rows, see `row_of`; segments without a number are of format 1 and stay readable."""
META: Final = "segment.json"
ROWS: Final = "rows.bin"
OFFSETS: Final = "row_offsets.npy"
VECTORS: Final = "vectors.npy"
WINDOWS: Final = "window_starts.npy"

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive rows of one document version; `first` is the ordinal of the first."""

    document: str
    version: str
    first: int
    rows: int

    @property
    def key(self) -> str:
        """The name of this part in the lexical index."""
        return f"{self.document}@{self.version}#{self.first}"


class Segment:
    """An open segment. Everything large is mapped, so processes share it and opening costs little."""

    def __init__(self, folder: Path, parts: Sequence[Part], dimensions: int) -> None:
        self.folder = folder
        self.name = folder.name
        self.parts = parts
        self.dimensions = dimensions
        self.lexical = LexicalSegment.open(folder)
        self._rows = np.memmap(folder / ROWS, dtype=np.uint8, mode="r")
        self.offsets: NDArray[np.int64] = np.load(folder / OFFSETS, mmap_mode="r")
        self.vectors: Vector = self._mapped(VECTORS, np.zeros((0, 0), np.float32))
        self.window_starts: NDArray[np.int64] = self._mapped(WINDOWS, np.zeros(self.size + 1, np.int64))
        # Opened at once: a purge may unlink the files while a query still reads the mapping.
        self.dense = DenseIndex.open(folder, self.vectors, self.window_starts) if dimensions else None

    @classmethod
    def open(cls, folder: Path) -> "Segment":
        """Raises CorruptDataError for a segment that cannot be read."""
        try:
            meta = orjson.loads((folder / META).read_bytes())
            if meta.get("format", 1) > FORMAT:
                raise UnsupportedError(
                    f"Segment {folder.name} was written by a newer version of Kvasir. Fix: run that version here."
                )
            return cls(folder, [Part(*part) for part in meta["parts"]], meta["dimensions"])
        except (OSError, ValueError, KeyError) as error:
            raise CorruptDataError(
                f"{folder} cannot be read: {said(error)}. Ingest the knowledge base again."
            ) from error

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.offsets) - 1

    @cached_property
    def part_starts(self) -> NDArray[np.int64]:
        """(parts + 1) first row of each part."""
        return np.concatenate([[0], np.cumsum([part.rows for part in self.parts], dtype=np.int64)])

    @cached_property
    def row_parts(self) -> NDArray[np.int64]:
        """(rows) number of the part of each row."""
        return np.repeat(np.arange(len(self.parts)), np.diff(self.part_starts))

    @cached_property
    def places(self) -> Mapping[Version, range]:
        """Rows of each document version that stands here, in the order of ordinals."""
        found: dict[Version, range] = {}
        for part, start in zip(self.parts, self.part_starts.tolist(), strict=False):
            first = found.get((part.document, part.version), range(start, start)).start
            found[part.document, part.version] = range(first, start + part.rows)
        return found

    def _mapped(self, name: str, absent: NDArray[Any]) -> NDArray[Any]:
        return np.load(self.folder / name, mmap_mode="r") if self.dimensions else absent

    def identity(self, row: int) -> PassageId:
        number = int(self.row_parts[row])
        part = self.parts[number]
        return PassageId(part.document, part.version, part.first + row - int(self.part_starts[number]))

    def passage(self, row: int) -> Passage:
        start, end = int(self.offsets[row]), int(self.offsets[row + 1])
        return passage_of(orjson.loads(self._rows[start:end].tobytes()))

    def embedded(self, row: int) -> EmbeddedPassage:
        vectors = self.vectors[self.window_starts[row] : self.window_starts[row + 1]] if self.dimensions else None
        return EmbeddedPassage(self.passage(row), vectors)
