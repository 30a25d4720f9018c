"""The compiled part of searching (`native/*.c`), called without copies; calls release the interpreter lock.

Some hundred numpy calls on tiny arrays cost ten times the arithmetic between them (docs/decisions/0003-scale.md). The
structures mirror `native/kernel.h`, field by field. The kernel checks every number that it reads from a mapped file.
"""

import ctypes
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import POINTER, Structure, byref, c_float, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np

from kvasir.errors import CorruptDataError, ExhaustedError, UnsupportedError
from kvasir.text.lexical.storage import Array

_FILE: Final = Path(__file__).with_name("native") / "kernel.so"
_FINE, _DAMAGED = 0, 1


class _Described(Structure):
    """A structure that keeps the arrays alive whose addresses it holds."""

    held: tuple[object, ...]

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Arrays become addresses, which must stay where they are; all else is taken as it is."""
        made = cls()
        made.held = tuple(values.values())
        for name, value in values.items():
            setattr(made, name, value.ctypes.data if isinstance(value, np.ndarray) else value)
        return made


class Lists(_Described):
    """`count` lists of places: list i is `places[starts[i]:starts[i + 1]]`, and `values` beside them."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("count", "entries")),
        *((name, c_void_p) for name in ("starts", "places", "values")),
    ]

    @classmethod
    def over(cls, starts: Array, places: Array, values: Array | None = None) -> Self:
        """Starts are int64 of shape (count + 1,), places int32."""
        return cls.of(count=len(starts) - 1, entries=len(places), starts=starts, places=places, values=values)


class SegmentView(_Described):
    """One segment of an index, and what it holds over live documents."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("rows", "words", "documents", "first_row", "first_word", "first_document")),
        *((name, c_void_p) for name in ("term_hashes", "prefix_hashes", "gram_hashes", "word_hashes")),
        *((name, Lists) for name in ("term_rows", "term_documents", "term_words", "prefix_rows")),
        *((name, Lists) for name in ("gram_words", "row_words", "row_prefixes", "word_terms")),
        *((name, c_void_p) for name in ("live_term_rows", "live_term_documents", "live_prefix_rows")),
        *((name, c_void_p) for name in ("live_gram_words", "live_word_rows")),
    ]


class CorpusView(_Described):
    """All segments of an index, and arrays over their global rows and documents."""

    _fields_: ClassVar = [
        ("count", c_int64),
        ("segments", POINTER(SegmentView)),
        *((name, c_int64) for name in ("rows", "live_rows", "live_documents")),
        *((name, c_void_p) for name in ("keys", "documents", "languages")),
        *((name, c_void_p) for name in ("word_norms", "gram_norms", "prefix_norms", "document_norms")),
        ("saturation", c_float),
    ]


class Question(_Described):
    """A question; `resolve` fills in its places in every segment and its weights."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("words", "terms", "grams", "pairs")),
        *((name, c_void_p) for name in ("term_hashes", "gram_hashes", "term_words", "gram_pairs", "content")),
        *((name, c_void_p) for name in ("counts", "gram_counts")),
        *((name, c_void_p) for name in ("term_places", "prefix_places", "gram_places", "word_rows", "prefix_rows")),
        *((name, c_void_p) for name in ("word_weights", "document_weights", "prefix_weights", "gram_weights")),
    ]


class Allowance(_Described):
    """What a search for candidates may read, and what counts how much."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("words", "grams", "prefixes", "depth", "expansions", "rare")),
        *((name, c_float) for name in ("prefix_share", "gram_share")),
    ]


class Workspace(_Described):
    """Zeros before and after each call that succeeds: as long as all rows (twice), and all vocabularies (thrice)."""

    _fields_: ClassVar = [(name, c_void_p) for name in ("estimates", "met", "slots", "shares", "seen")]

    @classmethod
    def for_index(cls, rows: int, words: int) -> Self:
        return cls.of(
            estimates=np.zeros(rows, np.float64),
            met=np.zeros(rows, np.int64),
            slots=np.zeros(words, np.int32),
            shares=np.zeros(words, np.float32),
            seen=np.zeros(words // 8 + 1, np.uint8),
        )


class Workspaces:
    """Workspaces of one index. One whose borrower raises is not used again: it may not be all zeros."""

    def __init__(self, rows: int, words: int) -> None:
        self._size = rows, words
        self._free: list[Workspace] = []

    @contextmanager
    def borrowed(self) -> Generator[Workspace]:
        """A workspace that no other thread holds."""
        try:
            space = self._free.pop()
        except IndexError:
            space = Workspace.for_index(*self._size)
        yield space
        self._free.append(space)


@cache
def _library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(_FILE))
    except OSError as error:
        raise UnsupportedError(
            f"The compiled part of the lexical index cannot be loaded: {error}. Fix: install kvasir-rag again (from a "
            "checkout: make install)."
        ) from error


def resolve(corpus: CorpusView, question: Question) -> None:
    """Looks the question up in every segment, and weighs its parts over all live passages."""
    _check(_library().kvasir_resolve(byref(corpus), byref(question)))


def candidates(
    corpus: CorpusView, question: Question, allowance: Allowance, usable: Array | None, workspace: Workspace
) -> Array:
    """Sorted global rows of the highest estimates, `allowance.depth` at most; `usable` is (rows,), None means all."""
    rows = np.empty(allowance.depth, np.int64)
    found = c_int64()
    mask = None if usable is None else c_void_p(usable.ctypes.data)
    call = _library().kvasir_candidates
    space, address = byref(workspace), c_void_p(rows.ctypes.data)
    _check(call(byref(corpus), byref(question), byref(allowance), mask, space, address, byref(found)))
    return rows[: found.value]


def score(corpus: CorpusView, question: Question, rows: Array, workspace: Workspace) -> Array:
    """Scores of sorted global rows of type int64, by leg: shape (5, n)."""
    scores = np.empty((5, len(rows)), np.float32)
    addresses = c_void_p(rows.ctypes.data), c_int64(len(rows)), byref(workspace), c_void_p(scores.ctypes.data)
    _check(_library().kvasir_score(byref(corpus), byref(question), *addresses))
    return scores


def _check(status: int) -> None:
    if status == _FINE:
        return
    if status == _DAMAGED:
        raise CorruptDataError("A lexical segment is damaged: it names entries that it does not hold; index again.")
    raise ExhaustedError("There is no memory for a search.")
