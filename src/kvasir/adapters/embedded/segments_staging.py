"""Staged passages: what was written and is not yet part of a segment. One immutable file per write."""

import itertools
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np
import orjson

from kvasir.durable_files import replace_file
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId, Vector
from kvasir.text.instructions.instruction import Instruction

Version = tuple[str, str]
"""A document and its version."""

Places: TypeAlias = "array[int]"
"""Where the passages of a document version stand, by ordinal: number of the file (upper bits) and position in it."""

NOWHERE: Final = -1
_POSITION_BITS: Final = 32
_SUFFIX: Final = ".stage"


class Staging:
    """The staged files of one generation. Written by one process; names sort by time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counter = itertools.count()
        self._read = lru_cache(maxsize=2)(read_batch)

    def append(self, passages: Sequence[EmbeddedPassage]) -> None:
        """Returns when the passages are on disk."""
        name = f"{time.time_ns():020d}-{next(self._counter):06d}{_SUFFIX}"
        replace_file(self._folder / name, encode_batch(passages))

    def files(self) -> Sequence[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def index(self, files: Sequence[Path]) -> Mapping[Version, Places]:
        """Where each passage stands; a later file overrides an earlier one. An ordinal that none has is `NOWHERE`."""
        found: dict[Version, Places] = {}
        for number, file in enumerate(files):
            for position, (document, version, ordinal) in enumerate(_identities(file)):
                places = found.setdefault((document, version), array("q"))
                if ordinal >= len(places):
                    places.extend(itertools.repeat(NOWHERE, ordinal + 1 - len(places)))
                places[ordinal] = number << _POSITION_BITS | position
        return found

    def load(self, files: Sequence[Path], places: Iterable[int]) -> Iterator[EmbeddedPassage]:
        """In the order of the places; neighbours in one file are read together."""
        last = (1 << _POSITION_BITS) - 1
        return (self._read(files[place >> _POSITION_BITS])[place & last] for place in places)

    def remove(self, files: Iterable[Path]) -> None:
        """Idempotent."""
        for file in list(files):
            file.unlink(missing_ok=True)
        self._read.cache_clear()


def file_numbers(places: Places) -> set[int]:
    """The files in which some passages stand."""
    return {place >> _POSITION_BITS for place in places}


def encode_batch(passages: Sequence[EmbeddedPassage]) -> bytes:
    """A header with the length of the rows, the rows as JSON, the vectors as raw float32."""
    rows = orjson.dumps([row_of(staged.passage) for staged in passages])
    vectors = [staged.vectors for staged in passages]
    windows = [-1 if one is None else len(one) for one in vectors]
    raw = b"".join(np.ascontiguousarray(one, dtype="<f4").tobytes() for one in vectors if one is not None)
    dimensions = next((one.shape[1] for one in vectors if one is not None), 0)
    header = orjson.dumps({"rows": len(rows), "windows": windows, "dimensions": dimensions})
    return header + b"\n" + rows + raw


def read_batch(file: Path) -> Sequence[EmbeddedPassage]:
    """What `encode_batch` wrote."""
    with file.open("rb") as staged:
        header, rows = _read_rows(staged)
        flat = np.frombuffer(staged.read(), dtype="<f4")
    dimensions: int = header["dimensions"]
    matrix = flat.reshape(-1, dimensions) if dimensions else flat.reshape(0, 0)
    passages: list[EmbeddedPassage] = []
    used = 0
    for row, count in zip(rows, header["windows"], strict=True):
        vectors: Vector | None = None if count < 0 else matrix[used : used + count]
        used += max(count, 0)
        passages.append(EmbeddedPassage(passage_of(row), vectors))
    return passages


def _identities(file: Path) -> Iterator[tuple[str, str, int]]:
    with file.open("rb") as staged:
        yield from ((row[0], row[1], row[2]) for row in _read_rows(staged)[1])


def _read_rows(staged: BinaryIO) -> tuple[Mapping[str, Any], Sequence[Any]]:
    """The header and the rows of a batch; the vectors come next."""
    header = orjson.loads(staged.readline())
    return header, orjson.loads(staged.read(header["rows"]))


def row_of(passage: Passage) -> Sequence[Any]:
    """A passage as a JSON array. Rows of format 1 end with the language; those of format 2 have no scores."""
    row = [*passage.id, passage.text, passage.start, passage.end, passage.prefix, passage.pages, passage.language]
    return [*row, [tuple(one) for one in passage.instructions]]


def passage_of(row: Sequence[Any]) -> Passage:
    """The inverse of `row_of`."""
    document, version, ordinal, text, start, end, prefix, pages, language, *later = row
    return Passage(
        id=PassageId(document, version, ordinal),
        text=text,
        start=start,
        end=end,
        prefix=prefix,
        pages=tuple((offset, page) for offset, page in pages),
        language=language,
        instructions=tuple(Instruction(*one) for one in later[0]) if later else (),
    )
