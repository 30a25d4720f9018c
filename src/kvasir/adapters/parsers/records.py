"""Rows of data tables: CSV files and the sheets of workbooks."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from kvasir.adapters.parsers.assembly import TextAssembly, looks_like_headers, record_line
from kvasir.adapters.parsers.decoding import decode, lines
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument

_SAMPLE: Final = 8192
_BLOCK_ROWS: Final = 50
_MAX_FIELD: Final = 1 << 20


def parse_csv(content: bytes) -> ParsedDocument:
    """Comma, semicolon, tab or bar. Raises InvalidInputError for what is no table."""
    text = decode(content)
    csv.field_size_limit(_MAX_FIELD)
    assembly = TextAssembly()
    try:
        reader = csv.reader(lines(text), delimiter=_delimiter(text))
        add_records(assembly, ([" ".join(cell.split()) for cell in row] for row in reader))
    except csv.Error as error:
        raise InvalidInputError(f"The table cannot be read: {said(error)}.", fix="export it again as CSV") from error
    return assembly.document()


def _delimiter(text: str) -> str:
    """The one that cuts the first rows into the most columns, alike in most rows.

    csv.Sniffer is not used: its regular expressions take minutes for some kilobytes that were made for them.
    """
    head = text[:_SAMPLE]
    whole = head if len(head) == len(text) else head[: head.rfind("\n") + 1] or head
    best, best_score = ",", 0.0
    for delimiter in ",;\t|":
        widths = [len(row) for row in csv.reader(lines(whole), delimiter=delimiter) if row]
        common = max(set(widths), key=widths.count, default=1)
        score = (common > 1) * widths.count(common) / max(1, len(widths)) * (1 + common / 1000)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def add_records(assembly: TextAssembly, rows: Iterable[list[str]]) -> None:
    """Adds one line per row, `column: value` where the first row names the columns."""
    filled: Iterator[list[str]] = (row for row in rows if any(row))
    first = next(filled, None)
    if first is None:
        return
    headers = _trimmed(first) if looks_like_headers(_trimmed(first)) else []
    block: list[str] = []
    records = (record_line(headers, row) for row in (filled if headers else chain([first], filled)))
    second = next(records, None)
    if second is None:
        assembly.block(" | ".join(headers), "table")
        return
    for record in chain([second], records):
        block.append(record)
        if len(block) == _BLOCK_ROWS:
            assembly.block("\n".join(block), "table")
            block.clear()
    assembly.block("\n".join(block), "table")


def _trimmed(row: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    filled = len(row)
    while filled and not row[filled - 1]:
        filled -= 1
    return row[:filled]
