"""Workbooks: a sheet is a heading and one line per row, with the column names in it."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from kvasir.adapters.parsers.archives import BROKEN, checked_archive
from kvasir.adapters.parsers.assembly import TextAssembly
from kvasir.adapters.parsers.records import add_records
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument


def parse_xlsx(content: bytes) -> ParsedDocument:
    """Values as they were last computed. Raises InvalidInputError, and ExhaustedError for bombs."""
    assembly = TextAssembly()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not matter here
            workbook = openpyxl.load_workbook(checked_archive(content), read_only=True, data_only=True)
            for number, sheet in enumerate(workbook.worksheets, 1):
                assembly.page(number)
                assembly.heading(1, sheet.title)
                add_records(assembly, _rows(sheet))
            workbook.close()
    except (InvalidFileException, *BROKEN) as error:
        raise InvalidInputError(f"The workbook cannot be read: {said(error)}.", fix="save it again as .xlsx") from error
    return assembly.document()


def _rows(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what the file declares, it may not hold: rows would be filled up to a million cells
    for row in sheet.iter_rows(values_only=True):
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())
