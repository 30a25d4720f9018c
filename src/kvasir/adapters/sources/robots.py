"""robots.txt per origin (RFC 9309), and the pace that it asks for."""

import asyncio
import time
from http import HTTPStatus
from typing import Final

from protego import Protego

from kvasir.adapters.sources.http_client import AGENT, WebClient
from kvasir.adapters.sources.http_urls import origin
from kvasir.errors import PermissionDeniedError, UnavailableError
from kvasir.ports.deadline import Deadline

_MOST_BYTES: Final = 512 << 10
"""RFC 9309, 2.5: parsers must read at least 500 KiB."""
_LONGEST_DELAY: Final = 10.0
"""Seconds. A longer crawl delay would make a site unreadable rather than be polite to it."""


class Robots:
    """Answers for all pages of a source; asks each origin once."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._rules: dict[str, Protego] = {}
        self._next: dict[str, float] = {}
        self._lock = asyncio.Lock()

    async def allows(self, url: str) -> bool:
        """Whether the site lets us request the URL.

        Raises UnavailableError when robots.txt cannot be read: RFC 9309 takes that for "disallow all", but for us it is
        an outage, not a removal.
        """
        rules = await self._of(origin(url))
        return rules.can_fetch(url, AGENT)

    async def pass_gate(self, url: str) -> None:
        """Returns when it is the URL's turn. Raises PermissionDeniedError when the site does not want it."""
        rules = await self._of(origin(url))
        if not rules.can_fetch(url, AGENT):
            raise PermissionDeniedError(f"robots.txt does not allow {url}.")
        delay = min(rules.crawl_delay(AGENT) or 0.0, _LONGEST_DELAY)
        if delay:
            now = time.monotonic()
            turn = max(now, self._next.get(origin(url), 0.0))
            self._next[origin(url)] = turn + delay
            await asyncio.sleep(turn - now)

    async def _of(self, site: str) -> Protego:
        async with self._lock:
            if site not in self._rules:
                self._rules[site] = Protego.parse(await self._read(f"{site}robots.txt"))
            return self._rules[site]

    async def _read(self, url: str) -> str:
        try:
            page = await self._client.get(url, _anything, Deadline.after(self._client.seconds))
        except UnavailableError as error:
            raise UnavailableError(f"robots.txt cannot be read, so nothing may be: {error}") from error
        if page.body is None or page.status != HTTPStatus.OK:
            return ""
        text = page.body.head(_MOST_BYTES).decode("utf-8", "replace")
        page.body.discard()
        return text


async def _anything(_url: str) -> None:
    """robots.txt itself may always be asked for."""
