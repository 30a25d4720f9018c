"""From counted words to the sorted, deterministic arrays of a segment. Merging (`merging.py`) makes the same ones of those.

Notation: D documents, R passages (rows), V surface words, T terms, G grams. A `*_starts` array of length n + 1 says where the
entries of each of n things begin in the arrays named after it.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.lexical.hashing import Hashes

Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
#: A set of languages is one 64-bit number.
MAX_LANGUAGES: Final = 64
MAX_COUNT: Final = 255
MAX_DOCUMENT_COUNT: Final = 65_535
#: Parameters of BM25 (Robertson and Zaragoza 2009; the usual values).
K1: Final = 1.2
B: Final = 0.75
#: Words of an ordinary passage of about 850 characters.
REFERENCE_LENGTH: Final = 130
_COUNT_BITS: Final = 8


def starts_of(counts: NDArray[np.integer]) -> Ints:
    """Offsets from sizes, shape (n + 1,)."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def sorted_languages(languages: set[str]) -> list[str]:
    """In the order in which a segment numbers them. Raises InvalidInputError for more than it can tell apart."""
    if len(languages) > MAX_LANGUAGES:
        raise InvalidInputError(f"{len(languages)} languages in one segment; {MAX_LANGUAGES} are the most.")
    return sorted(languages)


def documents(names: Sequence[bytes], codes: Ints, sizes: Ints) -> Arrays:
    """Names, languages (numbers) and rows of each of D documents."""
    return {
        "document_starts": starts_of(sizes),
        "document_languages": codes.astype(np.uint8),
        "document_name_starts": starts_of(np.fromiter(map(len, names), np.int64)),
        "document_names": np.frombuffer(b"".join(names), np.uint8),
    }


def counted(rows: Ints, numbers: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """How often each number (below `size`) occurs in each row: rows, numbers and counts, in this order of precedence."""
    keys = rows * max(size, 1) + numbers
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys))
    keys = keys[first]
    return keys // max(size, 1), keys % max(size, 1), counts


def postings(name: str, terms: Ints, places: Ints, counts: Ints, size: int, cap: int) -> Arrays:
    """Term (below `size`) -> places in order, with summed counts. A single count is at most `MAX_COUNT`."""
    width = int(places.max()) + 1 if len(places) else 1
    # Key and count are sorted as one number, which is several times faster than to sort one by the other.
    packed = ((terms * width + places) << _COUNT_BITS) | counts
    packed.sort()
    keys = packed >> _COUNT_BITS
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    totals = np.add.reduceat(packed & MAX_COUNT, first) if len(first) else first
    distinct = keys[first]
    kind = np.uint8 if cap <= MAX_COUNT else np.uint16
    return {
        f"{name}_starts": starts_of(np.bincount(distinct // width, minlength=size)),
        f"{name}s": (distinct % width).astype(np.int32),
        f"{name}_counts": np.minimum(totals, cap).astype(kind),
    }


def gram_dictionary(hashes: Hashes, sizes: Ints) -> Arrays:
    """Gram -> words that contain it (a word as often as it contains the gram).

    Args:
        hashes: the grams of each word, one after another.
        sizes: (V) how many each word has.
    """
    distinct, grams = np.unique(hashes, return_inverse=True)
    width = len(sizes) or 1
    keys = grams * width + np.repeat(np.arange(len(sizes)), sizes)
    keys.sort()
    return {
        "gram_hashes": distinct,
        "gram_starts": starts_of(np.bincount(grams, minlength=len(distinct))),
        "gram_words": (keys % width).astype(np.int32),
    }


def term_dictionary(words: Ints, languages: Ints, terms: Ints, hashes: Hashes, size: int) -> Arrays:
    """Which terms a word has, which words a term, and in which languages: one bit for each.

    Args:
        words: each word once for every language that has it.
        languages: that language, as a number.
        terms: the word's term there.
        hashes: (T) names of the terms, sorted.
        size: V.
    """
    width, height = size or 1, len(hashes) or 1
    pairs, place = np.unique(terms * width + words, return_inverse=True)
    bits = np.zeros(len(pairs), np.uint64)
    np.bitwise_or.at(bits, place, np.uint64(1) << languages.astype(np.uint64))
    by_word = np.sort((pairs % width) * height + pairs // width)
    return {
        "term_hashes": hashes,
        "term_word_starts": starts_of(np.bincount(pairs // width, minlength=len(hashes))),
        "term_words": (pairs % width).astype(np.int32),
        "term_word_languages": bits,
        "word_term_starts": starts_of(np.bincount(by_word // height, minlength=size)),
        "word_terms": (by_word % height).astype(np.int32),
    }


def impacts(counts: NDArray[np.integer], lengths: NDArray[np.integer]) -> NDArray[np.uint8]:
    """What a term adds to a row's BM25 score, in 255ths of the most it can: tf / (tf + norm), at a fixed average length.

    Good enough to find candidates with one multiplication per posting; the average of the live rows is not known here.
    """
    norms = K1 * (1 - B + B * lengths / REFERENCE_LENGTH)
    return np.maximum(np.rint(255.0 * (counts / (counts + norms))), 1).astype(np.uint8)
