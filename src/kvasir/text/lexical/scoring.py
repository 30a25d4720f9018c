"""Every leg for given passages, exactly.

BM25 over words, over character grams within words, over the context prefix, and over the whole parent document. Words and
grams read no postings here: the words of the passages are looked up once, and what they hold of the question follows. A word
holds the question's words of the same stem, in the languages in which it has that stem, and every gram within it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical import kernel
from kvasir.text.lexical.statistics import Floats
from kvasir.text.lexical.view import Corpus, Resolved


@dataclass(frozen=True, slots=True)
class LegScores:
    """Raw scores of n passages, each of shape (n,).

    Attributes:
        words, grams, prefix, document: BM25 over each field.
        coverage: share (0 to 1) of the question's idf weight whose words the passage or its prefix holds.
    """

    words: Floats
    grams: Floats
    prefix: Floats
    document: Floats
    coverage: Floats


def score_rows(corpus: Corpus, resolved: Resolved, rows: NDArray[np.int64]) -> LegScores:
    """Scores of sorted global rows, each a function of the row and the index alone."""
    with corpus.workspaces.borrowed() as space:
        return LegScores(*kernel.score(corpus.native, resolved.native, np.ascontiguousarray(rows), space))
