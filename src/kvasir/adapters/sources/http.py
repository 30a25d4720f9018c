"""Pages of web sites: named by a sitemap, or found by following links below start pages."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

import httpx

from kvasir.adapters.sources.addresses import GuardedTransport, NetworkPolicy
from kvasir.adapters.sources.http_client import Page, WebClient
from kvasir.adapters.sources.http_crawl import Visit, crawl
from kvasir.adapters.sources.http_memory import LinkMemory
from kvasir.adapters.sources.http_pages import READ_BYTES, PageLinks, is_document, is_page, read_links
from kvasir.adapters.sources.http_urls import Below, normalised, origin
from kvasir.adapters.sources.robots import Robots
from kvasir.adapters.sources.selection import Selection
from kvasir.adapters.sources.sitemaps import MOST_BYTES, Sitemap, read_sitemap
from kvasir.errors import (
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
)
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, SourceItem
from kvasir.telemetry import logger

_LOG = logger("sources.http")
_MOST_SITEMAPS = 1000
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LOCKED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class WebSite:
    """What to read: `resources.sources.HTTPSource`, with the headers of its Secret."""

    urls: Sequence[str] = ()
    sitemap: str | None = None
    selection: Selection = field(default_factory=Selection)
    max_pages: int = 1000
    max_bytes: int = 50 << 20
    timeout_seconds: float = 30
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class HTTPSource:
    """Implements `ports.sources.Source`.

    A page that the start pages reach is fetched while listing, for its links; its bytes wait for `fetch`. Pages of a
    sitemap are fetched by `fetch` alone. A start page, a sitemap or a robots.txt that cannot be read breaks the listing
    off; so does, at its end, any page that could not be read and whose links are not remembered.
    """

    def __init__(self, name: str, site: WebSite, policy: NetworkPolicy, folder: Path, access: Access = None) -> None:
        """`folder` is kept between runs where possible. InvalidInputError for a header or URL that cannot be used."""
        self.name = name
        self._site = site
        self._access = access
        self._starts = [_checked(url) for url in site.urls]
        self._sitemap = _checked(site.sitemap) if site.sitemap else None
        sites = {origin(url) for url in [*self._starts, *([self._sitemap] if self._sitemap else [])]}
        self._sites = sites | {_secured(one) for one in sites}
        self._transport = GuardedTransport(policy)
        self._client = self._client_for(site.max_bytes, folder)
        self._sitemap_client = self._client_for(MOST_BYTES, folder)
        self._memory = LinkMemory(folder / "links")
        self._robots = Robots(self._client)
        self._scopes: list[Below] = []
        self._known: Mapping[str, Mapping[str, str]] = {}
        self._held: dict[str, Page | KvasirError] = {}
        self._broken: list[str] = []

    def _client_for(self, max_bytes: int, folder: Path) -> WebClient:
        site = self._site
        return WebClient(
            self._transport, folder / "bodies", max_bytes, site.timeout_seconds, site.headers, frozenset(self._sites)
        )

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:
        self._forget()
        self._known = known
        self._robots = Robots(self._client)
        self._scopes = [Below.of(start) for start in self._starts]
        listed: set[str] = set()
        if self._sitemap is not None:
            for url in await self._read_sitemaps(self._sitemap, deadline):
                listed.add(url)
                yield SourceItem(path=url, access=self._access)
        left = self._site.max_pages - len(listed)
        refused = self._site.selection.refuses
        walk = crawl(self._starts, self._scopes, lambda url: self._visit(url, deadline), refused, left, listed)
        async with aclosing(walk) as items:
            async for item in items:
                yield item
        if self._broken:
            raise UnavailableError(f"{len(self._broken)} pages cannot be read now, and what they link to is unknown.")
        self._memory.sweep()

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        held = self._held.pop(item.path, None)
        if isinstance(held, KvasirError):
            raise held
        known = self._known.get(item.path, {})
        page = held or await self._client.get(item.path, self._robots.pass_gate, deadline, known)
        if page.status == HTTPStatus.NOT_MODIFIED:
            return Fetched(self._item(item.path, page, known), None)
        if page.body is None:
            raise _refusal(page)
        if held is None and origin(page.url) not in self._sites:
            page.body.discard()  # a login page, more often than not
            raise UnavailableError(f"{item.path} redirects to another site: {page.url}.")
        return Fetched(self._item(item.path, page, page.validators), page.body.take())

    async def close(self) -> None:
        self._forget()
        await self._transport.aclose()

    def _forget(self) -> None:
        while self._held:
            _, held = self._held.popitem()
            if isinstance(held, Page) and held.body is not None:
                held.body.discard()
        self._broken = []

    async def _read_sitemaps(self, first: str, deadline: Deadline) -> Sequence[str]:
        """Selected pages of a sitemap and of those that it names, in order, on the sites of the spec alone."""
        waiting, seen = [first], {first}
        pages: dict[str, None] = {}
        while waiting and len(pages) < self._site.max_pages:
            found = await self._read_sitemap(waiting.pop(0), deadline)
            for url in filter(None, map(normalised, found.sitemaps)):
                if url not in seen and len(seen) < _MOST_SITEMAPS and origin(url) in self._sites:
                    seen.add(url)
                    waiting.append(url)
            for url in filter(None, map(normalised, found.pages)):
                if origin(url) in self._sites and self._site.selection.takes_url(url) and await self._allowed(url):
                    pages[url] = None
        return list(pages)[: self._site.max_pages]

    async def _read_sitemap(self, url: str, deadline: Deadline) -> Sitemap:
        page = await self._sitemap_client.get(url, self._robots.pass_gate, deadline)
        if page.body is None:
            raise _refusal(page)
        content = page.body.head(page.body.size)
        page.body.discard()
        return await asyncio.to_thread(read_sitemap, url, content)

    async def _allowed(self, url: str) -> bool:
        allowed = await self._robots.allows(url)
        if not allowed:
            _LOG.warning("source %s: robots.txt does not allow %s", self.name, url)
        return allowed

    async def _visit(self, url: str, deadline: Deadline) -> Visit:
        known = self._known.get(url, {})
        remembered = self._memory.recall(url, known)
        is_start = url in self._starts
        try:
            page = await self._client.get(
                url, self._robots.pass_gate, deadline, known if remembered is not None else None
            )
        except (UnavailableError, ExhaustedError, PermissionDeniedError) as error:
            if is_start:
                raise
            return self._failed(url, error, remembered)
        if page.status == HTTPStatus.NOT_MODIFIED:
            return Visit(
                self._item(url, page, known) if self._site.selection.takes_url(url) else None, remembered or ()
            )
        if page.body is None:
            return self._absent(page, remembered, is_start=is_start)
        return await self._arrived(page, is_start=is_start)

    def _failed(self, url: str, error: KvasirError, remembered: Sequence[str] | None) -> Visit:
        """A page that links lead to but that cannot be read."""
        _LOG.warning("source %s: %s", self.name, error)
        if isinstance(error, UnavailableError) and remembered is None:
            self._broken.append(url)
        if isinstance(error, PermissionDeniedError) or not self._site.selection.takes_url(url):
            return Visit(links=remembered or ())
        self._held[url] = error
        return Visit(SourceItem(path=url, access=self._access), remembered or ())

    def _absent(self, page: Page, remembered: Sequence[str] | None, *, is_start: bool) -> Visit:
        """A start page that is gone is an error, another one is simply absent; a lost permission removes nothing."""
        if is_start:
            raise _refusal(page)
        if page.status in _LOCKED and page.url in self._known:
            return self._failed(page.url, UnavailableError(str(_refusal(page))), remembered)
        return Visit()

    async def _arrived(self, page: Page, *, is_start: bool) -> Visit:
        assert page.body is not None  # noqa: S101 - status 200
        if not is_start and not any(scope.holds(page.url) for scope in self._scopes):
            page.body.discard()
            return Visit()
        found = PageLinks()
        if is_page(page.media_type):
            found = await asyncio.to_thread(read_links, page.url, page.body.head(READ_BYTES))
            self._memory.keep(page.url, page.validators, found.links)
        moved = page.url if is_start and page.url not in self._starts else None
        item = self._item(page.url, page, page.validators)
        if not found.index or not is_document(page.media_type) or not self._site.selection.takes_url(page.url):
            page.body.discard()
            return Visit(None, found.links, moved)
        self._hold(page)
        return Visit(item, found.links, moved)

    def _hold(self, page: Page) -> None:
        """Until `fetch`, which nobody calls for what is unchanged."""
        assert page.body is not None  # noqa: S101 - status 200
        if page.validators and page.validators == self._known.get(page.url):
            page.body.discard()
        elif page.url in self._held:
            page.body.discard()  # two pages led to the same one
        else:
            self._held[page.url] = page

    def _item(self, path: str, page: Page, validators: Mapping[str, str]) -> SourceItem:
        return SourceItem(
            path=path,
            validators=validators,
            media_type=page.media_type,
            access=self._access,
            modified=_moment(validators.get("last-modified")),
        )


def _refusal(page: Page) -> KvasirError:
    """What a status other than 200 and 304 means."""
    if page.status in _GONE:
        return NotFoundError(f"{page.url} does not exist (status {page.status}).")
    if page.status in _LOCKED:
        return PermissionDeniedError(f"{page.url} refuses us (status {page.status}): check headersSecretRef.")
    return UnavailableError(f"{page.url} answers {page.status}.")


def _checked(url: str) -> str:
    found = normalised(url)
    if found is None:
        raise InvalidInputError(f"{url!r} is not an http or https URL without user name.", fix="correct it")
    return found


def _secured(site: str) -> str:
    """The same site over https."""
    url = httpx.URL(site)
    return str(url.copy_with(scheme="https")) if url.scheme == "http" and url.port is None else site


def _moment(value: str | None) -> datetime | None:
    try:
        return None if value is None else parsedate_to_datetime(value)
    except ValueError:
        return None
