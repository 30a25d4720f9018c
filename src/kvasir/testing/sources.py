"""What every `Source` adapter has to do."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

import pytest

from kvasir.errors import NotFoundError
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, Source, SourceItem
from kvasir.testing.builders import soon

Validators = Mapping[str, Mapping[str, str]]

CONTENTS: Mapping[str, bytes] = {
    "guide.md": b"# Guide\n\nOne.\n",
    "deep/er/notes.txt": b"two\r\nlines\n",
    "caf\u00e9 \u4e2d\u6587.md": "Gr\u00fc\u00dfe".encode(),
    "binary.pdf": bytes(range(256)) * 64,
    "large.txt": b"0123456789abcdef" * (3 << 16),
    "UPPER.MD": b"x",
}


class Place(Protocol):
    """Where a source's documents stand, so that tests can change them.

    `put` and `remove` take the tests' own names; `path` is what the source calls them.
    """

    def source(self, access: Access = None) -> Source: ...

    async def put(self, name: str, content: bytes) -> None: ...

    async def remove(self, name: str) -> None: ...

    def path(self, name: str) -> str: ...


async def items_of(source: Source, known: Validators | None = None) -> dict[str, SourceItem]:
    """The whole listing by path; no path comes twice."""
    found: dict[str, SourceItem] = {}
    async for item in source.list(known or {}, soon()):
        assert item.path not in found
        found[item.path] = item
    return found


async def bytes_of(fetched: Fetched) -> bytes | None:
    """The content in one piece."""
    if fetched.content is None or isinstance(fetched.content, bytes):
        return fetched.content
    return b"".join([piece async for piece in fetched.content])


async def contents_of(source: Source) -> dict[str, bytes | None]:
    """Everything, fetched while it is listed, by path."""
    return {item.path: await bytes_of(await source.fetch(item, soon())) async for item in source.list({}, soon())}


class SourceSuite:
    """Inherit it and give the fixture an empty place. Adapters are closed by the tests."""

    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    async def fill(self, place: Place) -> None:
        for name, content in CONTENTS.items():
            await place.put(name, content)

    async def test_everything_is_listed_once_and_arrives_unchanged(self, place: Place) -> None:
        await self.fill(place)
        source = place.source()
        assert await contents_of(source) == {place.path(name): content for name, content in CONTENTS.items()}
        await source.close()

    async def test_listing_again_gives_the_same(self, place: Place) -> None:
        await self.fill(place)
        source = place.source()
        assert list(await items_of(source)) == list(await items_of(source))
        await source.close()

    async def test_what_did_not_change_is_recognised(self, place: Place) -> None:
        """By equal validators, by an unchanged answer, or at the least by equal bytes."""
        await self.fill(place)
        first = place.source()
        known = {item.path: await first.fetch(item, soon()) async for item in first.list({}, soon())}
        await asyncio.gather(*(bytes_of(fetched) for fetched in known.values()))
        await first.close()
        validators = {path: fetched.item.validators for path, fetched in known.items()}
        again = place.source()
        for path, item in (await items_of(again, validators)).items():
            if not item.validators or item.validators != validators[path]:
                content = await bytes_of(await again.fetch(item, soon()))
                assert content in (None, next(CONTENTS[name] for name in CONTENTS if place.path(name) == path))
        await again.close()

    async def test_a_change_is_seen(self, place: Place) -> None:
        await self.fill(place)
        first = place.source()
        before = await items_of(first)
        await first.close()
        await place.put("guide.md", b"# Guide\n\nTwo.\n")
        path = place.path("guide.md")
        after = place.source()
        item = (await items_of(after, {path: before[path].validators}))[path]
        assert not item.validators or item.validators != before[path].validators
        assert await bytes_of(await after.fetch(item, soon())) == b"# Guide\n\nTwo.\n"
        await after.close()

    async def test_what_was_removed_is_not_listed(self, place: Place) -> None:
        await self.fill(place)
        await place.remove("guide.md")
        source = place.source()
        found = await contents_of(source)
        assert set(found) == {place.path(name) for name in CONTENTS if name != "guide.md"}
        await source.close()

    async def test_what_was_never_there_is_not_found(self, place: Place) -> None:
        await self.fill(place)
        source = place.source()
        await contents_of(source)
        with pytest.raises(NotFoundError):
            await bytes_of(await source.fetch(SourceItem(place.path("never.md")), soon()))
        await source.close()

    async def test_items_carry_the_access_of_the_source(self, place: Place) -> None:
        await self.fill(place)
        for access in (None, frozenset({"hr"}), frozenset[str]()):
            source = place.source(access)
            assert {item.access for item in (await items_of(source)).values()} == {access}
            await source.close()

    async def test_many_documents(self, place: Place) -> None:
        expected: dict[str, bytes | None] = {}
        for number in range(40):
            name, content = f"many/{number:03}.md", f"# {number}\n".encode()
            await place.put(name, content)
            expected[place.path(name)] = content
        source = place.source()
        assert await contents_of(source) == expected
        await source.close()

    async def test_closing_twice_is_fine(self, place: Place) -> None:
        source = place.source()
        await source.close()
        await source.close()

    async def test_fetching_in_parallel(self, place: Place) -> None:
        await self.fill(place)
        source = place.source()
        items = await items_of(source)
        found = await asyncio.gather(*(source.fetch(item, soon()) for item in items.values()))
        contents = [await bytes_of(fetched) for fetched in found]
        assert dict(zip(items, contents, strict=True)) == {place.path(name): CONTENTS[name] for name in CONTENTS}
        await source.close()

    async def test_giving_up_a_listing_leaves_nothing_open(self, place: Place) -> None:
        await self.fill(place)
        source = place.source()
        listing = source.list({}, soon())
        await anext(aiter(listing))
        if isinstance(listing, AsyncGenerator):
            await listing.aclose()
        await source.close()
