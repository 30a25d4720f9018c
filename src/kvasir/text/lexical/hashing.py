"""64-bit names for words, terms, grams and documents.

Segments keep hashes instead of strings: lookup is one binary search over integers, and merging needs no strings. Among a
million distinct words the chance that any two collide is 3 in 100 million, and a collision only makes two words one.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.analysis import grams, stem
from kvasir.text.language import SNOWBALL

Hashes = NDArray[np.uint64]
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


@lru_cache(maxsize=500_000)
def hash64(text: str) -> int:
    """The same for the same text on every machine and in every version."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_all(texts: Iterable[str]) -> Hashes:
    """`hash64` of each, shape (n,). Nothing is remembered: who has many asks for each once."""
    return np.fromiter(map(hash64.__wrapped__, texts), np.uint64)


@lru_cache(maxsize=500_000)
def term_hash(word: str, language: str) -> int:
    """Name of the index term of a surface word of a language; languages that stem alike share it."""
    return hash64(stem(word, language))


@lru_cache(maxsize=200_000)
def stem_hashes(word: str, languages: tuple[str, ...]) -> tuple[int, ...]:
    """Names of the different terms of a surface word in any of `languages`, in their order."""
    return tuple(dict.fromkeys(term_hash(word, language) for language in _stemmed_apart(languages)))


@lru_cache(maxsize=1_000)
def _stemmed_apart(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The first language of each stemmer; those without one go together."""
    first: dict[str | None, str] = {}
    for language in languages:
        first.setdefault(SNOWBALL.get(language), language)
    return tuple(first.values())


@lru_cache(maxsize=200_000)
def gram_hashes(word: str) -> tuple[int, ...]:
    """Names of the grams of a surface word, repeated ones included."""
    return tuple(hash64(gram) for gram in grams(word))


def mix(seeds: Hashes, ordinals: NDArray[np.int64]) -> Hashes:
    """A name for the n-th passage of a document (the finaliser of splitmix64), shape (n,)."""
    value = seeds + (ordinals.astype(np.uint64) + np.uint64(1)) * _GOLDEN
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))
