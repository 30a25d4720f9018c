"""A real web server on loopback, whose pages tests write and whose visitors they read."""

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

LOOPBACK: Final = "127.0.0.0/8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered.

    Attributes:
        etag: the server recognises the content.
        delay: seconds before the first byte.
        chunked: the size is not told in advance.
    """

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    etag: bool = False
    delay: float = 0.0
    chunked: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as it came, with lower-case header names."""

    path: str
    headers: Mapping[str, str]


Application = Callable[["Handler"], None]


@dataclass(slots=True)
class Website:
    """Pages by path, `?query` included. `url` has no slash at its end."""

    url: str
    pages: dict[str, Reply] = field(default_factory=dict[str, Reply])
    visits: list[Visit] = field(default_factory=list[Visit])

    def put(self, path: str, body: str | bytes, **options: object) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Reply(content, **options)  # type: ignore[arg-type]

    def page(self, path: str, *links: str, text: str = "Hello.", **options: object) -> None:
        """An HTML page with these links."""
        anchors = "".join(f'<a href="{link}">to {link}</a> ' for link in links)
        self.put(path, f"<html><head><title>{path}</title></head><body><p>{text}</p>{anchors}</body></html>", **options)

    def visited(self) -> list[str]:
        """Paths in the order of the requests, without robots.txt."""
        return [visit.path for visit in self.visits if visit.path != "/robots.txt"]

    def answer(self, handler: "Handler") -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.visits.append(Visit(handler.path, headers))
        reply = self.pages.get(handler.path, Reply(b"nothing here", status=404))
        time.sleep(reply.delay)
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        if reply.etag and headers.get("if-none-match") == etag:
            handler.reply(304, {"ETag": etag}, b"")
            return
        if reply.chunked:
            pieces = [reply.body[at : at + 8192] for at in range(0, len(reply.body), 8192)]
            framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
            handler.reply(reply.status, {"Content-Type": reply.media_type, "Transfer-Encoding": "chunked"}, framed)
            return
        own = {"Content-Type": reply.media_type, **({"ETag": etag} if reply.etag else {})}
        handler.reply(reply.status, {**own, **reply.headers}, reply.body)


class Handler(BaseHTTPRequestHandler):
    """One request of a server made by `serving`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    application: Application

    def do_GET(self) -> None:
        self.application(self)

    def do_POST(self) -> None:
        self.application(self)

    def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer; a visitor who hung up is no concern of ours."""
        self.send_response(status)
        length = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(body))}
        for name, value in {**length, **headers}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Tests look at `visits`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hung up is no concern of ours; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving(application: Application, address: str = "127.0.0.1") -> Generator[str]:
    """Serves on a free port until the context ends; yields the URL."""

    class Bound(Handler):
        pass

    Bound.application = staticmethod(application)  # type: ignore[method-assign]
    with _Server((address, 0), Bound) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://{address}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def website(address: str = "127.0.0.1") -> Generator[Website]:
    """An empty site. Without a robots.txt everything may be read."""
    site = Website("")
    with serving(site.answer, address) as url:
        site.url = url
        yield site
