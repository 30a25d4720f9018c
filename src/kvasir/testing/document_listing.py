"""What every `Documents` adapter has to do: listing, paging and access."""

from collections.abc import Sequence
from typing import Any

import pytest

from kvasir.errors import InvalidInputError, NotFoundError
from kvasir.ports.documents import Documents, Generations, IndexedDocument
from kvasir.ports.principal import Principal
from kvasir.testing.builders import KNOWLEDGE_BASE, document, member, outcome, soon, system

UNICODE_PATHS = (
    "Stra\u00dfe.md",
    "\u00e9t\u00e9.md",  # composed and decomposed are different places
    "e\u0301te\u0301.md",
    "\u05e9\u05dc\u05d5\u05dd/\u202eabc.md",
    "\U0001f600/\U00020000.md",
    "\uff21.md",  # below the astral ones in UTF-8, above them in UTF-16
    "tab\t\n.md",
    "zero\u200bwidth.md",
)


async def listed(documents: Documents, principal: Principal, **options: Any) -> list[IndexedDocument]:
    """All pages as one."""
    items: list[IndexedDocument] = []
    after: str | None = None
    while True:
        page = await documents.list(principal, KNOWLEDGE_BASE, soon(), after=after, **options)
        items += page.items
        after = page.after
        if after is None:
            return items


def paths(items: Sequence[IndexedDocument]) -> list[str]:
    """In the order of the items."""
    return [item.document.path for item in items]


class DocumentListingSuite:
    """The part of `DocumentsSuite` that reads, with its fixtures."""

    @pytest.fixture
    def documents(self) -> Documents:
        raise NotImplementedError

    @pytest.fixture
    def generations(self) -> Generations:
        raise NotImplementedError

    @pytest.fixture
    async def generation(self, generations: Generations) -> int:
        """A generation to settle in."""
        return (await generations.create(system(), KNOWLEDGE_BASE, "fingerprint", "{}", soon())).number

    async def test_listing_is_by_source_then_path_in_code_points(self, documents: Documents) -> None:
        given = [document(path, source=source) for path in UNICODE_PATHS for source in ("b", "a", "\U0001f600")]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        got = [(item.document.source, item.document.path) for item in await listed(documents, system(), limit=5)]
        assert got == sorted((one.source, one.path) for one in given)

    async def test_listing_one_source(self, documents: Documents) -> None:
        given = [document(f"{number}.md", source=source) for number in range(5) for source in ("a", "b", "c")]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        got = await listed(documents, system(), source="b", limit=2)
        assert [(item.document.source, item.document.path) for item in got] == [("b", f"{n}.md") for n in range(5)]

    @pytest.mark.parametrize("limit", [1, 3, 7, 8, 9, 500])
    async def test_pages_are_complete(self, documents: Documents, limit: int) -> None:
        given = [document(path) for path in UNICODE_PATHS]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        assert paths(await listed(documents, system(), limit=limit)) == sorted(UNICODE_PATHS)
        first = await documents.list(system(), KNOWLEDGE_BASE, soon(), limit=limit)
        assert len(first.items) == min(limit, len(given))
        assert (first.after is None) == (limit >= len(given))

    async def test_pages_stay_stable_while_others_write(self, documents: Documents) -> None:
        stay = [document(f"m{number:03}.md") for number in range(40)]
        await documents.record(system(), KNOWLEDGE_BASE, stay, soon())
        seen: list[str] = []
        after: str | None = None
        for step in range(100):
            page = await documents.list(system(), KNOWLEDGE_BASE, soon(), after=after, limit=3)
            seen += [item.document.path for item in page.items]
            after = page.after
            if after is None:
                break
            newcomers = [document(f"{letter}{step:03}.md") for letter in "amz"]
            await documents.record(system(), KNOWLEDGE_BASE, newcomers, soon())
            await documents.remove(system(), KNOWLEDGE_BASE, [newcomers[0].id], soon())
        assert len(seen) == len(set(seen))
        assert {one.path for one in stay} <= set(seen)
        assert seen == sorted(seen)

    @pytest.mark.parametrize("after", ["", "!", "bm90IGpzb24", "WyJhIl0", "W10", "\U0001f600"])
    async def test_a_foreign_cursor_is_refused(self, documents: Documents, after: str) -> None:
        with pytest.raises(InvalidInputError, match="cursor"):
            await documents.list(system(), KNOWLEDGE_BASE, soon(), after=after)

    async def test_an_empty_page_is_refused(self, documents: Documents) -> None:
        with pytest.raises(InvalidInputError, match="limit"):
            await documents.list(system(), KNOWLEDGE_BASE, soon(), limit=0)

    async def test_only_readable_documents_show(self, documents: Documents) -> None:
        everybody, hr, nobody = (
            document("everybody.md"),
            document("hr.md", access=frozenset({"hr", "board"})),
            document("nobody.md", access=frozenset()),
        )
        await documents.record(system(), KNOWLEDGE_BASE, [everybody, hr, nobody], soon())
        assert paths(await listed(documents, member(), limit=1)) == ["everybody.md"]
        assert paths(await listed(documents, member("sales", "hr"), limit=1)) == ["everybody.md", "hr.md"]
        assert paths(await listed(documents, system(), limit=1)) == ["everybody.md", "hr.md", "nobody.md"]
        for one in (hr, nobody):
            with pytest.raises(NotFoundError):
                await documents.get(member("sales"), KNOWLEDGE_BASE, one.id, soon())
        assert await documents.get(member("board"), KNOWLEDGE_BASE, hr.id, soon()) == hr

    async def test_access_found_in_the_content_hides_too(self, documents: Documents, generation: int) -> None:
        given = document()
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        found = outcome(given, access=frozenset({"hr"}))
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [found], soon())
        assert await listed(documents, member("sales")) == []
        assert len(await listed(documents, member("hr"))) == 1
        with pytest.raises(NotFoundError):
            await documents.get(member("sales"), KNOWLEDGE_BASE, given.id, soon())
        # A changed version that was not parsed yet must not lie open meanwhile.
        await documents.record(system(), KNOWLEDGE_BASE, [document(content="two")], soon())
        assert await listed(documents, member("sales")) == []
        # What the source says counts alone.
        await documents.record(system(), KNOWLEDGE_BASE, [document(access=frozenset({"sales"}))], soon())
        assert len(await listed(documents, member("sales"))) == 1
        assert await listed(documents, member("hr")) == []
