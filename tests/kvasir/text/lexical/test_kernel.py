"""The compiled part of searching, where numpy would have told what is wrong."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvasir.errors import CorruptDataError
from kvasir.text.lexical import Budget, LexicalCandidates, LexicalIndex, Segment, SegmentBuilder

QUESTIONS = ["common w7 x107", "typo commn wrds", "heads of w3", "the of and", "nothing known here"]
#: Everything that a search reads from the mapped file.
READ = [
    "term_row_starts", "term_rows", "term_document_starts", "term_documents", "term_word_starts", "term_words",
    "prefix_row_starts", "prefix_rows", "gram_starts", "gram_words", "row_starts", "row_words", "row_prefix_starts",
    "row_prefix_terms", "word_term_starts", "word_terms", "term_hashes", "gram_hashes", "prefix_hashes", "word_hashes",
]  # fmt: skip


def segment() -> Segment:
    builder = SegmentBuilder()
    for number in range(120):
        text = f"common words and w{number % 50} x{number}"
        builder.add(f"d{number}", "en" if number % 3 else "de", [(text, f"heads of w{number % 7}"), ("more", "")])
    return builder.build()


def same(left: LexicalCandidates, right: LexicalCandidates) -> bool:
    scores = [(getattr(left.scores, name), getattr(right.scores, name)) for name in ("words", "grams", "document")]
    return np.array_equal(left.rows, right.rows) and all(np.array_equal(one, other) for one, other in scores)


@settings(max_examples=300)
@given(
    st.sampled_from(READ),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=40),
    st.sampled_from(QUESTIONS),
)
def test_damage_is_told_and_never_followed(name: str, damage: list[tuple[int, int]], question: str) -> None:
    whole = segment()
    arrays = {key: array.copy() for key, array in whole.arrays.items()}
    index = LexicalIndex([Segment(arrays, whole.languages)])
    for place, value in damage:
        array = arrays[name]
        array[place % len(array)] = np.array([value], np.int64).astype(array.dtype)[0]
    try:
        found = index.search(question, budget=Budget(depth=30))
    except CorruptDataError:
        return
    assert ((found.rows >= 0) & (found.rows < whole.rows)).all()


def test_after_damage_was_told_searches_are_right_again() -> None:
    whole = segment()
    arrays = {key: array.copy() for key, array in whole.arrays.items()}
    index = LexicalIndex([Segment(arrays, whole.languages)])
    few = Budget(depth=30)
    before = index.search(QUESTIONS[0], budget=few)
    right = arrays["term_rows"].copy()
    arrays["term_rows"][:] = whole.rows
    with pytest.raises(CorruptDataError, match="index again"):
        index.search(QUESTIONS[0], budget=few)
    arrays["term_rows"][:] = right
    assert same(index.search(QUESTIONS[0], budget=few), before)


def test_threads_do_not_disturb_each_other() -> None:
    index = LexicalIndex([segment()])
    alone = {question: index.search(question) for question in QUESTIONS}

    def ask(number: int) -> bool:
        question = QUESTIONS[number % len(QUESTIONS)]
        return same(index.search(question), alone[question])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(400)))
