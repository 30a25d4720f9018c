"""An immutable set of documents' passages, searchable by words and by grams within words.

A segment knows nothing of deletions: which documents live is said by whoever opens an index over segments.
Arrays are views of the mapped file, so processes that open the same segment share its memory.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import CorruptDataError
from kvasir.text.analysis import VERSION
from kvasir.text.lexical.columns import Columns, Ints, starts_of
from kvasir.text.lexical.hashing import Hashes, hash_all, mix
from kvasir.text.lexical.storage import Array, open_arrays, write_arrays

FILE_NAME: Final = "lexical.kvs"
ARRAYS: Final = frozenset(
    {
        "document_languages", "document_name_starts", "document_names", "document_starts", "gram_hashes", "gram_starts",
        "gram_words", "prefix_hashes", "prefix_row_counts", "prefix_row_starts", "prefix_rows", "row_counts",
        "row_gram_lengths", "row_lengths", "row_prefix_counts", "row_prefix_lengths", "row_prefix_starts", "row_prefix_terms",
        "row_starts", "row_words", "term_document_counts",
        "term_document_starts", "term_documents", "term_hashes", "term_row_impacts", "term_row_starts", "term_rows",
        "term_word_languages", "term_word_starts", "term_words", "word_hashes", "word_rows", "word_term_starts", "word_terms",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Postings:
    """Term -> places (rows or documents) in order, and how often the term occurs there, or its impact there."""

    starts: Ints
    places: NDArray[np.int32]
    counts: Array

    def of(self, term: int) -> tuple[NDArray[np.int32], Array]:
        """Places and counts of one term."""
        start, end = self.starts[term : term + 2].tolist()
        return self.places[start:end], self.counts[start:end]


class Segment:
    """Arrays of a segment by name (see `columns.assemble` for their shapes), and what is derived from them."""

    def __init__(self, arrays: dict[str, Array], languages: list[str]) -> None:
        self.arrays = arrays
        self.languages = languages
        self.documents = len(arrays["document_languages"])
        self.rows = len(arrays["row_lengths"])
        self.term_rows = Postings(arrays["term_row_starts"], arrays["term_rows"], arrays["term_row_impacts"])
        self.term_documents = self._postings("term_document")
        self.prefix_rows = self._postings("prefix_row")

    @classmethod
    def open(cls, directory: Path, *, verify: bool = False) -> "Segment":
        """Maps the segment in `directory`.

        Args:
            directory: where `write` put it.
            verify: check every byte against its checksum; without it only the header is checked.

        Raises:
            NotFoundError: there is none.
            CorruptDataError: damaged, or written by another version of the analyser (then build it again).
        """
        arrays, meta = open_arrays(directory / FILE_NAME, verify=verify)
        if meta.get("analyser") != VERSION:
            raise CorruptDataError(
                f"{directory} was made by analyser version {meta.get('analyser')}, this is {VERSION}; index again."
            )
        if missing := ARRAYS - arrays.keys():
            raise CorruptDataError(f"{directory} lacks the arrays {', '.join(sorted(missing))}; index again.")
        return cls(arrays, list(meta["languages"]))

    def write(self, directory: Path) -> None:
        """Writes the segment durably into `directory`, which must exist."""
        meta: dict[str, Any] = {"analyser": VERSION, "languages": self.languages}
        write_arrays(directory / FILE_NAME, self.arrays, meta)

    def _postings(self, name: str) -> Postings:
        return Postings(self.arrays[f"{name}_starts"], self.arrays[f"{name}s"], self.arrays[f"{name}_counts"])

    @cached_property
    def keys(self) -> list[str]:
        """Document keys in order."""
        names = self.arrays["document_names"].tobytes()
        starts = self.arrays["document_name_starts"].tolist()
        return [names[start:end].decode() for start, end in pairwise(starts)]

    @cached_property
    def row_documents(self) -> NDArray[np.int32]:
        """(R) number of the document of each row."""
        sizes = np.diff(self.arrays["document_starts"])
        return np.repeat(np.arange(self.documents, dtype=np.int32), sizes)

    @cached_property
    def row_ordinals(self) -> Ints:
        """(R) number of each row within its document."""
        return np.arange(self.rows) - self.arrays["document_starts"][self.row_documents]

    @cached_property
    def row_keys(self) -> Hashes:
        """(R) a name for each passage that is the same in whichever segment it stands."""
        return mix(hash_all(self.keys)[self.row_documents], self.row_ordinals)

    def columns(self, live: NDArray[np.bool_] | None = None) -> Columns:
        """The columns of the live documents (all when None), from which segments are merged."""
        arrays = self.arrays
        alive = np.ones(self.documents, np.bool_) if live is None else live
        row_alive = alive[self.row_documents]
        bits = np.arange(len(self.languages), dtype=np.uint64)
        pairs, codes = np.nonzero((arrays["term_word_languages"][:, None] >> bits) & np.uint64(1))
        row_sizes, row_words, row_counts = _of_rows(arrays, row_alive)
        prefix_sizes, prefix_terms, prefix_counts = self._prefixes(row_alive)
        kept = np.flatnonzero(alive).tolist()
        return Columns(
            names=[self.keys[document].encode() for document in kept],
            languages=[self.languages[arrays["document_languages"][document]] for document in kept],
            document_starts=starts_of(np.diff(arrays["document_starts"])[alive]),
            words=arrays["word_hashes"],
            row_starts=starts_of(row_sizes),
            row_words=row_words,
            row_counts=row_counts,
            pair_words=arrays["term_words"][pairs].astype(np.int64),
            pair_languages=[self.languages[code] for code in codes.tolist()],
            pair_terms=np.repeat(arrays["term_hashes"], np.diff(arrays["term_word_starts"]))[pairs],
            gram_words=arrays["gram_words"].astype(np.int64),
            gram_hashes=np.repeat(arrays["gram_hashes"], np.diff(arrays["gram_starts"])),
            prefix_starts=starts_of(prefix_sizes),
            prefix_terms=prefix_terms,
            prefix_counts=prefix_counts,
        )

    def _prefixes(self, row_alive: NDArray[np.bool_]) -> tuple[Ints, Hashes, Ints]:
        """Sizes per live row, terms and counts of the prefixes."""
        arrays = self.arrays
        sizes = np.diff(arrays["row_prefix_starts"])
        kept = np.repeat(row_alive, sizes)
        terms = arrays["prefix_hashes"][arrays["row_prefix_terms"][kept]]
        return sizes[row_alive], terms, arrays["row_prefix_counts"][kept].astype(np.int64)


def _of_rows(arrays: dict[str, Array], row_alive: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    sizes = np.diff(arrays["row_starts"])
    kept = np.repeat(row_alive, sizes)
    return sizes[row_alive], arrays["row_words"][kept].astype(np.int64), arrays["row_counts"][kept].astype(np.int64)
