"""What a row covers without naming it."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kvasir.rag.test_evidence import hit

from kvasir.rag.evidence import Evidence
from kvasir.rag.table_rows import implied, ranges

YEARS = "## Leave\n\n| Years | Days |\n|---|---|\n| 0 to 2 | 26 |\n| 3 to 5 | 28 |\n| 10 or more | 31 |\n"
MEALS = "## Meal allowance\n\n| Country | Day |\n|---|---|\n| France | 38 |\n| All other countries | 35 |\n\nAsk about Peru.\n"


def covered(text: str, asked: dict[str, float]) -> dict[str, set[str]]:
    sentences = Evidence([hit("a", 0, 0, text)]).sentences
    found = implied(sentences, {"en": asked})
    assert len(found) == len(sentences)
    return {one.text: set(terms) for one, terms in zip(sentences, found, strict=True) if terms}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0 to 2", [(0, 2)]),
        ("3\u20135 years", [(3, 5)]),
        ("from 3 to 5 days", [(3, 5)]),
        ("2 weeks to 4 weeks", [(2, 4)]),
        ("10 or more", [(10, inf)]),
        ("10 years or more", [(10, inf)]),
        ("6+", [(6, inf)]),
        ("over 1,000 euros", [(1000, inf)]),
        ("ab 3", [(3, inf)]),
        ("up to 50 %", [(0, 50)]),
        ("< 5", [(0, 5)]),
        ("28 euros", []),
        ("SEV1", []),
        ("16 inch, 64 GB", []),
    ],
)
def test_ranges_of_a_cell(cell: str, expected: list[tuple[float, float]]) -> None:
    assert ranges(cell) == expected


@given(st.text(max_size=60))
def test_any_cell_gives_numbers_or_nothing(cell: str) -> None:
    assert all(low >= 0 and high >= 0 for low, high in ranges(cell))


@given(low=st.integers(0, 9999), width=st.integers(0, 9999), asked=st.integers(0, 99999))
def test_a_range_covers_what_lies_in_it(low: int, width: int, asked: int) -> None:
    text = f"| Orders | Approval |\n|---|---|\n| {low:,} to {low + width:,} euros | lead |\n"
    assert bool(covered(text, {str(asked): 1.0})) is (low <= asked <= low + width)


def test_a_number_falls_into_the_row_of_its_range_alone() -> None:
    assert covered(YEARS, {"4": 1.0, "year": 1.0}) == {"| 3 to 5 | 28 |": {"4"}}
    assert covered(YEARS, {"12": 1.0}) == {"| 10 or more | 31 |": {"12"}}
    assert covered(YEARS, {"28": 1.0}) == {"| 10 or more | 31 |": {"28"}}  # the last cell tells, it is not asked by


def test_a_name_that_nothing_holds_falls_to_the_others() -> None:
    asked = {"meal": 1.0, "allow": 1.0, "in": 0.25}
    assert covered(MEALS, {**asked, "spain": 1.0}) == {"| All other countries | 35 |": {"spain"}}
    assert covered(MEALS, {**asked, "franc": 1.0, "tomorrow": 1.0}) == {}, "another row is meant"
    assert covered(MEALS, {**asked, "peru": 1.0}) == {}, "it is spoken of elsewhere"
    assert covered(MEALS, {"capit": 1.0, "ask": 1.0, "spain": 1.0}) == {}, "the table is about something else"
