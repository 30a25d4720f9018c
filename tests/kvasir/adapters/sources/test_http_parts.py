"""The pieces of the HTTP source that need no server."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.adapters.sources.http_memory import LinkMemory
from kvasir.adapters.sources.http_pages import read_links
from kvasir.adapters.sources.http_urls import Below, normalised, origin
from kvasir.adapters.sources.sitemaps import read_sitemap
from kvasir.errors import InvalidInputError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.COM:80/a/./b/../c?q=1#x", "http://example.com/a/c?q=1"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("https://example.com/%7Euser/%e4%b8%ad", "https://example.com/~user/%E4%B8%AD"),
        ("https://example.com/\u4e2d", "https://example.com/%E4%B8%AD"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
        ("  https://example.com/x ", "https://example.com/x"),
        ("ftp://example.com/", None),
        ("javascript:alert(1)", None),
        ("mailto:a@b.c", None),
        ("https://user:pw@example.com/", None),
        ("https:///x", None),
        ("https://[::1", None),
        ("https://example.com/" + "x" * 3000, None),
    ],
)
def test_urls_have_one_spelling(url: str, expected: str | None) -> None:
    assert normalised(url) == expected


@given(st.text(max_size=60))
def test_any_link_is_survived(link: str) -> None:
    found = normalised(link, "https://example.com/a/b")
    if found is not None:
        assert normalised(found) == found
        assert origin(found).startswith("http")


def test_what_is_below() -> None:
    assert Below.of("https://x/docs/index.html").holds("https://x/docs/a")
    assert not Below.of("https://x/docs/index.html").holds("https://x/docsy")
    assert Below.of("https://x/docs").holds("https://x/docs/a")
    assert not Below.of("https://x/docs").holds("https://x/blog")
    assert Below.of("https://x/").holds("https://x/anything")
    assert not Below.of("https://x/").holds("https://x.evil/")
    assert Below.of("https://x/a?page=1").holds("https://x/a?page=1")


@given(st.binary(max_size=300))
def test_links_of_any_bytes(content: bytes) -> None:
    read_links("https://example.com/", content)


def test_links_of_a_hostile_page() -> None:
    deep = b"<div>" * 100_000 + b'<a href="/x">x</a>'
    assert read_links("https://e.com/", deep).links in ([], ["https://e.com/x"])
    many = b"".join(b'<a href="/%d">x</a>' % number for number in range(20_000))
    assert len(read_links("https://e.com/", many).links) == 5_000


@given(st.binary(max_size=200))
def test_sitemaps_of_any_bytes(content: bytes) -> None:
    with contextlib.suppress(InvalidInputError):
        read_sitemap("https://e.com/map.xml", content)


def test_links_are_remembered_for_one_version(tmp_path: Path) -> None:
    memory = LinkMemory(tmp_path / "links")
    memory.keep("https://e.com/", {"etag": "1"}, ["https://e.com/a"])
    memory.keep("https://e.com/nameless", {}, ["https://e.com/a"])
    assert memory.recall("https://e.com/", {"etag": "1"}) == ["https://e.com/a"]
    assert memory.recall("https://e.com/", {"etag": "2"}) is None
    assert memory.recall("https://e.com/nameless", {}) is None
    later = LinkMemory(tmp_path / "links")
    later.sweep()
    assert later.recall("https://e.com/", {"etag": "1"}) is None


def test_a_damaged_memory_is_no_memory(tmp_path: Path) -> None:
    memory = LinkMemory(tmp_path)
    memory.keep("https://e.com/", {"etag": "1"}, [])
    (file,) = tmp_path.glob("*/*")
    file.write_bytes(b"broken")
    assert memory.recall("https://e.com/", {"etag": "1"}) is None
