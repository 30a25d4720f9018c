"""Word, PowerPoint and Excel: documents made by the libraries, exact canonical texts."""

import io
from datetime import UTC, date, datetime
from typing import Any

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.util import Inches

from kvasir.adapters.parsers.docx import parse_docx
from kvasir.adapters.parsers.pptx import parse_pptx
from kvasir.adapters.parsers.xlsx import parse_xlsx
from kvasir.ports.reading import ParsedDocument


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def saved(made: Any) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_word() -> None:
    made = docx.Document()
    made.core_properties.title = "The plan"
    made.add_heading("Plan", 0)
    made.add_paragraph("Some   words\nof it.")
    made.add_heading("Steps", 2)
    made.add_paragraph("first", style="List Number")
    made.add_paragraph("second", style="List Bullet")
    table = made.add_table(2, 3)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{number}"
    table.rows[1].cells[0].merge(table.rows[1].cells[1])
    made.add_paragraph("The end.")
    document = parse_docx(saved(made))
    assert document.title == "The plan"
    assert blocks(document) == [
        ("heading", "Plan"),
        ("paragraph", "Some   words\nof it."),
        ("heading", "Steps"),
        ("list", "- first\n- second"),
        ("table", "c0 | c1 | c2\nc3 c4 | c5"),
        ("paragraph", "The end."),
    ]
    assert [(one.level, one.text) for one in document.headings] == [(1, "Plan"), (2, "Steps")]


def test_word_with_tracked_changes_controls_and_contents() -> None:
    made = docx.Document()
    space = nsdecls("w")
    body = made.element.body
    run = "<w:r><w:t>{}</w:t></w:r>"
    body.insert(0, parse_xml(
        f"<w:p {space}>{run.format('kept ')}<w:ins w:id='1'>{run.format('added')}</w:ins>"
        "<w:del w:id='2'><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    ))  # fmt: skip
    body.insert(
        1, parse_xml(f"<w:sdt {space}><w:sdtContent><w:p>{run.format('controlled')}</w:p></w:sdtContent></w:sdt>")
    )
    body.insert(2, parse_xml(
        f"<w:sdt {space}><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        f"<w:sdtContent><w:p>{run.format('Chapter ..... 1')}</w:p></w:sdtContent></w:sdt>"
    ))  # fmt: skip
    assert parse_docx(saved(made)).text == "kept added\n\ncontrolled"


def test_word_with_a_table_in_a_table() -> None:
    made = docx.Document()
    cell = made.add_table(1, 1).rows[0].cells[0]
    cell.text = "outer"
    inner = cell.add_table(1, 2)
    inner.rows[0].cells[0].text, inner.rows[0].cells[1].text = "a", "b"
    assert parse_docx(saved(made)).text == "outer a, b"


def test_slides() -> None:
    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Welcome"
    first.placeholders[1].text = "one\ntwo"
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = made.slides.add_slide(made.slide_layouts[6])
    box = second.shapes.add_group_shape().shapes.add_textbox(Inches(1), Inches(1), Inches(1), Inches(1))
    box.text_frame.text = "grouped"
    table = second.shapes.add_table(1, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    document = parse_pptx(saved(made))
    assert blocks(document) == [
        ("heading", "Welcome"),
        ("list", "one\ntwo"),
        ("paragraph", "Speak slowly."),
        ("paragraph", "grouped"),
        ("table", "a | b"),
    ]
    assert document.title == "Welcome"
    assert [(document.text[start:].split("\n")[0], number) for start, number in document.pages] == [
        ("Welcome", 1),
        ("grouped", 2),
    ]


def test_workbooks() -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Prices"
    sheet.append(["Item", "Price", "Since", "Sold"])
    sheet.append(["Lamp", 12.0, date(2026, 11, 22), True])
    sheet.append(["Chair", 12.5, datetime(2026, 11, 22, 8, 30, tzinfo=UTC).replace(tzinfo=None), None])
    made.create_sheet("Empty")
    made.create_sheet("Notes").append(["only a note", None, None])
    document = parse_xlsx(saved(made))
    assert blocks(document) == [
        ("heading", "Prices"),
        (
            "table",
            "Item: Lamp | Price: 12 | Since: 2026-11-22 | Sold: true\nItem: Chair | Price: 12.5 | Since: 2026-11-22T08:30:00",
        ),
        ("heading", "Empty"),
        ("heading", "Notes"),
        ("table", "only a note"),
    ]
    assert [number for _, number in document.pages] == [1, 2, 3]


def test_formulas_show_what_was_computed_last() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["=1+1", "text"])
    assert parse_xlsx(saved(made)).text == "Sheet\n\ntext"
