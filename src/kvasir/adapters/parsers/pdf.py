"""PDF by pdfium: text in reading order, page by page.

pdfium keeps the cells of a table row on one line, fifty times faster than rebuilding rows from word boxes
(docs/decisions/0002-pdf.md).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pypdfium2

from kvasir.adapters.parsers.assembly import TextAssembly
from kvasir.errors import ExhaustedError, InvalidInputError, said
from kvasir.ports.reading import BlockKind, ParsedDocument

_NUMBER: Final = re.compile(r"[-(]?[$€£]?\s?\d[\d,.]*\)?%?")
_SENTENCE_END: Final = re.compile(r"[.!?:;]\W*$")
_SHORT_LINE: Final = 0.75
"""A line shorter than this share of the page's longest that ends a sentence also ends its paragraph."""
_MAX_PAGES: Final = 50_000


def parse_pdf(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for files that are encrypted or broken; pages without text become warnings."""
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        message = "The PDF is encrypted." if encrypted else f"The PDF cannot be read: {said(error)}."
        raise InvalidInputError(message, fix="remove the password" if encrypted else "export it again") from error
    try:
        return _read(pdf)
    finally:
        pdf.close()


def _read(pdf: pypdfium2.PdfDocument) -> ParsedDocument:
    assembly = TextAssembly()
    empty: list[int] = []
    if len(pdf) > _MAX_PAGES:
        raise ExhaustedError(f"The PDF claims to have {len(pdf):,} pages; at most {_MAX_PAGES:,} are read.")
    for number in range(len(pdf)):
        text = _page_text(pdf, number)
        if not text.strip():
            empty.append(number + 1)
            continue
        assembly.page(number + 1)
        for kind, lines in _blocks(text.split("\n")):
            assembly.block("\n".join(lines), kind)
    if empty:
        assembly.warnings.append(f"{_pages(empty)} without text: scanned pages need OCR")
    metadata = pdf.get_metadata_dict(skip_empty=True)
    return assembly.document(title=metadata.get("Title", ""))


def _page_text(pdf: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = pdf[number]
    except pypdfium2.PdfiumError:
        return ""
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    text_page.close()
    page.close()
    # U+FFFE marks a hyphen that pdfium found at the end of a line.
    joined = text.replace("\r\n", "\n").replace("\ufffe\n", "").replace("\ufffe", "").replace("\x00", "")
    return joined.encode("utf-8", "replace").decode()


def _blocks(lines: Sequence[str]) -> Iterator[tuple[BlockKind, Sequence[str]]]:
    """Lines with two numbers or more form tables; other lines form paragraphs."""
    longest = max(map(len, lines), default=0)
    block: list[str] = []
    kind: BlockKind = "paragraph"
    for line in (line.rstrip() for line in lines):
        of_line: BlockKind = "table" if len(_NUMBER.findall(line)) >= 2 and len(line) < longest else "paragraph"
        if block and (of_line != kind or not line):
            yield kind, block
            block = []
        kind = of_line
        if line:
            block.append(line)
            if kind == "paragraph" and _SENTENCE_END.search(line) and len(line) < _SHORT_LINE * longest:
                yield kind, block
                block = []
    if block:
        yield kind, block


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")
    return f"page{'' if len(numbers) == 1 else 's'} {shown}"
