"""A small PDF writer: just enough of ISO 32000-1 for tests to say exactly what stands where on a page."""

import zlib
from collections.abc import Iterable, Sequence

Cell = tuple[float, float, str]
"""Where a text begins, in points from the lower left corner (a page is 612 by 792), and the text (Latin-1)."""


def pdf(pages: Iterable[Sequence[Cell]], *, title: str = "", compress: bool = False) -> bytes:
    """Pages of texts in 10-point Helvetica."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", _FONT]
    kids: list[int] = []
    for cells in pages:
        content = b"\n".join(b"BT /F1 10 Tf %d %d Td (%s) Tj ET" % (x, y, _escaped(text)) for x, y, text in cells)
        kids.append(len(objects) + 1)
        objects.append(_PAGE % (len(objects) + 2))
        objects.append(stream(content, compress=compress))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    information = b"/Info %d 0 R" % (len(objects) + 1) if title else b""
    if title:
        objects.append(b"<< /Title (%s) >>" % _escaped(title))
    return file(objects, information)


def lines(texts: Sequence[str], top: float = 740) -> list[Cell]:
    """Texts below each other at the left margin."""
    return [(72, top - 14 * number, text) for number, text in enumerate(texts)]


def stream(content: bytes, *, compress: bool = False, extra: bytes = b"") -> bytes:
    """A stream object."""
    if compress:
        content, extra = zlib.compress(content, 9), extra + b" /Filter /FlateDecode"
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def file(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalog."""
    body = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    body += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(body)


_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>"
)


def _escaped(text: str) -> bytes:
    content = text.encode("latin-1", "replace")
    return content.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
