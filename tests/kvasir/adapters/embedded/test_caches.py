from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.adapters.embedded.caches import MemoryCache
from kvasir.ports.caches import Cache
from kvasir.testing.builders import soon, system
from kvasir.testing.caches import CacheSuite


class TestMemoryCache(CacheSuite):
    @pytest.fixture
    def cache(self) -> Cache:
        return MemoryCache(max_bytes=4 << 20)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


async def found(cache: Cache, *keys: bytes) -> Mapping[bytes, bytes]:
    return await cache.get_many(system(), keys, soon())


async def test_entries_expire_at_their_time() -> None:
    clock = Clock()
    cache = MemoryCache(max_bytes=1 << 20, max_ttl=60, clock=clock)
    await cache.put_many(system(), {b"default": b"x"}, soon())
    await cache.put_many(system(), {b"short": b"x"}, soon(), ttl=5)
    await cache.put_many(system(), {b"long": b"x"}, soon(), ttl=3600)
    clock.seconds += 4.9
    assert set(await found(cache, b"default", b"short", b"long")) == {b"default", b"short", b"long"}
    clock.seconds += 0.1
    assert set(await found(cache, b"default", b"short", b"long")) == {b"default", b"long"}
    clock.seconds += 55
    assert await found(cache, b"default", b"short", b"long") == {}
    assert cache.bytes_used == 0


async def test_the_least_recently_used_go_first() -> None:
    cache = MemoryCache(max_bytes=10 * 421)
    for number in range(10):
        await cache.put_many(system(), {b"%d" % number: b"x" * 100}, soon())
    assert await found(cache, b"0")
    await cache.put_many(system(), {b"a": b"x" * 100, b"b": b"x" * 100}, soon())
    kept = await found(cache, *(b"%d" % number for number in range(10)), b"a", b"b")
    assert sorted(kept) == [b"0", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"a", b"b"]


async def test_a_value_over_the_limit_is_not_stored_and_drops_the_old_one() -> None:
    cache = MemoryCache(max_bytes=8_000)
    await cache.put_many(system(), {b"k": b"old", b"other": b"x"}, soon())
    await cache.put_many(system(), {b"k": b"x" * 1_000}, soon())
    assert await found(cache, b"k", b"other") == {b"other": b"x"}


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("ab"), st.integers(0, 12), st.integers(0, 300), st.integers(0, 9)),
        st.tuples(st.just("get"), st.sampled_from("ab"), st.integers(0, 12), st.just(0), st.just(0)),
        st.tuples(st.just("clear"), st.sampled_from("ab"), st.just(0), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.just("a"), st.just(0), st.just(0), st.integers(0, 9)),
    ),
    max_size=60,
)


@given(steps)
async def test_it_is_lossy_but_never_wrong_and_never_over_budget(actions: list[tuple[str, str, int, int, int]]) -> None:
    clock = Clock()
    cache = MemoryCache(max_bytes=5_000, max_ttl=7, clock=clock)
    truth: dict[tuple[str, bytes], tuple[bytes, float]] = {}
    for action, tenant, number, size, seconds in actions:
        key = b"%d" % number
        match action:
            case "put":
                value = b"v" * size
                await cache.put_many(system(tenant), {key: value}, soon(), ttl=seconds)
                truth[tenant, key] = (value, clock.seconds + min(seconds, 7))
            case "get":
                value, expires = truth.get((tenant, key), (b"", 0.0))
                got = await cache.get_many(system(tenant), [key], soon())
                assert got in ({}, {key: value})
                assert not got or expires > clock.seconds
            case "clear":
                await cache.clear(system(tenant), soon())
                truth = {place: entry for place, entry in truth.items() if place[0] != tenant}
            case _:
                clock.seconds += seconds
        assert 0 <= cache.bytes_used <= 5_000
    await cache.clear(system("a"), soon())
    await cache.clear(system("b"), soon())
    assert cache.bytes_used == 0
