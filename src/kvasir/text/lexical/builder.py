"""Building a segment from texts, and merging segments into one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.analysis import words
from kvasir.text.language import UNDETERMINED
from kvasir.text.lexical.columns import Columns, Ints, assemble, starts_of
from kvasir.text.lexical.hashing import Hashes, gram_hashes, hash_all, term_hash
from kvasir.text.lexical.segment import Segment

#: Above 2^31 entries the arrays' 32-bit numbers would not do; segments are split long before that.
MAX_ENTRIES: Final = 2**31 - 1

TextAndPrefix = tuple[str, str]


class SegmentBuilder:
    """Collects documents, then makes a segment. Not safe for use by several threads."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._languages: list[str] = []
        self._sizes: list[int] = []
        self._numbers: dict[str, int] = {}
        self._row_sizes: list[int] = []
        self._row_words: list[int] = []
        self._row_counts: list[int] = []
        self._pairs: dict[tuple[int, str], int] = {}
        self._prefix_sizes: list[int] = []
        self._prefix_terms: list[int] = []
        self._prefix_counts: list[int] = []

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
        before = len(self._row_sizes)
        for text, prefix in passages:
            self._add_text(text, language)
            self._add_prefix(prefix, language)
        self._sizes.append(len(self._row_sizes) - before)

    def _add_text(self, text: str, language: str) -> None:
        counts = Counter(words(text))
        for word, count in counts.items():
            number = self._numbers.setdefault(word, len(self._numbers))
            self._row_words.append(number)
            self._row_counts.append(count)
            if (number, language) not in self._pairs:
                self._pairs[number, language] = term_hash(word, language)
        self._row_sizes.append(len(counts))

    def _add_prefix(self, prefix: str, language: str) -> None:
        counts = Counter(term_hash(word, language) for word in words(prefix))
        self._prefix_terms.extend(counts)
        self._prefix_counts.extend(counts.values())
        self._prefix_sizes.append(len(counts))

    def build(self) -> Segment:
        """The segment of everything added so far. Equal documents in equal order give equal bytes."""
        if len(self._row_words) > MAX_ENTRIES:
            raise InvalidInputError("Too many passages for one segment.", fix="Build several segments.")
        grams = [gram_hashes(word) for word in self._numbers]
        gram_sizes = np.fromiter(map(len, grams), np.int64, len(grams))
        pairs = list(self._pairs)
        arrays, languages = assemble(
            Columns(
                names=[name.encode() for name in self._names],
                languages=self._languages,
                document_starts=starts_of(np.array(self._sizes, np.int64)),
                words=hash_all(self._numbers),
                row_starts=starts_of(np.array(self._row_sizes, np.int64)),
                row_words=np.array(self._row_words, np.int64),
                row_counts=np.array(self._row_counts, np.int64),
                pair_words=np.fromiter((word for word, _ in pairs), np.int64, len(pairs)),
                pair_languages=[language for _, language in pairs],
                pair_terms=np.fromiter(self._pairs.values(), np.uint64, len(pairs)),
                gram_words=np.repeat(np.arange(len(grams)), gram_sizes),
                gram_hashes=np.fromiter((gram for word in grams for gram in word), np.uint64, int(gram_sizes.sum())),
                prefix_starts=starts_of(np.array(self._prefix_sizes, np.int64)),
                prefix_terms=np.array(self._prefix_terms, np.uint64),
                prefix_counts=np.array(self._prefix_counts, np.int64),
            )
        )
        return Segment(arrays, languages)

    def write(self, directory: Path) -> None:
        """Builds the segment and writes it durably into `directory`."""
        self.build().write(directory)


def merge(segments: Sequence[Segment], live: Sequence[NDArray[np.bool_] | None] | None = None) -> Segment:
    """One segment with the live documents of several, in order; no text is analysed again.

    Args:
        segments: at least one.
        live: per segment, which of its documents to keep, shape (documents,); None keeps all.
    """
    masks = live if live is not None else [None] * len(segments)
    parts = [segment.columns(mask) for segment, mask in zip(segments, masks, strict=True)]
    distinct, numbers = np.unique(np.concatenate([part.words for part in parts]), return_inverse=True)
    offsets = np.cumsum([0, *(len(part.words) for part in parts)])
    renumber = [numbers[start:end] for start, end in pairwise(offsets)]
    gram_words, gram_names = _joined_grams(parts, renumber)
    arrays, languages = assemble(
        Columns(
            names=[name for part in parts for name in part.names],
            languages=[language for part in parts for language in part.languages],
            document_starts=_chain([part.document_starts for part in parts]),
            words=distinct,
            row_starts=_chain([part.row_starts for part in parts]),
            row_words=np.concatenate([to[part.row_words] for part, to in zip(parts, renumber, strict=True)]),
            row_counts=np.concatenate([part.row_counts for part in parts]),
            pair_words=np.concatenate([to[part.pair_words] for part, to in zip(parts, renumber, strict=True)]),
            pair_languages=[language for part in parts for language in part.pair_languages],
            pair_terms=np.concatenate([part.pair_terms for part in parts]),
            gram_words=gram_words,
            gram_hashes=gram_names,
            prefix_starts=_chain([part.prefix_starts for part in parts]),
            prefix_terms=np.concatenate([part.prefix_terms for part in parts]),
            prefix_counts=np.concatenate([part.prefix_counts for part in parts]),
        )
    )
    return Segment(arrays, languages)


def _chain(starts: Sequence[Ints]) -> Ints:
    return starts_of(np.concatenate([np.diff(one) for one in starts]))


def _joined_grams(parts: Sequence[Columns], renumber: Sequence[Ints]) -> tuple[Ints, Hashes]:
    """Grams of each word once: from the first part that has the word."""
    seen = np.zeros(max((int(to.max()) + 1 for to in renumber if len(to)), default=0), np.bool_)
    gram_words: list[Ints] = []
    names: list[Hashes] = []
    for part, to in zip(parts, renumber, strict=True):
        words_of_grams = to[part.gram_words]
        fresh = ~seen[words_of_grams]
        gram_words.append(words_of_grams[fresh])
        names.append(part.gram_hashes[fresh])
        seen[to] = True
    return np.concatenate(gram_words), np.concatenate(names)
