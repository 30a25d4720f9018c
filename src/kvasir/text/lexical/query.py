"""A question as weighted surface words and grams."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.analysis import words
from kvasir.text.function_words import WEIGHT, function_words
from kvasir.text.lexical.hashing import Hashes, gram_hashes, term_hash

#: Longer questions are cut: whatever is pasted into a chat, the cost of a search stays bounded.
MAX_WORDS: Final = 64
MAX_GRAMS: Final = 256


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question against an index of certain languages.

    Attributes:
        words: (W) distinct surface words in order.
        weights: (W) times each occurs in the question, a quarter for function words.
        terms: per word, its term hash in each language of the index, shape (W, languages).
        gram_hashes: (G) distinct grams, sorted.
        gram_weights: (G) weights of the words that contain each, summed.
    """

    words: tuple[str, ...]
    weights: NDArray[np.float32]
    terms: Hashes
    gram_hashes: Hashes
    gram_weights: NDArray[np.float32]

    @property
    def length(self) -> float:
        """Weighted number of words."""
        return float(self.weights.sum())


def parse(text: str, languages: tuple[str, ...]) -> LexicalQuery:
    """Analyses a question for an index whose live passages are in `languages`."""
    counts = Counter(words(text))
    light = _light(languages)
    kept = list(counts.items())[:MAX_WORDS]
    if all(word in light for word, _ in kept):
        light = frozenset[str]()
    weights = {word: count * (WEIGHT if word in light else 1.0) for word, count in kept}
    grams: dict[int, float] = {}
    for word, weight in weights.items():
        for gram in gram_hashes(word):
            grams[gram] = grams.get(gram, 0.0) + weight
    heaviest = sorted(grams, key=lambda gram: (-grams[gram], gram))[:MAX_GRAMS]
    chosen = sorted(heaviest)
    terms = [[term_hash(word, language) for language in languages] for word in weights]
    return LexicalQuery(
        words=tuple(weights),
        weights=np.fromiter(weights.values(), np.float32, len(weights)),
        terms=np.array(terms, np.uint64).reshape(len(weights), len(languages)),
        gram_hashes=np.array(chosen, np.uint64),
        gram_weights=np.array([grams[gram] for gram in chosen], np.float32),
    )


@lru_cache(maxsize=256)
def _light(languages: tuple[str, ...]) -> frozenset[str]:
    return function_words(languages)
