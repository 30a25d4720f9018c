"""Building a segment from texts, in memory. For segments of any size see `SegmentWriter`."""

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.language import UNDETERMINED
from kvasir.text.lexical.columns import (
    MAX_COUNT,
    MAX_DOCUMENT_COUNT,
    Arrays,
    Ints,
    counted,
    documents,
    gram_dictionary,
    impacts,
    postings,
    sorted_languages,
    starts_of,
    term_dictionary,
)
from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.vocabulary import Vocabulary

#: Above 2^31 entries the arrays' 32-bit numbers would not do.
MAX_ENTRIES: Final = 2**31 - 1

TextAndPrefix = tuple[str, str]


class SegmentBuilder:
    """Collects documents, then makes a segment. Not safe for use by several threads."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self._vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._names: dict[str, None] = {}
        self._languages: list[str] = []
        self._sizes = array("q")
        self._texts = _Texts()
        self._prefixes = _Texts()

    @property
    def documents(self) -> int:
        """So many were added."""
        return len(self._names)

    @property
    def tokens(self) -> int:
        """Of all texts so far; the memory that building takes goes with them."""
        return len(self._texts.tokens) + len(self._prefixes.tokens)

    def add(self, key: str, language: str, passages: Iterable[TextAndPrefix]) -> None:
        """Adds a document with all of its passages, in order.

        Args:
            key: names the document version; unique among all documents of an index that live at the same time.
            language: ISO 639-1 code, or `und`.
            passages: (text, context prefix) of each.
        """
        if key in self._names:
            raise InvalidInputError(f"Document {key} was added before.", field="key", fix="Add each version once.")
        self._names[key] = None
        self._languages.append(language or UNDETERMINED)
        before = len(self._texts.sizes)
        for text, prefix in passages:
            self._texts.add(self._vocabulary.numbers(text))
            self._prefixes.add(self._vocabulary.numbers(prefix))
        self._sizes.append(len(self._texts.sizes) - before)

    def build(self) -> Segment:
        """The segment of everything added so far. Equal documents in equal order give equal bytes."""
        if self.tokens > MAX_ENTRIES:
            raise InvalidInputError("Too many passages for one segment.", fix="Build several segments.")
        languages = sorted_languages(set(self._languages))
        codes = np.fromiter(map(languages.index, self._languages), np.int64)
        sizes = np.array(self._sizes, np.int64)
        row_documents = np.repeat(np.arange(len(sizes)), sizes)
        row_codes = codes[row_documents]
        arrays = documents([name.encode() for name in self._names], codes, sizes)
        arrays |= self._of_texts(row_documents, row_codes, languages)
        arrays |= self._of_prefixes(row_codes, languages)
        return Segment(arrays, languages)

    def write(self, directory: Path) -> None:
        """Builds the segment and writes it durably into `directory`."""
        self.build().write(directory)

    def _of_texts(self, row_documents: Ints, row_codes: Ints, languages: list[str]) -> Arrays:
        words, found, rows = self._words(self._texts)
        hashes = self._vocabulary.hashes(words)
        order = np.argsort(hashes)
        number = np.empty(len(words), np.int64)
        number[order] = np.arange(len(words))
        words = words[order]
        rows, entries, counts = counted(rows, number[found], len(words))
        grams, gram_sizes = self._vocabulary.grams(words)
        arrays = {
            "word_hashes": hashes[order],
            "word_rows": np.bincount(entries, minlength=len(words)).astype(np.int32),
            **_by_row("row", rows, entries, counts, len(row_codes)),
            **gram_dictionary(grams, gram_sizes),
        }
        counts = np.minimum(counts, MAX_COUNT)
        arrays["row_lengths"] = _sums(rows, counts, len(row_codes))
        arrays["row_gram_lengths"] = _sums(rows, counts * gram_sizes[entries], len(row_codes))
        pairs, used = _numbered(entries * len(languages) + row_codes[rows], len(words) * len(languages))
        pair_words, pair_codes = used // len(languages), used % len(languages)
        term_hashes, terms = np.unique(self._terms(words[pair_words], pair_codes, languages), return_inverse=True)
        arrays |= term_dictionary(pair_words, pair_codes, terms, term_hashes, len(words))
        terms = terms[pairs]
        found = postings("term_row", terms, rows, counts, len(term_hashes), MAX_COUNT)
        arrays["term_row_impacts"] = impacts(found.pop("term_row_counts"), arrays["row_lengths"][found["term_rows"]])
        of_documents = postings(
            "term_document", terms, row_documents[rows], counts, len(term_hashes), MAX_DOCUMENT_COUNT
        )
        return arrays | found | of_documents

    def _of_prefixes(self, row_codes: Ints, languages: list[str]) -> Arrays:
        words, found, rows = self._words(self._prefixes)
        pairs, used = _numbered(found * len(languages) + row_codes[rows], len(words) * len(languages))
        hashes, terms = np.unique(
            self._terms(words[used // len(languages)], used % len(languages), languages), return_inverse=True
        )
        rows, terms, counts = counted(rows, terms[pairs], len(hashes))
        capped = np.minimum(counts, MAX_COUNT)
        return {
            "prefix_hashes": hashes,
            "row_prefix_lengths": _sums(rows, capped, len(row_codes)),
            **_by_row("row_prefix", rows, terms, counts, len(row_codes)),
            **postings("prefix_row", terms, rows, capped, len(hashes), MAX_COUNT),
        }

    def _words(self, texts: "_Texts") -> tuple[Ints, Ints, Ints]:
        """The different words of some texts (numbers in the vocabulary), and the place among them and the row of each word."""
        words, sizes = self._vocabulary.words_of(np.array(texts.tokens, np.int32))
        rows = np.repeat(np.repeat(np.arange(len(texts.sizes)), np.array(texts.sizes, np.int64)), sizes)
        found, used = _numbered(words, int(words.max(initial=-1)) + 1)
        return used, found, rows

    def _terms(self, words: Ints, codes: Ints, languages: list[str]) -> Hashes:
        """The term of each word in the language beside it."""
        terms = np.zeros(len(words), np.uint64)
        for code, language in enumerate(languages):
            here = codes == code
            terms[here] = self._vocabulary.terms(words[here], language)
        return terms


class _Texts:
    """The tokens of texts, one after another, and how many each has."""

    def __init__(self) -> None:
        self.tokens = array("i")
        self.sizes = array("i")

    def add(self, tokens: Iterator[int]) -> None:
        before = len(self.tokens)
        self.tokens.extend(tokens)
        self.sizes.append(len(self.tokens) - before)


def _numbered(values: NDArray[np.integer], size: int) -> tuple[Ints, Ints]:
    """The place of each value among the different ones, and these, sorted. Values are below `size`."""
    held = np.zeros(size, np.bool_)
    held[values] = True
    numbers = np.cumsum(held) - 1
    return numbers[values], np.flatnonzero(held)


def _by_row(name: str, rows: Ints, numbers: Ints, counts: Ints, size: int) -> Arrays:
    noun = "words" if name == "row" else "terms"
    return {
        f"{name}_starts": starts_of(np.bincount(rows, minlength=size)),
        f"{name}_{noun}": numbers.astype(np.int32),
        f"{name}_counts": np.minimum(counts, MAX_COUNT).astype(np.uint8),
    }


def _sums(rows: Ints, values: Ints, size: int) -> NDArray[np.int32]:
    return np.bincount(rows, values, minlength=size).astype(np.int32)
