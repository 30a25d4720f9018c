"""Many stretches of an array at once, and memory that is used again by the next search."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Ints = NDArray[np.int64]


def stretches(values: Array, starts: Array, numbers: Ints) -> tuple[Array, Ints]:
    """`values[starts[i]:starts[i + 1]]` for each i of `numbers`, one after another, and the length of each.

    For few long stretches: slices are read in order, which is faster than gathering by index. For many short ones see `spread`.
    """
    first, last = starts.take(numbers), starts.take(numbers + 1)
    pieces = [values[start:end] for start, end in zip(first.tolist(), last.tolist(), strict=True)]
    return (np.concatenate(pieces) if pieces else values[:0]), last - first


def spread(starts: Array, sizes: Array) -> Ints:
    """Places start, start + 1, ... of each of n stretches, one after another."""
    ends = sizes.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    places = np.repeat(starts - (ends - sizes), sizes)
    places += np.arange(total)
    return places


def runs(values: Array) -> Ints:
    """Where each run of equal values begins."""
    begins = np.empty(len(values), np.bool_)
    begins[:1] = True
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def lengths(first: Ints, total: int) -> Ints:
    """How long each run is, from where runs begin."""
    sizes = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=sizes[:-1])
    sizes[-1:] = total - first[-1:]
    return sizes


class Scratch:
    """Arrays of zeros as long as the vocabulary or the documents, so that a search need not make them.

    A borrower leaves zeros behind. One that raises loses the array: the next makes a new one.
    """

    def __init__(self, size: int, kind: DTypeLike) -> None:
        self._size = size
        self._kind = kind
        self._free: list[Array] = []

    @contextmanager
    def borrowed(self) -> Generator[Array]:
        """An array of zeros that no other thread holds."""
        try:
            array = self._free.pop()
        except IndexError:
            array = np.zeros(self._size, self._kind)
        yield array
        self._free.append(array)
