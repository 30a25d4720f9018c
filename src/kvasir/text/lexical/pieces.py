"""Sorted lists of several segments as one, a piece at a time: what is held at once does not grow with their entries."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kvasir.text.lexical.columns import Ints
from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.storage import Array, Spool, Spools, Starts, release

Bools = NDArray[np.bool_]
Numbers = NDArray[np.int32]

PIECE: Final = 1 << 19
"""Entries that are looked at together, about; one list always is."""
_HASHES: Final = 1 << 64


def stretches(starts: Array) -> Iterator[tuple[int, int]]:
    """Consecutive lists, first and one past the last, that together have about `PIECE` entries."""
    targets = np.arange(int(starts[0]), int(starts[-1]), PIECE)
    cuts = {0, len(starts) - 1, *(np.searchsorted(starts, targets, side="right") - 1).tolist()}
    yield from pairwise(sorted(cuts))


def spans(size: int) -> Iterator[tuple[int, int]]:
    """From 0 to `size`, `PIECE` at a time."""
    return ((first, min(first + PIECE, size)) for first in range(0, size, PIECE))


def distinct(values: Array) -> tuple[Array, Ints]:
    """The different values in order, and how often each occurs. `np.unique` does not sort, and takes ten times as long."""
    ordered = np.sort(values)
    begins = np.empty(len(ordered), np.bool_)
    begins[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    return ordered[first], np.diff(first, append=len(ordered))


def any_entry(starts: Array, holds: Callable[[slice], Bools]) -> Bools:
    """Of each list, whether `holds` says yes for any of its entries."""
    found = np.zeros(len(starts) - 1, np.bool_)
    for first, last in stretches(starts):
        lists = np.repeat(np.arange(first, last), np.diff(starts[first : last + 1]))
        found[lists[holds(slice(starts[first], starts[last]))]] = True
    return found


def unite(parts: Sequence[tuple[Hashes, Bools]], spools: Spools) -> tuple[Spool, list[Numbers]]:
    """The different hashes of several sorted parts, in order, and the number that each part's have among them.

    Of each part only the marked hashes count. Others get the number of the next that does, so that numbers never fall.
    """
    spool = spools.new(np.uint64)
    numbers = [np.empty(len(hashes), np.int32) for hashes, _ in parts]
    shares = sum(map(len, numbers)) // PIECE + 1
    # Hashes are evenly spread: equal shares of their range are about equally long.
    edges = np.array([_HASHES * share // shares for share in range(1, shares)], np.uint64)
    cuts = [[0, *np.searchsorted(hashes, edges).tolist(), len(hashes)] for hashes, _ in parts]
    for share in range(shares):
        here = [slice(of_part[share], of_part[share + 1]) for of_part in cuts]
        held = [hashes[some][marked[some]] for (hashes, marked), some in zip(parts, here, strict=True)]
        joined, _ = distinct(np.concatenate(held))
        for to, (hashes, _), some in zip(numbers, parts, here, strict=True):
            to[some] = spool.size + np.searchsorted(joined, hashes[some])
        spool.append(joined)
    return spool, numbers


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one segment: list i is `places[starts[i]:starts[i + 1]]`, with `values` beside them.

    Attributes:
        numbers: of each list among those of all segments; never falling.
        values: None where nothing stands beside the places.
    """

    numbers: Numbers
    starts: Array
    places: Array
    values: Array | None = None

    def between(self, first: int, last: int) -> tuple[Ints, Array, Array]:
        """The entries of lists numbered from `first` to before `last`: number less `first`, place, value."""
        begin, end = np.searchsorted(self.numbers, [first, last]).tolist()
        starts = self.starts[begin : end + 1]
        lists = np.repeat(self.numbers[begin:end].astype(np.int64) - first, np.diff(starts))
        here = slice(int(starts[0]), int(starts[-1]))
        places = self.places[here]
        return lists, places, places if self.values is None else self.values[here]


def common_stretches(parts: Sequence[Lists], size: int) -> Iterator[tuple[int, int]]:
    """`stretches` of the `size` lists that all segments have together."""
    starts = np.zeros(size + 2, np.int64)
    for part in parts:
        np.add.at(starts[1:], part.numbers, np.diff(part.starts))
    np.cumsum(starts, out=starts)
    for first, last in stretches(starts[: size + 1]):
        yield first, last
        for part in parts:
            release(part.places)


@dataclass(frozen=True, slots=True)
class Joined:
    """Lists that grow on disk."""

    starts: Starts
    places: Spool
    values: Spool

    @classmethod
    def empty(cls, spools: Spools, kind: DTypeLike) -> "Joined":
        """No lists yet; values will be numbers of this type."""
        return cls(spools.starts(), spools.new(np.int32), spools.new(kind))

    def named(self, name: str, values: str) -> dict[str, Array | Spool]:
        """By the names of a segment's arrays."""
        return {f"{name}_starts": self.starts, f"{name}s": self.places, f"{name}_{values}": self.values}


def join_postings(
    parts: Sequence[Lists], renumber: Sequence[tuple[Bools | None, Numbers]], to: Joined, size: int
) -> None:
    """Appends each list's entries, segment after segment.

    Args:
        parts: lists of each segment.
        renumber: per segment, which of its places are kept (None for all), and their new numbers.
        to: where lists of new numbers go, with what stands beside them.
        size: how many different lists there are.
    """
    for first, last in common_stretches(parts, size):
        found: list[tuple[Ints, Array, Array]] = []
        for part, (kept, numbers) in zip(parts, renumber, strict=True):
            lists, old, beside = part.between(first, last)
            if kept is not None:
                alive = kept[old]
                lists, old, beside = lists[alive], old[alive], beside[alive]
            found.append((lists, numbers[old], beside))
        lists, new, beside = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(lists, kind="stable")
        to.places.append(new[order])
        to.values.append(beside[order])
        to.starts.extend(np.bincount(lists, minlength=last - first))
