"""Writing a segment of any size: slices that fit into memory, merged at the end."""

import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Self

from kvasir.text.lexical.builder import SegmentBuilder, TextAndPrefix
from kvasir.text.lexical.merging import merge
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.vocabulary import Vocabulary

SLICE_TOKENS: Final = 1_500_000
"""Of texts and prefixes. Building takes about 60 bytes for each, besides the vocabulary."""
MOST_TOKENS: Final = 200_000
"""Different ones that a vocabulary holds (about 100 MB) before the next slice begins with an empty one."""


class SegmentWriter(AbstractContextManager["SegmentWriter"]):
    """Takes documents in order; `directory` holds the segment when the block has ended normally.

    What is written in between stands in folders of `directory` named `slice-*`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._vocabulary = Vocabulary()
        self._builder = SegmentBuilder(self._vocabulary)
        self._slices: list[Path] = []

    def add(self, key: str, language: str, passages: Iterable[TextAndPrefix]) -> None:
        """As `SegmentBuilder.add`; one document is never cut."""
        self._builder.add(key, language, passages)
        if self._builder.tokens >= SLICE_TOKENS or len(self._vocabulary) > MOST_TOKENS:
            self._cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            return
        if not self._slices:
            self._builder.write(self._directory)
            return
        if self._builder.documents:
            self._cut()
        merge(self._directory, [Segment.open(part) for part in self._slices])
        for part in self._slices:
            shutil.rmtree(part)

    def _cut(self) -> None:
        part = self._directory / f"slice-{len(self._slices):06d}"
        part.mkdir()
        self._builder.write(part)
        self._slices.append(part)
        if len(self._vocabulary) > MOST_TOKENS:
            self._vocabulary = Vocabulary()
        self._builder = SegmentBuilder(self._vocabulary)
