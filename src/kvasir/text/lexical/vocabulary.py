"""What the analyser makes of tokens and words, asked once for each however often it occurs.

Tokens and words go by number, so that all counting is arithmetic on arrays.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from kvasir.text.analysis import grams, stem, surfaces, tokens
from kvasir.text.lexical.columns import Ints, starts_of
from kvasir.text.lexical.hashing import Hashes, hash_all

Numbers = NDArray[np.int32]
T = TypeVar("T", bound=np.generic)

_AT_ONCE: Final = 50_000
"""Words whose grams are held as strings."""


class _Numbering(dict[str, int]):
    """Numbers names from 0 on, as they are first asked for."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class Vocabulary:
    """Serves the slices of a segment one after another. Not safe for use by several threads."""

    def __init__(self) -> None:
        self._tokens = _Numbering()
        self._words = _Numbering()
        self._token_starts: Ints = np.zeros(1, np.int64)
        self._token_words: Numbers = np.zeros(0, np.int32)
        self._gram_starts: Ints = np.zeros(1, np.int64)
        self._grams: Hashes = np.zeros(0, np.uint64)
        self._hashes: Hashes = np.zeros(0, np.uint64)
        self._terms: dict[str, tuple[Hashes, NDArray[np.bool_]]] = {}

    def __len__(self) -> int:
        """Different tokens so far."""
        return len(self._tokens)

    def numbers(self, text: str) -> Iterator[int]:
        """The tokens of a text in order."""
        return map(self._tokens.__getitem__, tokens(text))

    def words_of(self, numbers: Numbers) -> tuple[Numbers, Ints]:
        """The words of tokens, one after another, and how many each has."""
        self._learn()
        return gathered(self._token_words, self._token_starts, numbers)

    def hashes(self, words: Ints) -> Hashes:
        """Names of words."""
        return self._hashes[words]

    def grams(self, words: Ints) -> tuple[Hashes, Ints]:
        """Names of the grams of words, one after another, repeated ones included, and how many each has."""
        return gathered(self._grams, self._gram_starts, words)

    def terms(self, words: Ints, language: str) -> Hashes:
        """Names of the terms of words in a language."""
        terms, known = self._terms.get(language, (np.zeros(0, np.uint64), np.zeros(0, np.bool_)))
        more = len(self._words) - len(terms)
        terms, known = np.pad(terms, (0, more)), np.pad(known, (0, more))
        missing = words[~known[words]]
        names, chosen = list(self._words), cast("list[int]", missing.tolist())
        stems = _Numbering()
        numbers = np.fromiter((stems[stem(names[word], language)] for word in chosen), np.int64)
        terms[missing] = hash_all(stems)[numbers]
        known[missing] = True
        self._terms[language] = terms, known
        return terms[words]

    def _learn(self) -> None:
        """Analyses the tokens that are new."""
        words, sizes = _ragged(islice(self._tokens, len(self._token_starts) - 1, None), surfaces, self._words)
        self._token_words = np.concatenate([self._token_words, words])
        self._token_starts = _continued(self._token_starts, sizes)
        while fresh := list(islice(self._words, len(self._hashes), len(self._hashes) + _AT_ONCE)):
            known = _Numbering()
            numbers, sizes = _ragged(fresh, grams, known)
            self._grams = np.concatenate([self._grams, hash_all(known)[numbers]])
            self._gram_starts = _continued(self._gram_starts, sizes)
            self._hashes = np.concatenate([self._hashes, hash_all(fresh)])


def _ragged(
    names: Iterable[str], parts: Callable[[str], tuple[str, ...]], numbering: _Numbering
) -> tuple[Numbers, Ints]:
    """Numbers of the parts of each name, one after another, and how many each has."""
    found = [parts(name) for name in names]
    sizes = np.fromiter(map(len, found), np.int64, len(found))
    return np.fromiter((numbering[part] for some in found for part in some), np.int32, int(sizes.sum())), sizes


def _continued(starts: Ints, sizes: Ints) -> Ints:
    return np.concatenate([starts, starts[-1] + starts_of(sizes)[1:]])


def gathered(values: NDArray[T], starts: Ints, numbers: NDArray[np.integer]) -> tuple[NDArray[T], Ints]:
    """`values[starts[i]:starts[i + 1]]` for each i of `numbers`, one after another, and how long each is."""
    first = starts[numbers]
    sizes = starts[numbers + 1] - first
    ends = np.cumsum(sizes)
    places = np.repeat(first - (ends - sizes), sizes)
    places += np.arange(len(places))
    return values[places], sizes
