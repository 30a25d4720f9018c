"""A question as weighted surface words and grams."""

from collections import Counter
from collections.abc import Sequence
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
    light = function_words(frozenset(kept), languages)
    counts = np.fromiter(kept.values(), np.float32, len(kept))
    content = np.fromiter((word not in light for word in kept), np.bool_, len(kept))
    terms = [stem_hashes(word, languages) for word in kept]
    hashes, weights, pairs = _grams([() if word in light else gram_hashes(word) for word in kept], counts)
    return LexicalQuery(
        words=tuple(kept),
        weights=np.where(content, counts, counts * np.float32(WEIGHT)),
        content=content,
        terms=_flat(terms),
        term_words=_owners(terms),
        gram_hashes=hashes,
        gram_weights=weights,
        gram_pairs=pairs,
    )


def _flat(parts: Sequence[tuple[int, ...]]) -> Hashes:
    return np.array([number for part in parts for number in part], np.uint64)


def _owners(parts: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(parts)), [len(part) for part in parts]).astype(np.int64)


def _grams(
    of_words: Sequence[tuple[int, ...]], counts: NDArray[np.float32]
) -> tuple[Hashes, NDArray[np.float32], NDArray[np.int64]]:
    """Distinct grams, sorted, what each weighs, and the pairs of word and gram; the heaviest where there are too many."""
    total: dict[int, float] = {}
    for found, count in zip(of_words, counts.tolist(), strict=True):
        for one in found:
            total[one] = total.get(one, 0.0) + count
    kept = sorted(total)
    if len(kept) > MAX_GRAMS:
        kept = sorted(sorted(kept, key=lambda one: -total[one])[:MAX_GRAMS])
    number = {one: place for place, one in enumerate(kept)}
    pairs = [(word, number[one]) for word, found in enumerate(of_words) for one in found if one in number]
    return (
        np.array(kept, np.uint64),
        np.array([total[one] for one in kept], np.float32),
        np.array(pairs, np.int64).reshape(-1, 2),
    )
