"""Sitemaps and their indexes (https://www.sitemaps.org/protocol.html), plain or gzipped."""

import io
import zlib
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lxml import etree

from kvasir.errors import ExhaustedError, InvalidInputError, said

MOST_BYTES: Final = 50 << 20
"""The protocol's own limit for one sitemap, unpacked."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file names: pages, or further sitemaps."""

    pages: list[str] = field(default_factory=list[str])
    sitemaps: list[str] = field(default_factory=list[str])


def read_sitemap(url: str, content: bytes) -> Sitemap:
    """The URLs as they are written.

    Raises InvalidInputError for what is no sitemap and ExhaustedError for one beyond the protocol's limits: a listing
    that was read in part must not look complete.
    """
    plain = _unpacked(url, content) if content.startswith(b"\x1f\x8b") else content
    found = Sitemap()
    try:
        for _, element in etree.iterparse(
            io.BytesIO(plain), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            _note(found, cast("Any", element))
    except etree.XMLSyntaxError as error:
        raise InvalidInputError(f"The sitemap {url} is not valid XML: {said(error)}.", fix="correct it") from error
    return found


def _note(found: Sitemap, element: Any) -> None:
    """Keeps the `loc` of a finished `url` or `sitemap` and forgets the rest of it."""
    name = _local(element)
    if name not in {"url", "sitemap"}:
        return
    for child in element:
        if _local(child) == "loc" and child.text:
            (found.pages if name == "url" else found.sitemaps).append(child.text.strip())
    parent = element.getparent()
    if parent is None:
        return
    element.clear()
    while element.getprevious() is not None:
        del parent[0]


def _local(element: Any) -> str:
    """The name without its namespace: sites use several, and none."""
    return str(element.tag).rpartition("}")[2]


def _unpacked(url: str, content: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise InvalidInputError(
            f"The sitemap {url} is compressed wrongly: {said(error)}.", fix="upload it again"
        ) from error
    if len(plain) > MOST_BYTES:
        raise ExhaustedError(f"The sitemap {url} unpacks to more than {MOST_BYTES >> 20} MiB.")
    if not inflate.eof:
        raise InvalidInputError(f"The sitemap {url} is cut short.", fix="upload it again")
    return plain
