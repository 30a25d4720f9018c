import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.ports.passages import Passage, PassageId
from kvasir.testing.builders import version


def passage(*pages: tuple[int, int]) -> Passage:
    return Passage(PassageId("doc-1", version("one"), 0), text="x" * 100, start=50, end=150, pages=pages)


@pytest.mark.parametrize(
    ("offset", "page"), [(49, 3), (50, 3), (99, 3), (100, 4), (139, 4), (140, 6), (149, 6), (10_000, 6)]
)
def test_the_page_of_an_offset(offset: int, page: int) -> None:
    assert passage((40, 3), (100, 4), (140, 6)).page_at(offset) == page


def test_no_pages_no_page() -> None:
    assert passage().page_at(60) is None


def test_before_the_first_page_there_is_none() -> None:
    assert passage((40, 3)).page_at(39) is None


@given(st.lists(st.integers(0, 200), min_size=1, max_size=8, unique=True).map(sorted), st.integers(0, 220))
def test_it_is_the_last_page_that_has_begun(starts: list[int], offset: int) -> None:
    pages = tuple((start, number) for number, start in enumerate(starts, start=1))
    begun = [number for start, number in pages if start <= offset]
    assert passage(*pages).page_at(offset) == (begun[-1] if begun else None)


def test_an_id_reads_well_and_sorts_by_document() -> None:
    one = PassageId("doc-1", version("one"), 3)
    assert str(one) == f"doc-1:{version('one')[:12]}:3"
    assert one < PassageId("doc-2", "", 0)
    assert one < PassageId("doc-1", version("one"), 10)
