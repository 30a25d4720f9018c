"""Writing segments: from passages, and from other segments. Memory does not grow with what is written."""

import shutil
import uuid
from array import array
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import orjson

from kvasir.adapters.embedded.segments import (
    FORMAT,
    META,
    OFFSETS,
    ROWS,
    VECTORS,
    WINDOWS,
    Mask,
    Part,
    Segment,
)
from kvasir.adapters.embedded.segments_dense import write_dense_index
from kvasir.adapters.embedded.segments_staging import row_of
from kvasir.durable_files import sync_folder, sync_tree, translated_os_errors
from kvasir.errors import CorruptDataError
from kvasir.ports.passages import EmbeddedPassage
from kvasir.text.lexical.merging import merge
from kvasir.text.lexical.writer import SegmentWriter

PART_ROWS: Final = 4096
_BLOCK: Final = 1 << 20


def write_segment(parent: Path, passages: Iterable[EmbeddedPassage]) -> str:
    """Writes a segment of passages that come by document version and ordinal; returns its name."""
    with _new_folder(parent) as draft:
        with _RowWriter.open(draft.folder) as rows, SegmentWriter(draft.folder) as lexical:
            for part, members in _parts(passages):
                texts = [(member.passage.text, member.passage.prefix) for member in members]
                lexical.add(part.key, members[0].passage.language, texts)
                rows.add(part, members)
        return draft.finish()


def merge_segments(parent: Path, segments: Sequence[Segment], keep: Sequence[Mask]) -> str:
    """One segment with the kept parts of several. Nothing is analysed or embedded again."""
    with _new_folder(parent) as draft:
        with _RowWriter.open(draft.folder) as rows:
            for segment, mask in zip(segments, keep, strict=True):
                rows.copy(segment, mask)
        merge(draft.folder, [segment.lexical for segment in segments], list(keep))
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
    """Removes a segment's folder, or the draft of one. Idempotent."""
    if folder.exists():
        shutil.rmtree(folder)


class _RowWriter:
    """Rows and vectors, appended part by part."""

    def __init__(self, folder: Path, rows: BinaryIO, vectors: BinaryIO) -> None:
        self._folder = folder
        self._rows = rows
        self._vectors = vectors
        self._parts: list[Part] = []
        self._offsets = array("q", [0])
        self._windows = array("q", [0])
        self._dimensions = 0

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> "Generator[_RowWriter]":
        """Writes the tables of offsets, and the index over the vectors, when the block ends normally."""
        with (folder / ROWS).open("wb") as rows, (folder / VECTORS).open("wb") as vectors:
            writer = cls(folder, rows, vectors)
            yield writer
            writer.finish()
        writer.index()

    def add(self, part: Part, members: Sequence[EmbeddedPassage]) -> None:
        self._parts.append(part)
        for member in members:
            row = orjson.dumps(row_of(member.passage))
            self._rows.write(row)
            self._offsets.append(self._offsets[-1] + len(row))
            count = 0
            if member.vectors is not None:
                count, dimensions = member.vectors.shape
                self._begin_vectors(dimensions)
                self._vectors.write(np.ascontiguousarray(member.vectors, dtype="<f4").tobytes())
            self._windows.append(self._windows[-1] + count)

    def copy(self, segment: Segment, keep: Mask) -> None:
        """Appends the kept parts of a segment, as they stand there."""
        kept = np.flatnonzero(keep)
        self._parts.extend(segment.parts[number] for number in kept.tolist())
        for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1) if len(kept) else ():
            first, last = int(segment.part_starts[run[0]]), int(segment.part_starts[run[-1] + 1])
            offsets, windows = segment.offsets[first : last + 1], segment.window_starts[first : last + 1]
            with (segment.folder / ROWS).open("rb") as rows:
                _copy(rows, int(offsets[0]), int(offsets[-1]), self._rows)
            if segment.dimensions:
                self._copy_vectors(segment, int(windows[0]), int(windows[-1]))
            self._offsets.frombytes((offsets[1:] - offsets[0] + self._offsets[-1]).tobytes())
            self._windows.frombytes((windows[1:] - windows[0] + self._windows[-1]).tobytes())

    def finish(self) -> None:
        np.save(self._folder / OFFSETS, np.frombuffer(self._offsets, np.int64))
        if self._dimensions:
            np.save(self._folder / WINDOWS, np.frombuffer(self._windows, np.int64))
            self._vectors.seek(0)
            self._write_header(self._windows[-1])
        else:
            (self._folder / VECTORS).unlink()
        parts = [[part.document, part.version, part.first, part.rows] for part in self._parts]
        meta = {"format": FORMAT, "parts": parts, "dimensions": self._dimensions}
        (self._folder / META).write_bytes(orjson.dumps(meta))

    def index(self) -> None:
        if self._dimensions:
            write_dense_index(self._folder, np.load(self._folder / VECTORS, mmap_mode="r"))

    def _begin_vectors(self, dimensions: int) -> None:
        if not self._dimensions:
            self._dimensions = dimensions
            self._write_header(0)

    def _write_header(self, count: int) -> None:
        """The header of a `.npy` file, which leaves room for a count of any length."""
        shape = (count, self._dimensions)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._vectors, header)

    def _copy_vectors(self, segment: Segment, first: int, last: int) -> None:
        self._begin_vectors(segment.dimensions)
        width = 4 * segment.dimensions
        with (segment.folder / VECTORS).open("rb") as vectors:
            np.lib.format.read_magic(vectors)
            np.lib.format.read_array_header_1_0(vectors)
            start = vectors.tell()
            _copy(vectors, start + first * width, start + last * width, self._vectors)


def _copy(source: BinaryIO, start: int, end: int, target: BinaryIO) -> None:
    """Copies bytes without mapping them: mapped pages count as memory of this process."""
    source.seek(start)
    while start < end:
        block = source.read(min(_BLOCK, end - start))
        if not block:
            raise CorruptDataError(f"{source.name} is cut short. Ingest the knowledge base again.")
        target.write(block)
        start += len(block)
