"""Pages of a web site, read from a real server on loopback."""

import asyncio
import contextlib
import gzip
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kvasir.adapters.sources.http import HTTPSource
from kvasir.adapters.sources.selection import Selection
from kvasir.errors import (
    DeadlineExceededError,
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
)
from kvasir.ports.deadline import Deadline
from kvasir.ports.sources import SourceItem
from kvasir.testing.builders import passed, soon
from kvasir.testing.sources import Validators, bytes_of, items_of
from kvasir.testing.website import Website, website

Reading = Callable[..., HTTPSource]


async def paths(source: HTTPSource, site: Website, known: Validators | None = None) -> list[str]:
    """Listed paths without the site's address, in the order of the listing."""
    found = await items_of(source, known)
    await source.close()
    return [path.removeprefix(site.url) for path in found]


async def read_all(source: HTTPSource, known: Validators | None = None) -> dict[str, bytes | KvasirError | None]:
    """Contents or errors by path, and validators for the next run under `validators`."""
    found: dict[str, bytes | KvasirError | None] = {}
    async for item in source.list(known or {}, soon()):
        if item.validators and item.validators == (known or {}).get(item.path):
            found[item.path] = None
            continue
        try:
            found[item.path] = await bytes_of(await source.fetch(item, soon()))
        except KvasirError as error:
            found[item.path] = error
    await source.close()
    return found


async def validators(source: HTTPSource) -> dict[str, dict[str, str]]:
    """Of everything that was fetched, by path."""
    found: dict[str, dict[str, str]] = {}
    async for item in source.list({}, soon()):
        fetched = await source.fetch(item, soon())
        await bytes_of(fetched)
        found[item.path] = dict(fetched.item.validators)
    await source.close()
    return found


class TestLinks:
    async def test_links_below_the_start_are_followed_breadth_first(self, site: Website, reading: Reading) -> None:
        site.page("/docs/", "a", "b", "/blog/", "https://example.com/docs/x", "mailto:a@b.c", "javascript:x()")
        site.page("/docs/a", "b#part", "deep/c.html", "../docs/./a", "?page=2")
        site.page("/docs/b", "/docs/")
        site.page("/docs/deep/c.html")
        site.page("/docs/a?page=2")
        site.page("/blog/")
        found = await paths(reading(site, "/docs/"), site)
        assert found == ["/docs/", "/docs/a", "/docs/b", "/docs/deep/c.html", "/docs/a?page=2"]

    async def test_each_page_is_asked_for_once(self, site: Website, reading: Reading) -> None:
        site.page("/", "a", "b")
        site.page("/a", "b", "/")
        site.page("/b", "a", "/")
        await read_all(reading(site, "/"))
        assert sorted(site.visited()) == ["/", "/a", "/b"]

    async def test_a_file_as_start_opens_its_folder(self, site: Website, reading: Reading) -> None:
        site.page("/docs/index.html", "a", "/other")
        site.page("/docs/a")
        site.page("/other")
        assert await paths(reading(site, "/docs/index.html"), site) == ["/docs/index.html", "/docs/a"]

    async def test_include_and_exclude(self, site: Website, reading: Reading) -> None:
        site.page("/", "list", "secret/page", "a.pdf")
        site.page("/list", "b.pdf")
        site.page("/secret/page", "c.pdf")
        for name in "abc":
            site.put(f"/{name}.pdf", b"%PDF", media_type="application/pdf")
        source = reading(site, "/", selection=Selection(["**/*.pdf"], ["**/secret/**"]))
        assert sorted(await paths(source, site)) == ["/a.pdf", "/b.pdf"]
        assert "/secret/page" not in site.visited()

    async def test_pictures_and_scripts_are_no_documents(self, site: Website, reading: Reading) -> None:
        site.page("/", "a.png", "s.js", "t.txt")
        site.put("/a.png", b"\x89PNG", media_type="image/png")
        site.put("/s.js", b"x", media_type="text/javascript")
        site.put("/t.txt", b"x", media_type="text/plain")
        assert await paths(reading(site, "/"), site) == ["/", "/t.txt"]

    async def test_max_pages_keeps_the_same_pages_every_time(self, site: Website, reading: Reading) -> None:
        site.page("/", *(f"p{number}" for number in range(30)))
        for number in range(30):
            site.page(f"/p{number}", delay=0.01 * (number % 3))
        expected = ["/", *(f"/p{number}" for number in range(9))]
        for _ in range(3):
            assert await paths(reading(site, "/", max_pages=10), site) == expected

    async def test_what_robots_meta_and_nofollow_say(self, site: Website, reading: Reading) -> None:
        site.put("/", '<meta name="robots" content="noindex"><a href="a">a</a><a rel="nofollow" href="b">b</a>')
        site.put("/a", '<meta name="ROBOTS" content="nofollow"><a href="c">c</a>')
        for name in "bc":
            site.page(f"/{name}")
        assert await paths(reading(site, "/"), site) == ["/a"]

    async def test_base_href_and_duplicate_spellings(self, site: Website, reading: Reading) -> None:
        site.put("/", f'<base href="{site.url}/x/"><a href="a">1</a><a href="./a">2</a><a href="%61">3</a>')
        site.page("/x/a")
        assert await paths(reading(site, "/"), site) == ["/", "/x/a"]

    async def test_a_missing_page_is_absent_and_a_broken_one_is_an_error_of_its_own(
        self, site: Website, reading: Reading
    ) -> None:
        site.page("/", "gone", "broken", "fine")
        site.put("/broken", b"", status=500)
        site.page("/fine")
        source = reading(site, "/")
        items: list[SourceItem] = []

        async def collecting() -> None:
            async for item in source.list({}, soon()):
                items.append(item)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(UnavailableError, match="1 pages"):
            await collecting()
        assert [item.path.removeprefix(site.url) for item in items] == ["/", "/broken", "/fine"]
        with pytest.raises(UnavailableError, match="/broken answers 500"):
            await source.fetch(items[1], soon())
        assert await bytes_of(await source.fetch(items[2], soon())) == site.pages["/fine"].body
        await source.close()

    @pytest.mark.parametrize(
        ("status", "error"), [(404, NotFoundError), (503, UnavailableError), (403, PermissionDeniedError)]
    )
    async def test_a_start_page_that_fails_breaks_the_listing(
        self, site: Website, reading: Reading, status: int, error: type[KvasirError]
    ) -> None:
        site.page("/ok")
        site.put("/bad", b"", status=status)
        source = reading(site, "/ok", "/bad")
        with pytest.raises(error):
            await items_of(source)
        await source.close()


class TestConditionalRequests:
    async def test_unchanged_pages_are_not_sent_again_and_keep_their_links(
        self, site: Website, reading: Reading
    ) -> None:
        site.page("/", "a", etag=True)
        site.page("/a", "b", etag=True)
        site.page("/b")
        known = await validators(reading(site, "/"))
        site.visits.clear()
        assert await read_all(reading(site, "/"), known) == {
            f"{site.url}/": None,
            f"{site.url}/a": None,
            f"{site.url}/b": site.pages["/b"].body,
        }
        assert "if-none-match" in site.visits[1].headers

    async def test_without_its_memory_the_source_reads_in_full(
        self, site: Website, reading: Reading, tmp_path: Path
    ) -> None:
        site.page("/", "a", etag=True)
        site.page("/a", etag=True)
        known = await validators(reading(site, "/"))
        shutil.rmtree(tmp_path / "scratch" / "links")
        assert await paths(reading(site, "/"), site, known) == ["/", "/a"]

    async def test_a_page_of_a_sitemap_is_asked_conditionally(self, site: Website, reading: Reading) -> None:
        site.put("/map.xml", f"<urlset><url><loc>{site.url}/a</loc></url></urlset>", media_type="text/xml")
        site.page("/a", headers={"Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT"}, etag=True)
        known = await validators(reading(site, sitemap="/map.xml"))
        assert set(known[f"{site.url}/a"]) == {"etag", "last-modified"}
        assert await read_all(reading(site, sitemap="/map.xml"), known) == {f"{site.url}/a": None}

    async def test_an_outage_keeps_pages_whose_links_are_remembered(self, site: Website, reading: Reading) -> None:
        site.page("/", "a", etag=True)
        site.page("/a", "b", etag=True)
        site.page("/b", etag=True)
        known = await validators(reading(site, "/"))
        site.put("/a", b"", status=503)
        found = await read_all(reading(site, "/"), known)
        assert set(found) == set(known)
        assert isinstance(found[f"{site.url}/a"], UnavailableError)


class TestLimits:
    async def test_a_large_page_is_reported_alone(self, site: Website, reading: Reading) -> None:
        site.page("/", "big", "declared", "small")
        site.put("/big", b"x" * 200_000, chunked=True)
        site.put("/declared", b"x" * 200_000)
        site.put("/small", b"x")
        found = await read_all(reading(site, "/", max_bytes=100_000))
        assert isinstance(found[f"{site.url}/big"], ExhaustedError)
        assert isinstance(found[f"{site.url}/declared"], ExhaustedError)
        assert found[f"{site.url}/small"] == b"x"

    async def test_a_compressed_bomb_is_stopped(self, site: Website, reading: Reading) -> None:
        site.page("/", "bomb", "zipped")
        packed = gzip.compress(b"\x00" * (64 << 20))
        site.put("/bomb", packed, headers={"Content-Encoding": "gzip"}, media_type="text/plain")
        site.put("/zipped", gzip.compress(b"hello" * 1000), headers={"Content-Encoding": "gzip"})
        found = await read_all(reading(site, "/", max_bytes=1 << 20))
        assert isinstance(found[f"{site.url}/bomb"], ExhaustedError)
        assert found[f"{site.url}/zipped"] == b"hello" * 1000

    @pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"x" * 9999, mtime=0)[:-20]])
    async def test_damaged_compression_is_an_outage(self, site: Website, reading: Reading, body: bytes) -> None:
        site.put("/", body, headers={"Content-Encoding": "gzip"})
        source = reading(site, "/")
        with pytest.raises(UnavailableError):
            await items_of(source)
        await source.close()

    async def test_a_slow_page_ends_at_its_timeout(self, site: Website, reading: Reading) -> None:
        site.page("/", delay=1.5)
        source = reading(site, "/", timeout_seconds=0.2)
        started = time.monotonic()
        with pytest.raises(UnavailableError, match=r"0\.2 s"):
            await items_of(source)
        assert time.monotonic() - started < 1
        await source.close()

    async def test_the_deadline_of_the_listing_holds(self, site: Website, reading: Reading) -> None:
        site.page("/")
        source = reading(site, "/")
        with pytest.raises((DeadlineExceededError, UnavailableError)):
            async for _ in source.list({}, passed()):
                pass
        await source.close()

    async def test_nobody_listens(self, reading: Reading) -> None:
        with website() as site:
            source = reading(site, "/")
        with pytest.raises(UnavailableError, match="cannot be read"):
            await items_of(source)
        await source.close()


class TestRedirects:
    async def test_they_are_followed_within_the_site(self, site: Website, reading: Reading) -> None:
        site.page("/", "old", "out")
        site.put("/old", b"", status=301, headers={"Location": "/new"})
        site.put("/out", b"", status=302, headers={"Location": "/../elsewhere"})
        site.page("/new")
        assert await paths(reading(site, "/"), site) == ["/", "/new"]

    async def test_a_start_that_moved_takes_its_new_folder_along(self, site: Website, reading: Reading) -> None:
        site.put("/docs", b"", status=301, headers={"Location": "/manual/v2/"})
        site.page("/manual/v2/", "a", "/docs/b")
        site.page("/manual/v2/a")
        site.page("/docs/b")
        assert await paths(reading(site, "/docs"), site) == ["/manual/v2/", "/manual/v2/a", "/docs/b"]

    async def test_too_many_are_an_error(self, site: Website, reading: Reading) -> None:
        for number in range(7):
            site.put(f"/{number}", b"", status=302, headers={"Location": f"/{number + 1}"})
        site.page("/7")
        source = reading(site, "/0")
        with pytest.raises(UnavailableError, match="more than 5"):
            await items_of(source)
        await source.close()
        assert await paths(reading(site, "/2"), site) == ["/7"]

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1/"])
    async def test_only_to_plain_web_addresses(self, site: Website, reading: Reading, target: str) -> None:
        site.put("/", b"", status=302, headers={"Location": target})
        source = reading(site, "/")
        with pytest.raises(PermissionDeniedError, match="no http or https URL"):
            await items_of(source)
        await source.close()

    async def test_never_to_an_address_that_is_not_allowed(self, site: Website, reading: Reading) -> None:
        with website("127.0.0.2") as inner:
            inner.page("/secret")
            site.put("/", b"", status=302, headers={"Location": f"{inner.url}/secret"})
            source = reading(site, "/", allowed="127.0.0.1/32")
            with pytest.raises(PermissionDeniedError, match=r"127\.0\.0\.2.*not public.*--allow-network"):
                await items_of(source)
            await source.close()
            assert inner.visits == []


class TestHeaders:
    async def test_secrets_go_to_the_sites_of_the_spec_alone(self, site: Website, reading: Reading) -> None:
        with website("127.0.0.2") as other:
            other.page("/landing")
            site.page("/")
            site.put("/moved", b"", status=302, headers={"Location": f"{other.url}/landing"})
            await items_of(source := reading(site, "/", "/moved", headers={"Authorization": "Bearer s3cret"}))
            await source.close()
            assert all(visit.headers.get("authorization") == "Bearer s3cret" for visit in site.visits)
            assert [visit.headers.get("authorization") for visit in other.visits] == [None, None]
            assert "s3cret" not in repr(source._site)

    def test_headers_that_are_ours_are_refused(self, site: Website, reading: Reading) -> None:
        with pytest.raises(InvalidInputError, match="Host"):
            reading(site, "/", headers={"Host": "example.com"})

    async def test_the_agent_names_itself_and_the_host(self, site: Website, reading: Reading) -> None:
        site.page("/")
        await paths(reading(site, "/"), site)
        assert site.visits[0].headers["user-agent"].startswith("kvasir ")
        assert f"http://{site.visits[0].headers['host']}" == site.url


class TestRobots:
    async def test_disallowed_pages_are_never_asked_for(self, site: Website, reading: Reading) -> None:
        site.put("/robots.txt", "User-agent: *\nDisallow: /\n\nUser-agent: kvasir\nDisallow: /private/\n")
        site.page("/", "private/a", "open")
        site.page("/private/a")
        site.page("/open")
        assert await paths(reading(site, "/"), site) == ["/", "/open"]
        assert "/private/a" not in site.visited()

    async def test_a_disallowed_start_page_is_an_error(self, site: Website, reading: Reading) -> None:
        site.put("/robots.txt", "User-agent: *\nDisallow: /")
        site.page("/")
        source = reading(site, "/")
        with pytest.raises(PermissionDeniedError, match="robots"):
            await items_of(source)
        await source.close()

    async def test_an_outage_of_robots_txt_is_no_permission(self, site: Website, reading: Reading) -> None:
        site.put("/robots.txt", b"", status=500)
        site.page("/")
        source = reading(site, "/")
        with pytest.raises(UnavailableError, match="robots"):
            await items_of(source)
        await source.close()

    async def test_crawl_delay_is_kept(self, site: Website, reading: Reading) -> None:
        site.put("/robots.txt", "User-agent: *\nCrawl-delay: 0.15")
        site.page("/", "a", "b", "c")
        for name in "abc":
            site.page(f"/{name}")
        started = time.monotonic()
        assert len(await paths(reading(site, "/"), site)) == 4
        assert time.monotonic() - started >= 0.44


class TestSitemaps:
    async def test_indexes_and_gzip(self, site: Website, reading: Reading) -> None:
        index = f"<sitemapindex><sitemap><loc>{site.url}/1.xml.gz</loc></sitemap><sitemap><loc> {site.url}/2.xml </loc></sitemap><sitemap><loc>http://example.com/3.xml</loc></sitemap></sitemapindex>"
        site.put("/index.xml", index, media_type="application/xml")
        one = f"<urlset><url><loc>{site.url}/a</loc><lastmod>2026-01-01</lastmod></url></urlset>"
        site.put("/1.xml.gz", gzip.compress(one.encode()), media_type="application/gzip")
        two = f"<urlset><url><loc>{site.url}/b?x=1&amp;y=2</loc></url><url><loc>http://example.com/c</loc></url><url><loc>{site.url}/a#x</loc></url></urlset>"
        site.put("/2.xml", two, media_type="text/xml")
        assert await paths(reading(site, sitemap="/index.xml"), site) == ["/a", "/b?x=1&y=2"]
        assert site.visited() == ["/index.xml", "/1.xml.gz", "/2.xml"]

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"<html>not a sitemap", InvalidInputError),
            (b"<urlset><url><loc>http://127.0.0.1/", InvalidInputError),
            (gzip.compress(b"<urlset/>", mtime=0)[:-9], InvalidInputError),
            (b"", InvalidInputError),
        ],
    )
    async def test_a_broken_one_breaks_the_listing(
        self, site: Website, reading: Reading, body: bytes, error: type[KvasirError]
    ) -> None:
        site.put("/map.xml", body, media_type="text/xml")
        source = reading(site, sitemap="/map.xml")
        with pytest.raises(error):
            await items_of(source)
        await source.close()

    async def test_a_missing_one_breaks_the_listing(self, site: Website, reading: Reading) -> None:
        source = reading(site, sitemap="/map.xml")
        with pytest.raises(NotFoundError):
            await items_of(source)
        await source.close()

    async def test_a_page_that_leads_to_another_site_is_not_taken(self, site: Website, reading: Reading) -> None:
        with website("127.0.0.2") as other:
            other.page("/login")
            site.put("/map.xml", f"<urlset><url><loc>{site.url}/a</loc></url></urlset>")
            site.put("/a", b"", status=302, headers={"Location": f"{other.url}/login"})
            (found,) = (await read_all(reading(site, sitemap="/map.xml"))).values()
        assert isinstance(found, UnavailableError)
        assert "another site" in str(found)

    async def test_selection_and_robots_hold_for_it_too(self, site: Website, reading: Reading) -> None:
        urls = "".join(f"<url><loc>{site.url}/{name}</loc></url>" for name in ("a", "drafts/b", "private/c"))
        site.put("/map.xml", f"<urlset>{urls}</urlset>")
        site.put("/robots.txt", "User-agent: *\nDisallow: /private/")
        source = reading(site, sitemap="/map.xml", selection=Selection(exclude=["**/drafts/**"]))
        assert await paths(source, site) == ["/a"]

    async def test_entities_do_not_expand(self, site: Website, reading: Reading) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        site.put("/map.xml", f'<!DOCTYPE u [<!ENTITY l0 "ha">{laughs}]><urlset><url><loc>&l9;</loc></url></urlset>')
        source = reading(site, sitemap="/map.xml")
        with contextlib.suppress(InvalidInputError):
            assert await items_of(source) == {}
        await source.close()


async def test_giving_up_leaves_no_request_running(site: Website, reading: Reading) -> None:
    site.page("/", *(f"p{number}" for number in range(20)))
    for number in range(20):
        site.page(f"/p{number}", delay=0.2)
    source = reading(site, "/")
    listing = source.list({}, Deadline.after(10))
    await anext(listing)
    await listing.aclose()
    await source.close()
    await asyncio.sleep(0.3)
    count = len(site.visited())
    await asyncio.sleep(0.3)
    assert len(site.visited()) == count <= 6
