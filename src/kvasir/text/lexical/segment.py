"""An immutable set of documents' passages, searchable by words and by grams within words.

A segment knows nothing of deletions: which documents live is said by whoever opens an index over segments.
Arrays are views of the mapped file, so processes that open the same segment share its memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import CorruptDataError
from kvasir.text.analysis import VERSION
from kvasir.text.lexical.columns import Ints
from kvasir.text.lexical.hashing import Hashes, hash_all, mix
from kvasir.text.lexical.storage import Array, Spool, open_arrays, write_arrays

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
        write_segment(directory, self.arrays, self.languages)

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


def write_segment(directory: Path, arrays: Mapping[str, Array | Spool], languages: Sequence[str]) -> None:
    """Writes a segment's arrays durably into `directory`, which must exist."""
    write_arrays(directory / FILE_NAME, arrays, {"analyser": VERSION, "languages": list(languages)})
