"""What every `Blobs` adapter has to do."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any

import pytest

from kvasir.errors import DeadlineExceededError, InvalidInputError, NotFoundError
from kvasir.ports.blobs import Blob, Blobs
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal
from kvasir.testing.builders import passed, soon, system

MEBIBYTE = 1 << 20

KEYS = (
    "a",
    "a-b",
    "a/b",
    "a/b/c",
    "a/b.c",
    "A",  # some file systems fold case,
    "\u00e9",  # and some normalise
    "e\u0301",
    "\u05e9\u05dc\u05d5\u05dd/\u202ex",
    "\U0001f600/\U0001f600",
    "\uff21",
    "\U00020000",
    "con",
    " ",
    "x ",
    ".hidden",
    "...",
    "a\\b",
    "a:b*c?",
    "%2e%2e",
    "=",
    "=me",
    "+",
    "x+",
    "x@",
    "@",
    "line\nfeed\ttab",
    "\x00",
    "p" * 512,
    "p" * 200 + "/q",
    "p" * 199 + "/q",
    "\U0001f4da" * 511 + "x",
    "/".join(["d"] * 256),
)

BAD_KEYS = ("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "./a", "p" * 513, "\ud800", "a/\udfff/b")


async def listed(blobs: Blobs, principal: Principal, prefix: str = "", limit: int = 1000) -> list[Blob]:
    """All pages as one."""
    items: list[Blob] = []
    after: str | None = None
    while True:
        page = await blobs.list(principal, prefix, soon(), after=after, limit=limit)
        items += page.items
        after = page.after
        if after is None:
            return items


async def keys(blobs: Blobs, prefix: str = "", limit: int = 1000) -> list[str]:
    """In the order of the listing."""
    return [blob.key for blob in await listed(blobs, system(), prefix, limit)]


async def pieces(parts: Iterable[bytes]) -> AsyncGenerator[bytes]:
    """As an upload comes in."""
    for part in parts:
        await asyncio.sleep(0)
        yield part


async def streamed(blobs: Blobs, key: str) -> list[bytes]:
    """The pieces of a stream."""
    return [piece async for piece in blobs.stream(system(), key, soon())]


class BlobsSuite:
    """Inherit it and give the fixture a fresh store."""

    @pytest.fixture
    def blobs(self) -> Blobs:
        raise NotImplementedError

    @pytest.mark.parametrize("content", [b"", b"x", b"\x00" * 5, b"ab" * MEBIBYTE, b"z" * MEBIBYTE])
    async def test_what_was_put_is_got(self, blobs: Blobs, content: bytes) -> None:
        put = await blobs.put(system(), "k", content, soon())
        assert put == Blob("k", len(content), hashlib.sha256(content).hexdigest())
        assert await blobs.get(system(), "k", soon()) == content
        assert await blobs.head(system(), "k", soon()) == put
        assert await listed(blobs, system()) == [put]
        got = await streamed(blobs, "k")
        assert b"".join(got) == content
        assert all(0 < len(piece) <= MEBIBYTE for piece in got)

    async def test_pieces_may_have_deadlines_of_their_own(self, blobs: Blobs) -> None:
        content = bytes(range(256)) * 10_000
        await blobs.put(system(), "k", content, soon())
        pieces = [piece async for piece in blobs.stream(system(), "k", soon(), each=30.0)]
        assert b"".join(pieces) == content
        short = aiter(blobs.stream(system(), "k", soon(), each=0.0))
        assert content.startswith(await anext(short))
        with pytest.raises(DeadlineExceededError):
            await anext(short)

    @pytest.mark.parametrize("sizes", [[], [0, 0], [1], [MEBIBYTE - 1, 2], [3 * MEBIBYTE, 1], [7] * 1000])
    async def test_a_stream_is_put_whole(self, blobs: Blobs, sizes: list[int]) -> None:
        parts = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
        content = b"".join(parts)
        put = await blobs.put(system(), "k", pieces(parts), soon())
        assert put == Blob("k", len(content), hashlib.sha256(content).hexdigest())
        assert await blobs.get(system(), "k", soon()) == content

    async def test_putting_again_replaces(self, blobs: Blobs) -> None:
        for content in (b"long" * 1000, b"short", b"short"):
            await blobs.put(system(), "k", content, soon())
            assert await blobs.get(system(), "k", soon()) == content
        assert await keys(blobs) == ["k"]

    async def test_any_text_is_a_key(self, blobs: Blobs) -> None:
        for key in KEYS:
            await blobs.put(system(), key, key.encode(), soon())
        for key in KEYS:
            assert await blobs.get(system(), key, soon()) == key.encode()
        assert await keys(blobs) == sorted(KEYS)
        for key in KEYS:
            await blobs.delete(system(), key, soon())
            with pytest.raises(NotFoundError):
                await blobs.get(system(), key, soon())
        assert await keys(blobs) == []

    @pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
    async def test_invalid_keys_are_refused(self, blobs: Blobs, key: str) -> None:
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: blobs.put(system(), key, b"x", soon()),
            lambda: blobs.get(system(), key, soon()),
            lambda: streamed(blobs, key),
            lambda: blobs.head(system(), key, soon()),
            lambda: blobs.delete(system(), key, soon()),
        ]
        for call in calls:
            with pytest.raises(InvalidInputError):
                await call()
        assert await keys(blobs) == []

    async def test_unknown_keys_are_not_found(self, blobs: Blobs) -> None:
        await blobs.put(system(), "a/b", b"x", soon())
        for key in ("nothing", "a", "a/b/c", "a/bc"):
            calls: list[Callable[[str], Coroutine[Any, Any, object]]] = [
                lambda key: blobs.get(system(), key, soon()),
                lambda key: streamed(blobs, key),
                lambda key: blobs.head(system(), key, soon()),
            ]
            for call in calls:
                with pytest.raises(NotFoundError):
                    await call(key)

    async def test_deleting_is_idempotent(self, blobs: Blobs) -> None:
        await blobs.put(system(), "a/b", b"x", soon())
        await blobs.put(system(), "a/c", b"x", soon())
        for key in ("a/b", "a/b", "a", "never/was"):
            await blobs.delete(system(), key, soon())
        assert await keys(blobs) == ["a/c"]
        await blobs.put(system(), "a/b", b"again", soon())
        assert await blobs.get(system(), "a/b", soon()) == b"again"

    @pytest.mark.parametrize(
        "prefix", ["", "a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/", "\U0001f600", "p", "p" * 200, "x", "..", "/", "A/"]
    )
    @pytest.mark.parametrize("limit", [1, 4, 1000])
    async def test_listing_by_prefix(self, blobs: Blobs, prefix: str, limit: int) -> None:
        given = [key for key in KEYS if len(key) < 300 and not key.startswith("d/")]
        for key in given:
            await blobs.put(system(), key, b"x", soon())
        assert await keys(blobs, prefix, limit) == sorted(key for key in given if key.startswith(prefix))

    async def test_pages_stay_stable_while_others_write(self, blobs: Blobs) -> None:
        stay = {f"m/{number:02}" for number in range(20)}
        for key in stay:
            await blobs.put(system(), key, b"x", soon())
        seen: list[str] = []
        after: str | None = None
        for step in range(60):
            page = await blobs.list(system(), "", soon(), after=after, limit=3)
            seen += [blob.key for blob in page.items]
            after = page.after
            if after is None:
                break
            await blobs.put(system(), f"a{step}", b"x", soon())
            await blobs.put(system(), f"m/{step:02}x", b"x", soon())
            await blobs.delete(system(), f"a{step}", soon())
        assert seen == sorted(set(seen))
        assert stay <= set(seen)

    @pytest.mark.parametrize("after", ["!", "", "bm90IGpzb24"])
    async def test_a_foreign_cursor_is_refused(self, blobs: Blobs, after: str) -> None:
        with pytest.raises(InvalidInputError):
            await blobs.list(system(), "", soon(), after=after)

    async def test_tenants_never_meet(self, blobs: Blobs) -> None:
        names = ["acme", "Acme", "acme/evil", "..", "", "\u00e9", "e\u0301", "acme-1"]
        for name in names:
            await blobs.put(system(name), "same/key", name.encode(), soon())
        for name in names:
            assert await blobs.get(system(name), "same/key", soon()) == name.encode()
            assert [blob.key for blob in await listed(blobs, system(name))] == ["same/key"]
        await blobs.delete(system("acme"), "same/key", soon())
        assert await blobs.get(system("acme-1"), "same/key", soon()) == b"acme-1"
        for key in ("evil/same/key", "key"):
            with pytest.raises(NotFoundError):
                await blobs.get(system("acme"), key, soon())

    async def test_a_reader_sees_one_whole_version(self, blobs: Blobs) -> None:
        versions = [bytes([65 + number]) * (MEBIBYTE + number) for number in range(4)]
        await blobs.put(system(), "k", versions[0], soon())
        writing = asyncio.gather(*(blobs.put(system(), "k", one, soon()) for one in versions))
        while not writing.done():
            assert await blobs.get(system(), "k", soon()) in versions
            assert b"".join(await streamed(blobs, "k")) in versions
        await writing
        assert await keys(blobs) == ["k"]

    async def test_many_writers_of_many_keys(self, blobs: Blobs) -> None:
        async def one(number: int) -> None:
            key = f"f{number % 5}/{number}"
            await blobs.put(system(), key, key.encode(), soon())
            if number % 2:
                await blobs.delete(system(), key, soon())

        await asyncio.gather(*(one(number) for number in range(40)))
        assert await keys(blobs) == sorted(f"f{number % 5}/{number}" for number in range(0, 40, 2))

    async def test_an_upload_that_breaks_leaves_nothing(self, blobs: Blobs) -> None:
        async def broken() -> AsyncGenerator[bytes]:
            yield b"x" * (2 * MEBIBYTE)
            raise ConnectionResetError

        await blobs.put(system(), "old", b"old", soon())
        for key in ("new", "old"):
            with pytest.raises(ConnectionResetError):
                await blobs.put(system(), key, broken(), soon())
        assert await keys(blobs) == ["old"]
        assert await blobs.get(system(), "old", soon()) == b"old"

    async def test_an_upload_that_is_cancelled_leaves_nothing(self, blobs: Blobs) -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncGenerator[bytes]:
            yield b"x" * MEBIBYTE
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(blobs.put(system(), "k", endless(), soon()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await keys(blobs) == []

    async def test_an_upload_past_its_deadline_leaves_nothing(self, blobs: Blobs) -> None:
        async def stalled() -> AsyncGenerator[bytes]:
            yield b"x" * MEBIBYTE
            await asyncio.Event().wait()

        with pytest.raises(DeadlineExceededError):
            await blobs.put(system(), "k", stalled(), Deadline.after(0.1))
        assert await keys(blobs) == []

    async def test_after_the_deadline_nothing_is_applied(self, blobs: Blobs) -> None:
        await blobs.put(system(), "old", b"old", soon())

        async def first_piece() -> bytes:
            return await anext(aiter(blobs.stream(system(), "old", passed())))

        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: blobs.put(system(), "old", b"new", passed()),
            lambda: blobs.delete(system(), "old", passed()),
            lambda: blobs.get(system(), "old", passed()),
            lambda: blobs.head(system(), "old", passed()),
            lambda: blobs.list(system(), "", passed()),
            first_piece,
        ]
        for call in calls:
            with pytest.raises(DeadlineExceededError):
                await call()
        assert await blobs.get(system(), "old", soon()) == b"old"
