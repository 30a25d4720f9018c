"""Presentations: a slide is a page; its title is a heading; notes are kept."""

from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.exc import PackageNotFoundError, PythonPptxError

from kvasir.adapters.parsers.archives import BROKEN, checked_archive
from kvasir.adapters.parsers.assembly import TextAssembly, table_rows
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument


def parse_pptx(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for broken or encrypted files, ExhaustedError for bombs."""
    try:
        presentation = Presentation(checked_archive(content))
        assembly = TextAssembly()
        for number, slide in enumerate(presentation.slides, 1):
            assembly.page(number)
            _add_slide(assembly, slide)
        title = presentation.core_properties.title or ""
    except (PackageNotFoundError, PythonPptxError, *BROKEN) as error:
        raise InvalidInputError(
            f"The presentation cannot be read: {said(error)}.", fix="save it again as .pptx"
        ) from error
    return assembly.document(title="" if title == "PowerPoint Presentation" else title)


def _add_slide(assembly: TextAssembly, slide: Any) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        assembly.heading(1, title.text_frame.text)
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_table:
            assembly.block(table_rows([[cell.text for cell in row.cells] for row in shape.table.rows]), "table")
        elif shape.has_text_frame:
            lines = [paragraph.text.strip() for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
            assembly.block("\n".join(lines), "list" if len(lines) > 1 else "paragraph")
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        assembly.block(slide.notes_slide.notes_text_frame.text, "paragraph")


def _shapes(shapes: Any) -> Iterator[Any]:
    """Shapes with those inside groups, without recursion."""
    waiting = [iter(shapes)]
    while waiting:
        shape = next(waiting[-1], None)
        if shape is None:
            waiting.pop()
        elif hasattr(shape, "shapes"):
            waiting.append(iter(shape.shapes))
        else:
            yield shape
