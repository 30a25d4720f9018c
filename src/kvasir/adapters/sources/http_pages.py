"""Links of a page, without building its tree: a hostile page costs a bounded prefix of it and nothing else."""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from lxml import etree

from kvasir.adapters.sources.http_urls import normalised

READ_BYTES: Final = 4 << 20
"""Links further down are not followed."""
_MOST_LINKS: Final = 5_000
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_NO_DOCUMENTS: Final = re.compile(r"(?:image|audio|video|font)/|text/css|(?:text|application)/(?:x-)?javascript")


@dataclass(slots=True)
class PageLinks:
    """What a page refers to, in order, and what its robots meta element forbids."""

    links: list[str] = field(default_factory=list[str])
    index: bool = True
    follow: bool = True


class _Feed(Protocol):
    def feed(self, data: bytes) -> None: ...

    def close(self) -> object: ...


def is_page(media_type: str) -> bool:
    """Whether links are looked for."""
    return media_type.partition(";")[0].strip().lower() in _PAGES


def is_document(media_type: str) -> bool:
    """Whether a page that was found by a link can be a document: pictures, styles and scripts are not."""
    return _NO_DOCUMENTS.match(media_type.strip().lower()) is None


def read_links(url: str, content: bytes) -> PageLinks:
    """Links as normalised URLs. Blocks for milliseconds; never raises."""
    target = _Target(url)
    # The stubs ask a target for events that lxml leaves out where a target has no method for them.
    parser = cast("_Feed", etree.HTMLParser(target=cast("Any", target), recover=True, no_network=True, huge_tree=False))
    try:
        parser.feed(content)
        parser.close()
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        pass  # what was found up to here counts
    found = target.found
    if not found.follow:
        found.links.clear()
    return found


class _Target:
    """Receives the parser's events."""

    def __init__(self, url: str) -> None:
        self.found = PageLinks()
        self._base = url
        self._seen: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "a" | "area":
                self._link(attributes)
            case "base":
                self._base = normalised(attributes.get("href", ""), self._base) or self._base
            case "meta" if attributes.get("name", "").lower() in {"robots", "kvasir"}:
                words = {word.strip() for word in attributes.get("content", "").lower().split(",")}
                self.found.index &= not words & {"noindex", "none"}
                self.found.follow &= not words & {"nofollow", "none"}
            case _:
                pass

    def _link(self, attributes: dict[str, str]) -> None:
        href = attributes.get("href")
        if href is None or "nofollow" in attributes.get("rel", "").lower().split() or len(self._seen) >= _MOST_LINKS:
            return
        link = normalised(href, self._base)
        if link is not None and link not in self._seen:
            self._seen.add(link)
            self.found.links.append(link)

    def end(self, tag: str) -> None:
        """Nothing ends here."""

    def data(self, data: str) -> None:
        """Text is not looked at."""

    def close(self) -> None:
        """What was found is in `found`."""
