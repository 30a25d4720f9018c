"""Walking a site from its start pages: breadth first, a few pages at a time, in an order that never varies.

The order decides which pages are left out at `max_pages`, so it must not depend on which answer comes first: requests
overlap, but their answers are taken in the order in which they were asked.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from kvasir.adapters.sources.http_urls import Below
from kvasir.ports.sources import SourceItem

_PARALLEL: Final = 4


@dataclass(frozen=True, slots=True)
class Visit:
    """What one page came to: at most one document, and where to go next."""

    item: SourceItem | None = None
    links: Sequence[str] = ()
    moved: str | None = None
    """Where a start page was redirected to: its site counts as well."""


async def crawl(
    starts: Sequence[str],
    scopes: list[Below],
    visit: Callable[[str], Awaitable[Visit]],
    refused: Callable[[str], bool],
    limit: int,
    seen: Collection[str] = (),
) -> AsyncGenerator[SourceItem]:
    """Documents as they are found; at most `limit` pages are visited. An error of a visit ends the walk.

    Links are followed inside `scopes`, which grow when a start page has moved.
    """
    known = {*seen, *starts}
    given = set(seen)
    waiting = deque(starts)
    running: deque[asyncio.Task[Visit]] = deque()
    left = limit
    try:
        while waiting or running:
            while waiting and left > 0 and len(running) < _PARALLEL:
                left -= 1
                running.append(asyncio.ensure_future(visit(waiting.popleft())))
            if not running:
                return
            found = await running.popleft()
            if found.moved is not None:
                scopes.append(Below.of(found.moved))
                known.add(found.moved)
            for link in found.links:
                if link not in known and any(scope.holds(link) for scope in scopes) and not refused(link):
                    known.add(link)
                    waiting.append(link)
            if found.item is not None and found.item.path not in given:
                given.add(found.item.path)
                yield found.item
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
