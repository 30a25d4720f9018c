"""What every `Cache` adapter has to do. Entries may vanish, so nothing here fills a cache."""

import asyncio

import pytest

from kvasir.ports.caches import Cache
from kvasir.testing.builders import passed, soon, system


class CacheSuite:
    """Inherit it and give the fixture a fresh cache with room for a few megabytes."""

    @pytest.fixture
    def cache(self) -> Cache:
        raise NotImplementedError

    async def test_what_is_there_is_found(self, cache: Cache) -> None:
        entries = {b"a": b"1", b"": b"empty key", b"\x00\xff": b"", b"k" * 200: b"v" * 10_000}
        await cache.put_many(system(), entries, soon())
        assert await cache.get_many(system(), [*entries, b"absent", b"a"], soon()) == entries

    async def test_nothing_asked_is_nothing_found(self, cache: Cache) -> None:
        await cache.put_many(system(), {}, soon())
        assert await cache.get_many(system(), [], soon()) == {}

    async def test_putting_again_replaces(self, cache: Cache) -> None:
        for value in (b"old", b"newer", b""):
            await cache.put_many(system(), {b"k": value}, soon())
            assert await cache.get_many(system(), [b"k"], soon()) == {b"k": value}

    async def test_nothing_outlives_its_time(self, cache: Cache) -> None:
        await cache.put_many(system(), {b"k": b"old", b"stays": b"x"}, soon())
        await cache.put_many(system(), {b"k": b"new"}, soon(), ttl=0)
        assert await cache.get_many(system(), [b"k", b"stays"], soon()) == {b"stays": b"x"}

    async def test_tenants_never_meet(self, cache: Cache) -> None:
        await cache.put_many(system("a"), {b"k": b"a"}, soon())
        assert await cache.get_many(system("b"), [b"k"], soon()) == {}
        await cache.put_many(system("b"), {b"k": b"b"}, soon())
        assert await cache.get_many(system("a"), [b"k"], soon()) == {b"k": b"a"}
        await cache.clear(system("b"), soon())
        assert await cache.get_many(system("a"), [b"k"], soon()) == {b"k": b"a"}
        assert await cache.get_many(system("b"), [b"k"], soon()) == {}

    async def test_clearing_drops_all_of_the_tenant(self, cache: Cache) -> None:
        entries = {str(number).encode(): b"x" for number in range(500)}
        await cache.put_many(system(), entries, soon())
        for _ in range(2):
            await cache.clear(system(), soon())
        assert await cache.get_many(system(), list(entries), soon()) == {}

    async def test_many_at_once(self, cache: Cache) -> None:
        async def one(number: int) -> None:
            key = str(number).encode()
            await cache.put_many(system(), {key: key * 10}, soon())
            assert await cache.get_many(system(), [key], soon()) == {key: key * 10}

        await asyncio.gather(*(one(number) for number in range(200)))

    async def test_it_never_fails_its_caller(self, cache: Cache) -> None:
        await cache.put_many(system(), {b"k": b"v"}, passed())
        found = await cache.get_many(system(), [b"k"], passed())
        assert found in ({}, {b"k": b"v"})
        await cache.clear(system(), passed())
