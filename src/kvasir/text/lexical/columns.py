"""From columns to a segment: the one place where sorted, deterministic arrays are made, for builds and merges alike.

Notation: D documents, R passages (rows), V surface words, T terms, G grams. A `*_starts` array of length n + 1 says where the
entries of each of n things begin in the arrays named after it.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.lexical.hashing import Hashes

Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
#: A set of languages is one 64-bit number.
MAX_LANGUAGES: Final = 64
_MAX_COUNT: Final = 255
#: Parameters of BM25 (Robertson and Zaragoza 2009; the usual values).
K1: Final = 1.2
B: Final = 0.75
#: Words of an ordinary passage of about 850 characters.
REFERENCE_LENGTH: Final = 130
_MAX_DOCUMENT_COUNT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of some documents before sorting.

    Attributes:
        names: D document keys, UTF-8.
        languages: D language codes.
        document_starts: (D + 1) first row of each document.
        words: (V) hashes of surface words, distinct, in any order.
        row_starts, row_words, row_counts: the words of each row (numbers into `words`) and how often they occur.
        pair_words, pair_languages, pair_terms: the term of each word in each language, as word number, language, hash.
        gram_words, gram_hashes: each gram of each word, repeated ones included, as word number and hash.
        prefix_starts, prefix_terms, prefix_counts: the terms (hashes) of each row's context prefix.
    """

    names: list[bytes]
    languages: list[str]
    document_starts: Ints
    words: Hashes
    row_starts: Ints
    row_words: Ints
    row_counts: Ints
    pair_words: Ints
    pair_languages: list[str]
    pair_terms: Hashes
    gram_words: Ints
    gram_hashes: Hashes
    prefix_starts: Ints
    prefix_terms: Hashes
    prefix_counts: Ints


def starts_of(counts: NDArray[np.integer]) -> Ints:
    """Offsets from sizes, shape (n + 1,)."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def assemble(columns: Columns) -> tuple[Arrays, list[str]]:
    """The arrays of a segment, and its languages in the order of their codes."""
    languages = sorted(set(columns.languages))
    if len(languages) > MAX_LANGUAGES:
        raise InvalidInputError(f"{len(languages)} languages in one segment; {MAX_LANGUAGES} are the most.")
    codes = {language: code for code, language in enumerate(languages)}
    document_language = np.fromiter((codes[language] for language in columns.languages), np.int64)
    arrays: Arrays = {
        "document_starts": columns.document_starts,
        "document_languages": document_language.astype(np.uint8),
        "document_name_starts": starts_of(np.fromiter(map(len, columns.names), np.int64)),
        "document_names": np.frombuffer(b"".join(columns.names), np.uint8),
    }
    rows = np.repeat(np.arange(len(columns.row_starts) - 1), np.diff(columns.row_starts))
    words, number = _used_words(columns)
    row_words = number[columns.row_words]
    counts = np.minimum(columns.row_counts, _MAX_COUNT)
    order = np.lexsort((row_words, rows))
    arrays |= _forward(words, row_words[order], counts[order], columns.row_starts)
    arrays |= _gram_dictionary(columns, number)
    row_documents = np.repeat(np.arange(len(columns.names)), np.diff(columns.document_starts))
    row_languages = document_language[row_documents[rows]]
    term_of_pair, pairs = _pairs(columns, number, codes)
    width = len(languages) or 1
    entry_pairs = row_words * width + row_languages
    kept = np.unique(entry_pairs)
    terms = _terms(term_of_pair, pairs, kept)
    arrays |= terms.arrays(kept // width, len(words))
    arrays |= terms.words(kept // width, kept % width)
    gram_words = number[columns.gram_words]
    grams_per_word = np.bincount(gram_words[gram_words >= 0], minlength=len(words))
    entry_terms = terms.numbers[np.searchsorted(kept, entry_pairs)]
    arrays |= _lengths(columns, rows, counts, grams_per_word[row_words])
    postings = _postings("term_row", entry_terms, rows, counts, len(terms.hashes), _MAX_COUNT)
    held = postings.pop("term_row_counts")
    arrays |= postings
    arrays["term_row_impacts"] = impacts(held, arrays["row_lengths"][arrays["term_rows"]])
    arrays |= _postings(
        "term_document", entry_terms, row_documents[rows], counts, len(terms.hashes), _MAX_DOCUMENT_COUNT
    )
    arrays |= _prefixes(columns)
    return arrays, languages


def impacts(counts: NDArray[np.integer], lengths: NDArray[np.integer]) -> NDArray[np.uint8]:
    """What a term adds to a row's BM25 score, in 255ths of the most it can: tf / (tf + norm), at a fixed average length.

    Good enough to find candidates with one multiplication per posting; the average of the live rows is not known here.
    """
    norms = K1 * (1 - B + B * lengths / REFERENCE_LENGTH)
    return np.maximum(np.rint(255.0 * (counts / (counts + norms))), 1).astype(np.uint8)


def _used_words(columns: Columns) -> tuple[Hashes, Ints]:
    """Hashes of the words that occur, sorted, and the new number of each old word (-1 for unused ones)."""
    used = np.unique(columns.row_words)
    words = columns.words[used]
    order = np.argsort(words)
    number = np.full(len(columns.words), -1, np.int64)
    number[used[order]] = np.arange(len(used))
    return words[order], number


def _forward(words: Hashes, row_words: Ints, counts: Ints, starts: Ints) -> Arrays:
    return {
        "word_hashes": words,
        "word_rows": np.bincount(row_words, minlength=len(words)).astype(np.int32),
        "row_starts": starts,
        "row_words": row_words.astype(np.int32),
        "row_counts": counts.astype(np.uint8),
    }


def _gram_dictionary(columns: Columns, number: Ints) -> Arrays:
    """Gram -> words that contain it (a word as often as it contains the gram)."""
    words = number[columns.gram_words]
    hashes = columns.gram_hashes[words >= 0]
    words = words[words >= 0]
    order = np.lexsort((words, hashes))
    distinct, counts = np.unique(hashes, return_counts=True)
    return {
        "gram_hashes": distinct,
        "gram_starts": starts_of(counts),
        "gram_words": words[order].astype(np.int32),
    }


@dataclass(frozen=True, slots=True)
class _Terms:
    hashes: Hashes
    numbers: Ints

    def arrays(self, pair_words: Ints, words: int) -> Arrays:
        """Word -> its different terms in the languages that have the word."""
        size = len(self.hashes) or 1
        pairs = np.unique(pair_words * size + self.numbers)
        return {
            "term_hashes": self.hashes,
            "word_term_starts": starts_of(np.bincount(pairs // size, minlength=words)),
            "word_terms": (pairs % size).astype(np.int32),
        }

    def words(self, pair_words: Ints, pair_languages: Ints) -> Arrays:
        """Term -> the words that have it as their stem, and in which languages: one bit for each."""
        width = int(pair_words.max()) + 1 if len(pair_words) else 1
        pairs, place = np.unique(self.numbers * width + pair_words, return_inverse=True)
        languages = np.zeros(len(pairs), np.uint64)
        np.bitwise_or.at(languages, place, np.uint64(1) << pair_languages.astype(np.uint64))
        return {
            "term_word_starts": starts_of(np.bincount(pairs // width, minlength=len(self.hashes))),
            "term_words": (pairs % width).astype(np.int32),
            "term_word_languages": languages,
        }


def _pairs(columns: Columns, number: Ints, codes: dict[str, int]) -> tuple[Hashes, Ints]:
    """Term hash of every known (word, language), and the sorted keys `word * languages + language` they stand at."""
    language = np.fromiter((codes.get(code, -1) for code in columns.pair_languages), np.int64)
    words = number[columns.pair_words]
    valid = (language >= 0) & (words >= 0)
    keys = words[valid] * (len(codes) or 1) + language[valid]
    distinct, first = np.unique(keys, return_index=True)
    return columns.pair_terms[valid][first], distinct


def _terms(hashes: Hashes, keys: Ints, kept: Ints) -> _Terms:
    """Distinct terms, and the term number of each kept (word, language)."""
    distinct, numbers = np.unique(hashes[np.searchsorted(keys, kept)], return_inverse=True)
    return _Terms(distinct, numbers)


def _postings(name: str, terms: Ints, places: Ints, counts: Ints, size: int, cap: int) -> Arrays:
    """Term -> places in order with summed counts."""
    width = int(places.max()) + 1 if len(places) else 1
    keys = terms * width + places
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1)) if len(keys) else np.zeros(0, np.int64)
    totals = np.add.reduceat(counts[order], first) if len(keys) else np.zeros(0, np.int64)
    distinct = keys[first]
    kind = np.uint8 if cap <= _MAX_COUNT else np.uint16
    return {
        f"{name}_starts": starts_of(np.bincount(distinct // width, minlength=size)),
        f"{name}s": (distinct % width).astype(np.int32),
        f"{name}_counts": np.minimum(totals, cap).astype(kind),
    }


def _prefixes(columns: Columns) -> Arrays:
    rows = np.repeat(np.arange(len(columns.prefix_starts) - 1), np.diff(columns.prefix_starts))
    hashes, terms = np.unique(columns.prefix_terms, return_inverse=True)
    order = np.lexsort((terms, rows))
    return {
        "prefix_hashes": hashes,
        "row_prefix_starts": columns.prefix_starts,
        "row_prefix_terms": terms[order].astype(np.int32),
        "row_prefix_counts": np.minimum(columns.prefix_counts[order], _MAX_COUNT).astype(np.uint8),
        **_postings("prefix_row", terms, rows, columns.prefix_counts, len(hashes), _MAX_COUNT),
    }


def _lengths(columns: Columns, rows: Ints, counts: Ints, grams: Ints) -> Arrays:
    """Lengths of each row in words, in grams, and of its prefix in words: shape (R,)."""
    size = len(columns.row_starts) - 1
    prefix_rows = np.repeat(np.arange(size), np.diff(columns.prefix_starts))
    prefix_counts = np.minimum(columns.prefix_counts, _MAX_COUNT)
    weights = {"row_lengths": (rows, counts), "row_gram_lengths": (rows, counts * grams)}
    weights["row_prefix_lengths"] = (prefix_rows, prefix_counts)
    return {
        name: np.bincount(places, values, minlength=size).astype(np.int32) for name, (places, values) in weights.items()
    }
