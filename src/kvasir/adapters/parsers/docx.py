"""Word documents: paragraphs, lists and tables in their order, headings by style."""

import re
from collections.abc import Iterator
from typing import Any, Final

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from kvasir.adapters.parsers.archives import checked_archive
from kvasir.adapters.parsers.assembly import TextAssembly, table_rows
from kvasir.errors import InvalidInputError
from kvasir.ports.reading import ParsedDocument

_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)


def parse_docx(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for broken or encrypted files, ExhaustedError for bombs."""
    try:
        document = docx.Document(checked_archive(content))
        assembly = TextAssembly()
        items: list[str] = []
        for part in document.iter_inner_content():
            _add(assembly, items, part)
        _flush(assembly, items)
        title = document.core_properties.title or ""
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError) as error:
        raise InvalidInputError(f"The document cannot be read: {error}.", fix="save it again as .docx") from error
    return assembly.document(title=title)


def _add(assembly: TextAssembly, items: list[str], part: Paragraph | Table) -> None:
    if isinstance(part, Table):
        _flush(assembly, items)
        assembly.block(table_rows(list(_rows(part))), "table")
        return
    style = str(part.style.name if part.style is not None else "")
    heading = _HEADING.match(style)
    if style.lower().startswith("list") or _is_numbered(part):
        items.append(f"- {part.text.strip()}")
        return
    _flush(assembly, items)
    if heading or style == "Title":
        assembly.heading(int(heading[1]) if heading else 1, part.text)
    else:
        assembly.block(part.text, "paragraph")


def _flush(assembly: TextAssembly, items: list[str]) -> None:
    assembly.block("\n".join(items), "list")
    items.clear()


def _is_numbered(paragraph: Paragraph) -> bool:
    properties: Any = paragraph._p.pPr  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no public accessor
    return properties is not None and properties.numPr is not None


def _rows(table: Table) -> Iterator[list[str]]:
    for row in table.rows:
        # A merged cell is listed once per column that it spans.
        seen: list[Any] = []
        texts: list[str] = []
        for cell in row.cells:
            if cell._tc not in seen:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - identity of merged cells
                seen.append(cell._tc)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
                texts.append(cell.text)
        yield texts
