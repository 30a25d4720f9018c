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
        content: (W) which are no function words.
        terms, term_words: (T) distinct stems of each word in the languages of the index, and the word's number.
        gram_hashes: (G) distinct grams, sorted.
        gram_weights: (G) how often each occurs in the question; those of function words are left out.
        gram_pairs: (P, 2) which word (number) has which gram (number).
    """

    words: tuple[str, ...]
    weights: NDArray[np.float32]
    content: NDArray[np.bool_]
    terms: Hashes
    term_words: NDArray[np.int64]
    gram_hashes: Hashes
    gram_weights: NDArray[np.float32]
    gram_pairs: NDArray[np.int64]


def parse(text: str, languages: tuple[str, ...]) -> LexicalQuery:
    """Analyses a question for an index whose live documents are in `languages`, the commonest first."""
    kept = dict(list(Counter(words(text)).items())[:MAX_WORDS])
    light = function_words(kept, languages)
    weights = {word: count * (WEIGHT if word in light else 1.0) for word, count in kept.items()}
    of_words = {word: gram_hashes(word) for word in kept if word not in light}
    grams: dict[int, float] = {}
    for word, hashes in of_words.items():
        for gram in hashes:
            grams[gram] = grams.get(gram, 0.0) + kept[word]
    chosen = sorted(sorted(grams, key=lambda gram: (-grams[gram], gram))[:MAX_GRAMS])
    number = {gram: column for column, gram in enumerate(chosen)}
    pairs = [(at, number[gram]) for at, word in enumerate(kept) for gram in of_words.get(word, ()) if gram in number]
    terms = [stem_hashes(word, languages) for word in weights]
    return LexicalQuery(
        words=tuple(weights),
        weights=np.fromiter(weights.values(), np.float32, len(weights)),
        content=np.fromiter((word not in light for word in weights), np.bool_, len(weights)),
        terms=np.array([term for stems in terms for term in stems], np.uint64),
        term_words=np.repeat(np.arange(len(terms)), [len(stems) for stems in terms]).astype(np.int64),
        gram_hashes=np.array(chosen, np.uint64),
        gram_weights=np.array([grams[gram] for gram in chosen], np.float32),
        gram_pairs=np.array(pairs, np.int64).reshape(-1, 2),
    )
