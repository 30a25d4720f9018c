"""Staged passages: what was written and is not yet part of a segment. One immutable file per write."""

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from kvasir.durable_files import replace_file
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId, Vector

Version = tuple[str, str]
"""A document and its version."""

Place = tuple[Path, int]
"""A staged file and the position of a passage in it."""

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

    def index(self, files: Sequence[Path]) -> Mapping[Version, Mapping[int, Place]]:
        """Where each passage stands; a later file overrides an earlier one."""
        found: dict[Version, dict[int, Place]] = {}
        for file in files:
            for position, staged in enumerate(self._read(file)):
                document, version, ordinal = staged.passage.id
                found.setdefault((document, version), {})[ordinal] = (file, position)
        return found

    def versions(self, file: Path) -> set[Version]:
        """Document versions with passages in a file."""
        return {(staged.passage.id.document, staged.passage.id.version) for staged in self._read(file)}

    def load(self, places: Iterable[Place]) -> Iterator[EmbeddedPassage]:
        """In the order of the places; neighbours in one file are read together."""
        return (self._read(file)[position] for file, position in places)

    def remove(self, files: Iterable[Path]) -> None:
        """Idempotent."""
        for file in list(files):
            file.unlink(missing_ok=True)
        self._read.cache_clear()


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
    content = file.read_bytes()
    head, _, body = content.partition(b"\n")
    header = orjson.loads(head)
    rows = orjson.loads(body[: header["rows"]])
    dimensions: int = header["dimensions"]
    flat = np.frombuffer(body, dtype="<f4", offset=header["rows"])
    matrix = flat.reshape(-1, dimensions) if dimensions else flat.reshape(0, 0)
    passages: list[EmbeddedPassage] = []
    used = 0
    for row, count in zip(rows, header["windows"], strict=True):
        vectors: Vector | None = None if count < 0 else matrix[used : used + count]
        used += max(count, 0)
        passages.append(EmbeddedPassage(passage_of(row), vectors))
    return passages


def row_of(passage: Passage) -> Sequence[Any]:
    """A passage as a JSON array. Rows of format 1 end with the language."""
    row = [*passage.id, passage.text, passage.start, passage.end, passage.prefix, passage.pages, passage.language]
    return [*row, passage.instructions]


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
        instructions=tuple((first, last) for first, last in later[0]) if later else (),
    )
