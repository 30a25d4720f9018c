"""A question as weighted surface words and grams."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.analysis import words
from kvasir.text.function_words import WEIGHT, function_words
from kvasir.text.lexical.hashing import Hashes, gram_hashes, stem_hashes

#: Longer questions are cut: whatever is pasted into a chat, the cost of a search stays bounded.
MAX_WORDS: Final = 64
MAX_GRAMS: Final = 256


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question against an index of certain languages.

    Attributes:
        words: (W) distinct surface words in order.
        weights: (W) times each occurs in the question, a quarter for function words.
        terms, term_words: (T) distinct stems of each word in the languages of the index, and the word's number.
        gram_hashes: (G) distinct grams, sorted.
        gram_weights: (G) how often each occurs in the question; those of function words are left out.
    """

    words: tuple[str, ...]
    weights: NDArray[np.float32]
    terms: Hashes
    term_words: NDArray[np.int64]
    gram_hashes: Hashes
    gram_weights: NDArray[np.float32]

    @property
    def length(self) -> float:
        """Weighted number of words."""
        return float(self.weights.sum())


def parse(text: str, languages: tuple[str, ...]) -> LexicalQuery:
    """Analyses a question for an index whose live documents are in `languages`, the commonest first."""
    kept = dict(list(Counter(words(text)).items())[:MAX_WORDS])
    light = function_words(kept, languages)
    weights = {word: count * (WEIGHT if word in light else 1.0) for word, count in kept.items()}
    grams: dict[int, float] = {}
    for word, count in kept.items():
        if word not in light:
            for gram in gram_hashes(word):
                grams[gram] = grams.get(gram, 0.0) + count
    heaviest = sorted(grams, key=lambda gram: (-grams[gram], gram))[:MAX_GRAMS]
    chosen = sorted(heaviest)
    terms = [stem_hashes(word, languages) for word in weights]
    return LexicalQuery(
        words=tuple(weights),
        weights=np.fromiter(weights.values(), np.float32, len(weights)),
        terms=np.array([term for stems in terms for term in stems], np.uint64),
        term_words=np.repeat(np.arange(len(terms)), [len(stems) for stems in terms]).astype(np.int64),
        gram_hashes=np.array(chosen, np.uint64),
        gram_weights=np.array([grams[gram] for gram in chosen], np.float32),
    )
