import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.text.sentences import MAX_SENTENCE, sentences

PIECES = [
    *"abC D.!?…\n\t。？؟।|-#*1234\"'()`一二ア",
    "Mr. ",
    "e.g. ",
    "\n\n",
    "```\n",
    " 3.5 ",
    "\r\n",
    "\x0b",
    "\u2028",
]
WRITING = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@given(st.one_of(WRITING, st.text()))
def test_spans_are_ordered_disjoint_trimmed_and_cover_what_is_not_space(text: str) -> None:
    spans = sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(st.text(alphabet="ab \n", min_size=0, max_size=9_000))
def test_spans_are_bounded(text: str) -> None:
    assert all(end - start <= MAX_SENTENCE for start, end in sentences(text))


def test_a_text_without_any_space_is_cut() -> None:
    assert [end - start for start, end in sentences("x" * 4_500)] == [2_000, 2_000, 500]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He paid $3.50. She left.", ["He paid $3.50.", "She left."]),
        (
            "Mr. J. Smith of the U.S. Navy came in Jan. 2020. He left.",
            ["Mr. J. Smith of the U.S. Navy came in Jan. 2020.", "He left."],
        ),
        ('"Really?" she asked. "Yes!" He nodded.', ['"Really?" she asked.', '"Yes!"', "He nodded."]),
        ("Wait... what? No.", ["Wait... what?", "No."]),
        ("Use e.g. this. Or cf. that.", ["Use e.g. this.", "Or cf. that."]),
        ("Das ist z.B. gut. Am 3. Mai war er da. Ende.", ["Das ist z.B. gut.", "Am 3. Mai war er da.", "Ende."]),
        (
            "А. С. Пушкин родился в 1799 г. в Москве. Он был поэтом.",
            ["А. С. Пушкин родился в 1799 г. в Москве.", "Он был поэтом."],
        ),
        ("你好。世界！我们走吧？好", ["你好。", "世界！", "我们走吧？", "好"]),
        ("هل هذا صحيح؟ نعم. انتهى", ["هل هذا صحيح؟", "نعم.", "انتهى"]),
        ("यह है। वह था।", ["यह है।", "वह था।"]),
        (
            "all lower case text. nothing is capital here. the end",
            ["all lower case text.", "nothing is capital here.", "the end"],
        ),
    ],
)
def test_languages(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_lines_that_stand_for_themselves() -> None:
    text = "# Title\nA line\nthat wraps. End.\n\n- one. Two.\n1. First\n| a. | b |\n```\nx = 1. Y = 2\n```\nAfter."
    assert cut(text) == [
        "# Title", "A line\nthat wraps.", "End.", "- one.", "Two.", "1. First", "| a. | b |", "```", "x = 1. Y = 2", "```", "After.",
    ]  # fmt: skip
