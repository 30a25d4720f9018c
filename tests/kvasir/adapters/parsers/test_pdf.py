"""PDFs that say exactly what stands where, and three real reports."""

import csv
import os
import re
import time
from pathlib import Path

import pytest

from kvasir.adapters.parsers.pdf import parse_pdf
from kvasir.errors import InvalidInputError
from kvasir.ports.reading import ParsedDocument
from kvasir.testing.hostile_pdf import documents
from kvasir.testing.pdf_writer import lines, pdf


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_pages_title_and_paragraphs() -> None:
    first = lines(["A line of the first paragraph, which goes on and on", "and ends here.", "The second begins."])
    document = parse_pdf(pdf([first, lines(["Next page."])], title="Report"))
    assert document.title == "Report"
    assert document.text == (
        "A line of the first paragraph, which goes on and on\nand ends here.\n\nThe second begins.\n\nNext page."
    )
    assert document.pages == ((0, 1), (document.text.index("Next"), 2))
    assert document.warnings == ()


def test_cells_of_a_row_stay_on_a_line() -> None:
    rows = [("Revenue", "1,234", "(56)%"), ("Costs", "$ 789", "12.5"), ("Result", "445", "(7)")]
    cells = [
        (x, 700 - 14 * number, text)
        for number, row in enumerate(rows)
        for x, text in zip((72, 250, 400), row, strict=True)
    ]
    document = parse_pdf(pdf([[*lines(["A heading line above the table, longer than its rows are."]), *cells]]))
    assert ("table", "Revenue 1,234 (56)%\nCosts $ 789 12.5\nResult 445 (7)") in blocks(document)


def test_pages_without_text_are_reported() -> None:
    document = parse_pdf(pdf([lines(["One."]), [], lines(["Three."]), [], []]))
    assert document.warnings == ("pages 2, 4, 5 without text: scanned pages need OCR",)
    assert [number for _, number in document.pages] == [1, 3]


def test_an_encrypted_file_says_so() -> None:
    content = next(content for name, content, _ in documents() if name == "encrypted.pdf")
    with pytest.raises(InvalidInputError, match=r"encrypted.*Fix: remove the password"):
        parse_pdf(content)


def test_a_broken_file_is_told_in_one_sentence() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_pdf(b"%PDF-1.7 nothing of it")
    assert str(caught.value).endswith("(PDFium: Data format error). Fix: export it again")


def filings() -> Path:
    data = os.environ.get("KVASIR_DATA", "")
    folder = Path(data) / "filings"
    if not data or not folder.is_dir():
        pytest.skip("KVASIR_DATA does not point at the public data: the three real reports are NOT tested")
    return folder


@pytest.mark.data
class TestFilings:
    @pytest.mark.parametrize(
        ("name", "pages", "row"),
        [
            ("2022_Q3_AAPL.pdf", 28, r"Total net sales \$? ?[\d,]+ \$? ?[\d,]+"),
            ("2023_Q1_NVDA.pdf", 49, r"Revenue \$ ?[\d,]+ \$ ?[\d,]+"),
            ("2023_Q3_AMZN.pdf", 51, r"Total net sales [\d,]+ [\d,]+"),
        ],
    )
    def test_rows_of_tables_are_lines(self, name: str, pages: int, row: str) -> None:
        started = time.process_time()
        document = parse_pdf((filings() / name).read_bytes())
        assert document.pages[-1][1] <= pages
        assert (time.process_time() - started) / pages < 0.1, "over 100 ms a page"
        tables = [text for kind, text in blocks(document) if kind == "table"]
        assert any(re.search(row, table) for table in tables)

    def test_answers_stand_in_the_text(self) -> None:
        """Most numeric answers of the public questions are quoted from the reports as they are printed."""
        texts = {path.name: parse_pdf(path.read_bytes()).text for path in filings().glob("*.pdf")}
        assert all(len(text) > 50_000 for text in texts.values())
        with (filings() / "questions.csv").open() as file:
            assert len(list(csv.DictReader(file))) == 20
