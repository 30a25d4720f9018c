"""Scores against BM25 written out naively."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvasir.text.analysis import grams, stem, words
from kvasir.text.function_words import function_words
from kvasir.text.lexical import Budget, LexicalIndex, SegmentBuilder
from kvasir.text.lexical.columns import impacts

VOCABULARY = [
    "cat",
    "cats",
    "category",
    "dog",
    "dogs",
    "hotdog",
    "rare",
    "the",
    "RayService",
    "v1.2.3",
    "18,000",
    "haus",
    "banana",
]
PASSAGE = st.lists(st.sampled_from(VOCABULARY), min_size=0, max_size=12).map(" ".join)
DOCUMENT = st.tuples(
    st.sampled_from(["en", "de", "und"]),
    st.lists(st.tuples(PASSAGE, st.sampled_from(["", "dogs", "cat haus"])), min_size=1, max_size=3),
)


def bm25(
    query: dict[str, float], tf: Counter[str], df: dict[str, float], total: int, length: float, average: float, b: float
) -> float:
    score = 0.0
    for term, weight in query.items():
        if tf[term]:
            frequency = min(df[term], total)
            idf = math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
            score += weight * idf * tf[term] * 2.2 / (tf[term] + 1.2 * (1 - b + b * length / (average or 1)))
    return score


class Naive:
    """One language only, where a word has one stem."""

    def __init__(self, language: str, documents: list[list[tuple[str, str]]]) -> None:
        self.language = language
        self.rows = [
            (words(text), words(prefix), number) for number, parts in enumerate(documents) for text, prefix in parts
        ]
        self.documents = len(documents)

    def stems(self, some: list[str]) -> Counter[str]:
        return Counter(stem(word, self.language) for word in some)

    def scores(self, question: str) -> list[tuple[float, float, float, float]]:
        counts = Counter(words(question))
        light = function_words(counts, (self.language,))
        texts = [self.stems(text) for text, _, _ in self.rows]
        prefixes = [self.stems(prefix) for _, prefix, _ in self.rows]
        parents = [
            sum((texts[i] for i, row in enumerate(self.rows) if row[2] == d), Counter[str]())
            for d in range(self.documents)
        ]
        gram_counts = [Counter(gram for word in text for gram in grams(word)) for text, _, _ in self.rows]
        gram_query = Counter(gram for word, n in counts.items() if word not in light for gram in grams(word) * n)
        held = {
            gram: sum(grams(word).count(gram) for text, _, _ in self.rows for word in set(text)) for gram in gram_query
        }
        total = len(self.rows)
        gram_df = {gram: total * -math.expm1(-count / total) for gram, count in held.items()}
        found = []
        for i, (_, _, parent) in enumerate(self.rows):
            by_words = [0.0, 0.0, 0.0]
            for word, n in counts.items():
                weight, term = n * (0.25 if word in light else 1.0), stem(word, self.language)
                fields = ((texts, 0.75, i), (prefixes, 0.5, i), (parents, 0.75, parent))
                for at, (field, b, place) in enumerate(fields):
                    if at == 2 and word in light:
                        continue
                    df = {term: sum(1 for one in field if one[term])}
                    average = sum(map(Counter.total, field)) / len(field)
                    by_words[at] += bm25({term: weight}, field[place], df, len(field), field[place].total(), average, b)
            average = sum(map(Counter.total, gram_counts)) / total
            by_grams = bm25(gram_query, gram_counts[i], gram_df, total, gram_counts[i].total(), average, 0.75)
            found.append((by_words[0], by_grams, by_words[1], by_words[2]))
        return found


@settings(max_examples=40)
@given(st.lists(DOCUMENT, min_size=1, max_size=6), PASSAGE)
def test_every_leg_is_bm25(documents: list[tuple[str, list[tuple[str, str]]]], question: str) -> None:
    parts = [passages for _, passages in documents]
    builder = SegmentBuilder()
    for number, passages in enumerate(parts):
        builder.add(f"d{number}", "en", passages)
    found = LexicalIndex([builder.build()]).search(question)
    scores = found.scores
    got = np.stack([scores.words, scores.grams, scores.prefix, scores.document], axis=1)
    assert np.allclose(got, np.array(Naive("en", parts).scores(question)), rtol=1e-4, atol=1e-5)
    assert ((scores.coverage >= 0) & (scores.coverage <= 1.0001)).all()


def test_a_word_matches_in_the_language_of_the_passage() -> None:
    builder = SegmentBuilder()
    builder.add("english", "en", [("running shoes", ""), ("something else", "")])
    builder.add("unknown", "und", [("running shoes", ""), ("runs shoes", "")])
    found = LexicalIndex([builder.build()]).search("runs")
    assert (found.scores.words > 0).tolist() == [True, False, False, True]


def test_impacts_grow_with_counts_and_shrink_with_length() -> None:
    found = impacts(np.array([1, 2, 9, 255, 1], np.uint8), np.array([130, 130, 130, 130, 100_000], np.int32))
    assert found.tolist() == [round(255 / 2.2), round(255 * 2 / 3.2), round(255 * 9 / 10.2), 254, 1]


def test_typos_find_their_word() -> None:
    builder = SegmentBuilder()
    builder.add("right", "en", [("The reconciliation of tenants happens here.", "")])
    for number in range(300):
        builder.add(f"other{number}", "en", [(f"Nothing of interest number {number}.", "")])
    found = LexicalIndex([builder.build()]).search("reconcilation", budget=Budget(depth=10))
    assert 0 in found.rows
    assert found.scores.grams[found.rows.tolist().index(0)] == found.scores.grams.max() > 0


def test_the_best_are_among_few_candidates() -> None:
    builder = SegmentBuilder()
    for number in range(500):
        builder.add(f"d{number}", "en", [(f"common words and w{number % 50} x{number}", "")])
    index = LexicalIndex([builder.build()])
    few = index.search("common w7 x107", budget=Budget(depth=20))
    every = index.search("common w7 x107", budget=Budget(depth=1_000))
    assert len(few.rows) == 20
    assert len(every.rows) == 500
    assert few.rows[few.scores.words.argmax()] == every.rows[every.scores.words.argmax()] == 107


@pytest.mark.parametrize("question", ["", "???", "the of and", "nowhere 你好", "x" * 100_000, "a b c d " * 5_000])
def test_any_question_is_answered(question: str) -> None:
    builder = SegmentBuilder()
    builder.add("one", "en", [("The cat sat on the mat.", "Cats"), ("", "")])
    for index in (LexicalIndex([builder.build()]), LexicalIndex([]), LexicalIndex([SegmentBuilder().build()])):
        found = index.search(question)
        assert len(found.rows) == index.live_passages
        assert np.isfinite(found.scores.words).all()
        assert np.isfinite(found.self_score)


def test_a_passage_that_is_the_question_reaches_the_self_score() -> None:
    builder = SegmentBuilder()
    builder.add("one", "en", [("green tomato soup", "")])
    builder.add("two", "en", [("red pepper stew", "")])
    found = LexicalIndex([builder.build()]).search("green tomato soup")
    assert found.scores.words.max() == pytest.approx(found.self_score, rel=1e-5)
    assert found.scores.coverage.max() == pytest.approx(1.0)
