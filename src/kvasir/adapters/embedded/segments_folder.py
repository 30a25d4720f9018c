"""The writing side of one generation's folder: seal, merge, purge. Used by one process at a time.

A manifest is renamed into place when everything that it names is on disk, so a reader sees a revision whole or not at
all. Segments are merged when a revision is sealed, in geometric tiers: n passages stand in about log n of them.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from kvasir.adapters.embedded.segments import Mask, Segment
from kvasir.adapters.embedded.segments_manifest import (
    Manifest,
    manifest_path,
    read_manifest,
    revisions,
    write_manifest,
)
from kvasir.adapters.embedded.segments_staging import NOWHERE, Places, Staging, Version, file_numbers
from kvasir.adapters.embedded.segments_writing import merge_segments, remove_folder, write_segment
from kvasir.durable_files import sync_folder, translated_os_errors
from kvasir.errors import CorruptDataError
from kvasir.ports.documents import LiveDocument
from kvasir.ports.passages import EmbeddedPassage

_SEGMENT_ROWS: Final = 65_536
"""Rows of a segment made from staged passages, about: what a killed seal has to do again."""
_TIER: Final = 4
"""A segment is merged once it is smaller than this many times all smaller ones together."""


class GenerationFolder:
    """Everything that one generation keeps on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._staging = Staging(folder)

    def stage(self, passages: Sequence[EmbeddedPassage]) -> None:
        """Returns when the passages are on disk."""
        self._staging.append(passages)

    def seal(self, revision: int, live: Sequence[LiveDocument]) -> None:
        """Makes the revision readable. Raises CorruptDataError when passages of a live document are missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = {(document.id, document.version): document.passages for document in live if document.passages}
        segments = [Segment.open(path) for path in sorted(self._folder.glob("segment-*"))]
        present: set[Version] = {version for segment in segments for version in segment.places}
        files = self._staging.files()
        places = self._staging.index(files)
        fresh = sorted(wanted.keys() - present)
        _check_complete(wanted, fresh, places, segments)
        # In the order of the staged files: in any other, each document would decode a whole file again.
        fresh.sort(key=lambda version: min(places[version]))
        for group in _groups([places[version] for version in fresh]):
            name = write_segment(self._folder, self._staging.load(files, group))
            segments.append(Segment.open(self._folder / name))
        used = [segment for segment in segments if wanted.keys() & segment.places.keys()]
        names = sorted(segment.name for segment in self._merge(used, wanted))
        write_manifest(self._folder, Manifest(revision, tuple(names), {document.id: document for document in live}))
        # What is not live stays staged: its own seal may still come. A purge takes it.
        kept = {number for version in places.keys() - wanted.keys() for number in file_numbers(places[version])}
        self._staging.remove(file for number, file in enumerate(files) if number not in kept)

    def purge(self, revision: int) -> None:
        """Deletes what revisions from this one on do not need, rows of removed documents included."""
        with translated_os_errors(self._folder):
            for old in revisions(self._folder):
                if old < revision:
                    manifest_path(self._folder, old).unlink(missing_ok=True)
        kept = [read_manifest(self._folder, one) for one in revisions(self._folder)]
        if not kept:
            return  # nothing is sealed yet: what is staged waits for it
        live = {(one.id, one.version) for manifest in kept for one in manifest.documents.values()}
        compacted: dict[str, str | None] = {}
        for name in sorted({name for manifest in kept for name in manifest.segments}):
            compacted[name] = self._without_dead(Segment.open(self._folder / name), live)
        for manifest in kept:
            names = tuple(sorted(new for name in manifest.segments if (new := compacted[name]) is not None))
            if names != manifest.segments:
                write_manifest(self._folder, Manifest(manifest.revision, names, manifest.documents))
        self._sweep({name for name in compacted.values() if name is not None})

    def remove(self) -> None:
        """Deletes the whole generation. Idempotent."""
        with translated_os_errors(self._folder):
            for path in self._folder.iterdir() if self._folder.exists() else ():
                _remove(path)
            if self._folder.exists():
                self._folder.rmdir()

    def _merge(self, segments: list[Segment], wanted: Mapping[Version, int]) -> list[Segment]:
        """Merges the small end of the tiers; a version that stands twice is kept once."""
        ordered = sorted(segments, key=lambda one: (-one.size, one.name))
        cut = _small_end([one.size for one in ordered])
        kept, joined = ordered[:cut], ordered[cut:]
        if len(joined) < 2:
            return ordered
        seen = {version for segment in kept for version in segment.places}
        masks: list[Mask] = []
        for segment in joined:
            fresh = (wanted.keys() & segment.places.keys()) - seen
            seen |= fresh
            masks.append(np.array([(part.document, part.version) in fresh for part in segment.parts], np.bool_))
        return [*kept, Segment.open(self._folder / merge_segments(self._folder, joined, masks))]

    def _without_dead(self, segment: Segment, live: set[Version]) -> str | None:
        keep = np.array([(part.document, part.version) in live for part in segment.parts], np.bool_)
        if keep.all():
            return segment.name
        return merge_segments(self._folder, [segment], [keep]) if keep.any() else None

    def _sweep(self, named: set[str]) -> None:
        """Removes segments that nothing names, drafts of killed runs, and what is staged."""
        with translated_os_errors(self._folder):
            for path in self._folder.iterdir() if self._folder.exists() else ():
                if path.name not in named and not path.name.startswith("revision-"):
                    _remove(path)
            if self._folder.exists():
                sync_folder(self._folder)


def _remove(path: Path) -> None:
    if path.is_dir():
        remove_folder(path)
    else:
        path.unlink(missing_ok=True)


def _small_end(sizes: Sequence[int]) -> int:
    """Where the segments (largest first) begin that are to be merged; the number of segments when none are."""
    cut = len(sizes)
    tail = 0
    for number in range(len(sizes) - 1, -1, -1):
        if tail and sizes[number] < _TIER * tail:
            cut = number
        tail += sizes[number]
    return cut


def _check_complete(
    wanted: Mapping[Version, int],
    fresh: Sequence[Version],
    places: Mapping[Version, Places],
    segments: Sequence[Segment],
) -> None:
    """Every live document must be here whole: what the ledger says was written."""
    for version in fresh:
        found = places.get(version, ())
        held = sum(place != NOWHERE for place in found)
        if held < wanted[version] or held < len(found):
            raise CorruptDataError(f"Document {version[0]} has {held} of {wanted[version]} passages. Ingest it again.")
    for segment in segments:
        for version in segment.places.keys() & wanted.keys():
            if len(segment.places[version]) != wanted[version]:
                raise CorruptDataError(f"Document {version[0]} is not whole in {segment.name}. Ingest it again.")


def _groups(documents: Sequence[Places]) -> Iterator[Places]:
    """Places of whole documents in order, in groups of about `_SEGMENT_ROWS`."""
    group: Places = array("q")
    for places in documents:
        group += places
        if len(group) >= _SEGMENT_ROWS:
            yield group
            group = array("q")
    if group:
        yield group
