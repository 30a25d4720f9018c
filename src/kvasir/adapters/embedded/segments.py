"""Segments: immutable folders with rows, vectors and the lexical index of some document versions.

A document version stands in exactly one segment, in order, cut into parts of at most `PART_ROWS` rows so that one
enormous document bounds nothing. What is live is not the segment's business: a snapshot masks parts.
"""

import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from kvasir.adapters.embedded.segments_dense import DenseIndex, write_dense_index
from kvasir.adapters.embedded.segments_staging import Version, passage_of, row_of
from kvasir.durable_files import sync_folder, sync_tree, translated_os_errors
from kvasir.errors import CorruptDataError, UnsupportedError
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId, Vector
from kvasir.text.lexical.builder import SegmentBuilder, merge
from kvasir.text.lexical.segment import Segment as LexicalSegment

PART_ROWS: Final = 4096
FORMAT: Final = 2
"""Of the rows, see `row_of`; segments without a number are of format 1 and stay readable."""
_META: Final = "segment.json"
_ROWS: Final = "rows.bin"
_OFFSETS: Final = "row_offsets.npy"
_VECTORS: Final = "vectors.npy"
_WINDOWS: Final = "window_starts.npy"
_RAW: Final = "vectors.raw"

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
        self._rows = np.memmap(folder / _ROWS, dtype=np.uint8, mode="r")
        self._offsets: NDArray[np.int64] = np.load(folder / _OFFSETS, mmap_mode="r")
        self.vectors: Vector = self._mapped(_VECTORS, np.zeros((0, 0), np.float32))
        self.window_starts: NDArray[np.int64] = self._mapped(_WINDOWS, np.zeros(self.size + 1, np.int64))
        # Opened at once: a purge may unlink the files while a query still reads the mapping.
        self.dense = DenseIndex.open(folder, self.vectors, self.window_starts) if dimensions else None

    @classmethod
    def open(cls, folder: Path) -> "Segment":
        """Raises CorruptDataError for a segment that cannot be read."""
        try:
            meta = orjson.loads((folder / _META).read_bytes())
            if meta.get("format", 1) > FORMAT:
                raise UnsupportedError(
                    f"{folder} was written by a newer version of Kvasir. Fix: run that version here."
                )
            return cls(folder, [Part(*part) for part in meta["parts"]], meta["dimensions"])
        except (OSError, ValueError, KeyError) as error:
            raise CorruptDataError(f"{folder} cannot be read: {error}. Ingest the knowledge base again.") from error

    @property
    def size(self) -> int:
        """Rows."""
        return len(self._offsets) - 1

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
        start, end = int(self._offsets[row]), int(self._offsets[row + 1])
        return passage_of(orjson.loads(self._rows[start:end].tobytes()))

    def embedded(self, row: int) -> EmbeddedPassage:
        vectors = self.vectors[self.window_starts[row] : self.window_starts[row + 1]] if self.dimensions else None
        return EmbeddedPassage(self.passage(row), vectors)


def write_segment(parent: Path, passages: Iterable[EmbeddedPassage]) -> str:
    """Writes a segment of passages that come by document version and ordinal; returns its name."""
    with _new_folder(parent) as draft:
        builder = SegmentBuilder()
        with _RowWriter.open(draft.folder) as rows:
            for part, members in _parts(passages):
                first = members[0].passage
                texts = [(member.passage.text, member.passage.prefix) for member in members]
                builder.add(part.key, first.language, texts)
                rows.add(part, members)
        builder.write(draft.folder)
        return draft.finish()


def merge_segments(parent: Path, segments: Sequence[Segment], keep: Sequence[Mask]) -> str:
    """One segment with the kept parts of several. Nothing is analysed or embedded again."""
    with _new_folder(parent) as draft:
        with _RowWriter.open(draft.folder) as rows:
            for segment, mask in zip(segments, keep, strict=True):
                for number in np.flatnonzero(mask).tolist():
                    start, end = segment.part_starts[number : number + 2].tolist()
                    rows.add(segment.parts[number], [segment.embedded(row) for row in range(start, end)])
        merge([segment.lexical for segment in segments], list(keep)).write(draft.folder)
        return draft.finish()


def _parts(passages: Iterable[EmbeddedPassage]) -> Iterator[tuple[Part, Sequence[EmbeddedPassage]]]:
    for (document, version), members in groupby(passages, key=lambda one: one.passage.id[:2]):
        batch: list[EmbeddedPassage] = []
        for member in members:
            batch.append(member)
            if len(batch) == PART_ROWS:
                yield _part(document, version, batch), batch
                batch = []
        if batch:
            yield _part(document, version, batch), batch


def _part(document: str, version: str, members: Sequence[EmbeddedPassage]) -> Part:
    return Part(document, version, members[0].passage.id.ordinal, len(members))


class _Draft:
    """A segment's folder before it is complete."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._name = f"segment-{uuid.uuid4().hex}"
        self.folder = parent / f".new-{self._name}"

    def finish(self) -> str:
        """Makes the segment durable and visible under its name."""
        sync_tree(self.folder)
        self.folder.rename(self._parent / self._name)
        sync_folder(self._parent)
        return self._name


@contextmanager
def _new_folder(parent: Path) -> Generator[_Draft]:
    """A draft that leaves nothing behind when it is not finished."""
    draft = _Draft(parent)
    with translated_os_errors(parent):
        draft.folder.mkdir(parents=True)
        try:
            yield draft
        finally:
            remove_folder(draft.folder)


def remove_folder(folder: Path) -> None:
    """Removes a segment's folder and its files. Idempotent."""
    for path in folder.glob("*"):
        path.unlink(missing_ok=True)
    if folder.exists():
        folder.rmdir()


class _RowWriter:
    """Rows and vectors, appended part by part."""

    def __init__(self, folder: Path, rows: BinaryIO, vectors: BinaryIO) -> None:
        self._folder = folder
        self._rows = rows
        self._vectors = vectors
        self._parts: list[Part] = []
        self._offsets = [0]
        self._windows = [0]
        self._dimensions = 0

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> "Generator[_RowWriter]":
        """Writes the tables of offsets when the block ends normally."""
        with (folder / _ROWS).open("wb") as rows, (folder / _RAW).open("wb") as vectors:
            writer = cls(folder, rows, vectors)
            yield writer
        writer.finish()

    def add(self, part: Part, members: Sequence[EmbeddedPassage]) -> None:
        self._parts.append(part)
        for member in members:
            row = orjson.dumps(row_of(member.passage))
            self._rows.write(row)
            self._offsets.append(self._offsets[-1] + len(row))
            count = 0
            if member.vectors is not None:
                count, self._dimensions = member.vectors.shape
                self._vectors.write(np.ascontiguousarray(member.vectors, dtype="<f4").tobytes())
            self._windows.append(self._windows[-1] + count)

    def finish(self) -> None:
        np.save(self._folder / _OFFSETS, np.array(self._offsets, np.int64))
        raw = self._folder / _RAW
        if self._dimensions:
            np.save(self._folder / _WINDOWS, np.array(self._windows, np.int64))
            vectors = np.memmap(raw, dtype="<f4", mode="r", shape=(self._windows[-1], self._dimensions))
            np.save(self._folder / _VECTORS, vectors)
            write_dense_index(self._folder, vectors)
        raw.unlink()
        parts = [[part.document, part.version, part.first, part.rows] for part in self._parts]
        meta = {"format": FORMAT, "parts": parts, "dimensions": self._dimensions}
        (self._folder / _META).write_bytes(orjson.dumps(meta))
