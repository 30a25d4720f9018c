"""Hostile and broken PDFs. Each is (name, content, "readable" | "refused" | "any")."""

import zlib
from collections.abc import Iterator

from kvasir.testing.pdf_writer import file, lines, pdf, stream

Entry = tuple[str, bytes, str]

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def documents() -> Iterator[Entry]:
    """All of them."""
    good = pdf([lines(["Some words on a page."])] * 3)
    yield "text.pdf", b"This is no PDF.", "refused"
    yield "header.pdf", b"%PDF-1.7\n", "refused"
    yield "truncated.pdf", good[: len(good) // 2], "any"
    yield "encrypted.pdf", _encrypted(), "refused"
    yield "scanned.pdf", pdf([[], []]), "refused"
    yield "endless.pdf", file([_CATALOG, b"<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R] >>"]), "refused"
    yield "endless-chain.pdf", _chain(), "any"
    yield "count.pdf", file([_CATALOG, b"<< /Type /Pages /Count 2147483647 /Kids [] >>"]), "refused"
    yield "bomb.pdf", _bomb(), "any"
    yield "layers.pdf", _layers(), "any"
    yield "loop.pdf", _loop(), "any"
    yield "noise.pdf", good[:200] + bytes(range(256)) * 100 + good[200:], "any"
    yield "cross-reference.pdf", good.replace(b"0000000", b"9999999"), "any"


def _encrypted() -> bytes:
    """The standard handler with keys that no password opens."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    keys = b"/O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b">"
    handler = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -1 " + keys + b" >>"
    objects = [_CATALOG, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, handler]
    return file(objects, b"/Encrypt 4 0 R /ID [<" + b"00" * 16 + b"> <" + b"00" * 16 + b">]")


def _chain() -> bytes:
    """A page tree of 20,000 levels."""
    nodes = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 3) for number in range(20_000)]
    return file([_CATALOG, *nodes, b"<< /Type /Page /MediaBox [0 0 9 9] >>"])


def _bomb() -> bytes:
    """A page whose content unpacks to 100 MB of operators."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"q 1 0 0 1 0 0 cm Q " * 50_000) for _ in range(105)) + packer.flush()
    return _one_page(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed))


def _layers() -> bytes:
    """Content that was compressed ten times."""
    content = bytes(10 << 20)
    for _ in range(10):
        content = zlib.compress(content, 9)
    filters = b" /Filter [" + b"/FlateDecode " * 10 + b"]"
    return _one_page(stream(content, extra=filters))


def _loop() -> bytes:
    """A form that draws itself."""
    form = stream(
        b"/F Do", extra=b" /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>"
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >> /Contents 4 0 R >>"
    )
    return file([_CATALOG, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, stream(b"/F Do"), form])


def _one_page(content: bytes) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    return file([_CATALOG, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, content])
