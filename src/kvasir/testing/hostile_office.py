"""Hostile and broken Office files. Each is (name, content, "readable" | "refused" | "any")."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import docx
import openpyxl
import pptx

Entry = tuple[str, bytes, str]

_WORD: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def good_docx(*paragraphs: str) -> bytes:
    """A Word document of paragraphs."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return _saved(document.save)


def good_pptx(*titles: str) -> bytes:
    """A presentation with a slide for each title."""
    presentation = pptx.Presentation()
    for title in titles:
        slide = presentation.slides.add_slide(presentation.slide_layouts[0])
        shape = slide.shapes.title
        assert shape is not None
        shape.text = title
    return _saved(presentation.save)


def good_xlsx(*rows: tuple[str | float | bool | datetime | None, ...]) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    return _saved(book.save)


def documents() -> Iterator[Entry]:
    """All of them."""
    word, slides, book = good_docx("Some words."), good_pptx("A title"), good_xlsx(("Name", "City"), ("Ada", "Oslo"))
    for name, content in (("docx", word), ("pptx", slides), ("xlsx", book)):
        yield f"truncated.{name}", content[: len(content) // 2], "refused"
        yield f"text.{name}", b"This is no archive.", "refused"
        yield f"empty.{name}", _zip({}), "refused"
        yield f"encrypted.{name}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "refused"
        yield f"flipped.{name}", _flipped(content), "any"
    yield "other-kind.docx", book, "refused"
    yield "other-kind.xlsx", slides, "refused"
    yield "bomb.docx", _with(word, {"word/media/a.bin": bytes(40 << 20)}), "refused"
    yield "bomb.xlsx", _with(book, {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * (40 << 20)}), "refused"
    yield "nested.docx", _zip({"word/inner.zip": _zip({"a": bytes(50 << 20)})}), "refused"
    yield "entries.docx", _zip({f"word/{number}": b"" for number in range(25_000)}), "refused"
    yield "lying.docx", _lying(word), "refused"
    yield "climbing.docx", _with(word, {"../../../../tmp/kvasir-was-here": b"x"}), "any"
    yield "laughs.docx", _with(word, {"word/document.xml": _laughs()}), "any"
    yield "deep.docx", _with(word, {"word/document.xml": _deep_word(50_000)}), "any"
    yield "wide.docx", _with(word, {"word/document.xml": _wide_table()}), "any"
    yield "corner.xlsx", _corner(), "readable"
    yield "dimension.xlsx", _replaced(book, "xl/worksheets/sheet1.xml", b"A1:B2", b"A1:XFD1048576"), "readable"
    yield "no-slide.pptx", _without(slides, "ppt/slides/slide1.xml"), "refused"
    yield "laughs.xlsx", _replaced(book, "xl/worksheets/sheet1.xml", b"<worksheet", _entities() + b"<worksheet"), "any"


def _entities() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY l0 "haha">{laughs}]>'.encode()


def _laughs() -> bytes:
    body = f"<w:document {_WORD}><w:body><w:p><w:r><w:t>words &l11;</w:t></w:r></w:p></w:body></w:document>"
    return _entities() + body.encode()


def _deep_word(depth: int) -> bytes:
    opened = "<w:tbl><w:tr><w:tc>" * depth
    return f"<w:document {_WORD}><w:body>{opened}".encode()


def _wide_table() -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>'
    return f"<w:document {_WORD}><w:body><w:tbl><w:tr>{cell}</w:tr></w:tbl></w:body></w:document>".encode()


def _corner() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "first"
    sheet["XFD1048576"] = "last"
    return _saved(book.save)


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with(content: bytes, added: dict[str, bytes]) -> bytes:
    return _zip(_entries(content) | added)


def _without(content: bytes, name: str) -> bytes:
    return _zip({entry: data for entry, data in _entries(content).items() if entry != name})


def _replaced(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    entries = _entries(content)
    return _zip(entries | {name: entries[name].replace(old, new)})


def _flipped(content: bytes) -> bytes:
    """Every 97th byte differs."""
    return bytes(byte ^ 0x55 if number % 97 == 50 else byte for number, byte in enumerate(content))


def _lying(content: bytes) -> bytes:
    """The directory claims that a large entry has ten bytes."""
    packed = bytearray(_with(content, {"word/document.xml": b"<w:document>" + b" " * (40 << 20)}))
    place = packed.rfind(b"word/document.xml") - 46
    packed[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(packed)
