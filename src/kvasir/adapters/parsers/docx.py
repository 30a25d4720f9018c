"""Word documents: paragraphs, lists and tables in their order, headings by style."""

import re
from collections.abc import Iterator
from typing import Any, Final

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from kvasir.adapters.parsers.archives import BROKEN, checked_archive
from kvasir.adapters.parsers.assembly import TextAssembly, table_rows
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument

_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_WRAPPERS: Final = tuple(map(qn, ("w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w:sdtContent")))
_DROPPED: Final = tuple(map(qn, ("w:del", "w:moveFrom", "w:sdtPr", "w:sdtEndPr")))
_CONTROL: Final = qn("w:sdt")


def parse_docx(content: bytes) -> ParsedDocument:
    """The text with all tracked changes accepted, without the table of contents.

    Raises InvalidInputError for broken or encrypted files, ExhaustedError for bombs.
    """
    try:
        document = docx.Document(checked_archive(content))
        _unwrap(document.element)
        assembly = TextAssembly()
        items: list[str] = []
        for part in document.iter_inner_content():
            _add(assembly, items, part)
        _flush(assembly, items)
        title = document.core_properties.title or ""
    except (PackageNotFoundError, *BROKEN) as error:
        raise InvalidInputError(f"The document cannot be read: {said(error)}.", fix="save it again as .docx") from error
    return assembly.document(title=title)


def _unwrap(root: Any) -> None:
    """Lifts what content controls and tracked insertions hold: python-docx passes over both."""
    for element in list(root.iter(*_DROPPED, _CONTROL, *_WRAPPERS)):
        parent = element.getparent()
        if parent is None:
            continue
        if element.tag in _DROPPED or (element.tag == _CONTROL and _is_contents(element)):
            parent.remove(element)
            continue
        place = parent.index(element)
        children = list(element)
        parent.remove(element)
        for offset, child in enumerate(children):
            parent.insert(place + offset, child)


def _is_contents(control: Any) -> bool:
    """Whether a content control holds the table of contents, which repeats every heading."""
    gallery = control.find(f"{qn('w:sdtPr')}//{qn('w:docPartGallery')}")
    return gallery is not None and gallery.get(qn("w:val")) == "Table of Contents"


def _add(assembly: TextAssembly, items: list[str], part: Paragraph | Table) -> None:
    if isinstance(part, Table):
        _flush(assembly, items)
        assembly.block(table_rows(list(_rows(part))), "table")
        return
    style = str(part.style.name if part.style is not None else "")
    heading = _HEADING.match(style)
    if style.lower().startswith("toc "):
        return
    if not heading and (style.lower().startswith("list") or _is_numbered(part)):
        items.extend([f"- {part.text.strip()}"] if part.text.strip() else [])
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
                texts.append(_cell_text(cell))
        yield texts


def _cell_text(cell: Any) -> str:
    """Paragraphs, and the rows of tables inside."""
    parts: list[str] = []
    for part in cell.iter_inner_content():
        parts.extend([part.text] if isinstance(part, Paragraph) else [", ".join(row) for row in _rows(part)])
    return " ".join(parts)
