"""One page over HTTP: redirects by hand, limits of time and size while it streams, conditional requests."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from kvasir.adapters.sources.http_urls import normalised, origin
from kvasir.adapters.sources.spool import Spool
from kvasir.errors import ExhaustedError, InvalidInputError, PermissionDeniedError, UnavailableError, said
from kvasir.ports.deadline import Deadline

AGENT: Final = "kvasir"
_USER_AGENT: Final = "kvasir (+https://kvasir.dev)"
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOT_OURS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te"})
_LONGEST_WAIT: Final = 3600.0
_OUTPUT: Final = 1 << 16

Gate = Callable[[str], Awaitable[None]]
"""Called with each URL before it is requested; raises PermissionDeniedError, or waits."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `url` is where the redirects ended; `body` is None unless the status is 200."""

    url: str
    status: int
    media_type: str = ""
    validators: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Spool | None = None


@dataclass(slots=True)
class WebClient:
    """GET with limits.

    Attributes:
        transport: where connections are made and checked.
        folder: for bodies over a mebibyte.
        max_bytes: of one body, after decompression.
        seconds: for one page, redirects and body included.
        headers: sent to `trusted` origins alone, wherever redirects lead.
    """

    transport: httpx.AsyncBaseTransport
    folder: Path
    max_bytes: int
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    trusted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in self.headers:
            if name.lower() in _NOT_OURS:
                raise InvalidInputError(f"The header {name} cannot be set.", fix="remove it from the Secret")

    async def get(self, url: str, gate: Gate, deadline: Deadline, known: Mapping[str, str] | None = None) -> Page:
        """The page at a URL; any status below 500 but 429 is an answer.

        Raises UnavailableError (5xx, 429, timeouts, broken connections), ExhaustedError for a body over the limit and
        PermissionDeniedError for an address or a path that must not be asked.
        """
        left = self.seconds
        for _ in range(_MOST_REDIRECTS + 1):
            await gate(url)  # may wait for its turn, which is not the site's fault
            deadline.check(f"reading {url}")
            started = time.monotonic()
            answer = await self._bounded(url, known or {}, min(left, deadline.remaining()))
            if isinstance(answer, Page):
                return answer
            left -= time.monotonic() - started
            url = self._redirected(url, answer)
        raise UnavailableError(f"{url} is redirected more than {_MOST_REDIRECTS} times.")

    async def _bounded(self, url: str, known: Mapping[str, str], seconds: float) -> Page | str:
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(url, known)
        except TimeoutError as error:
            raise UnavailableError(f"{url} does not answer within {self.seconds:g} s.") from error
        except httpx.TransportError as error:
            raise UnavailableError(f"{url} cannot be read: {said(error)}.") from error

    async def _ask(self, url: str, known: Mapping[str, str]) -> Page | str:
        """The answer, or where to ask instead."""
        request = httpx.Request("GET", url, headers=self._headers(url, known))
        response = await self.transport.handle_async_request(request)
        try:
            location = response.headers.get("location")
            if response.status_code in _REDIRECTS and location:
                return location
            return await self._page(url, response)
        finally:
            await response.aclose()

    @staticmethod
    def _redirected(url: str, location: str) -> str:
        target = normalised(location, url)
        if target is None:
            raise PermissionDeniedError(f"{url} redirects to {location[:200]!r}, which is no http or https URL.")
        return target

    def _headers(self, url: str, known: Mapping[str, str]) -> dict[str, str]:
        headers = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "gzip", "host": _host(url)}
        if etag := known.get("etag"):
            headers["if-none-match"] = etag
        if modified := known.get("last-modified"):
            headers["if-modified-since"] = modified
        if origin(url) in self.trusted:
            headers |= self.headers
        return headers

    async def _page(self, url: str, response: httpx.Response) -> Page:
        status = response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise UnavailableError(f"{url} answers {status}.", retry_after=_retry_after(response))
        validators = {name: value for name in ("etag", "last-modified") if (value := response.headers.get(name))}
        media_type = response.headers.get("content-type", "")
        body = await self._body(url, response) if status == HTTPStatus.OK else None
        return Page(url, status, media_type, validators, body)

    async def _body(self, url: str, response: httpx.Response) -> Spool:
        too_large = ExhaustedError(f"{url} is larger than {self.max_bytes:,} bytes.")
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.max_bytes:
            raise too_large
        decoder = _Decoder(url, response.headers.get("content-encoding", ""))
        spool = Spool(self.folder)
        try:
            async for raw in response.aiter_raw():
                for piece in decoder.pieces(raw):
                    spool.write(piece)
                    if spool.size > self.max_bytes:
                        raise too_large
            decoder.end()
        except BaseException:
            spool.discard()
            raise
        return spool


class _Decoder:
    """Decompresses in bounded steps: a kilobyte of gzip can hold a megabyte."""

    def __init__(self, url: str, encoding: str) -> None:
        kind = encoding.strip().lower()
        if kind not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise UnavailableError(f"{url} is encoded as {kind[:40]!r}, which was not asked for.")
        self._url = url
        self._inflate = zlib.decompressobj(wbits=47) if kind not in {"", "identity"} else None

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            yield raw
            return
        full = True
        while raw or full:
            try:
                piece = self._inflate.decompress(raw, _OUTPUT)
            except zlib.error as error:
                raise UnavailableError(f"{self._url} is compressed wrongly: {said(error)}.") from error
            raw, full = self._inflate.unconsumed_tail, len(piece) == _OUTPUT
            yield piece

    def end(self) -> None:
        """UnavailableError when the stream broke off."""
        if self._inflate is not None and not self._inflate.eof:
            raise UnavailableError(f"{self._url} ends before its compressed content does.")


def _host(url: str) -> str:
    return httpx.URL(url).netloc.decode()


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return min(float(value), _LONGEST_WAIT) if value.isdigit() else None
