"""Rows of data tables: CSV files and the sheets of workbooks."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from kvasir.adapters.parsers.assembly import TextAssembly, looks_like_headers, record_line
from kvasir.adapters.parsers.decoding import decode
from kvasir.errors import InvalidInputError
from kvasir.ports.reading import ParsedDocument

_SAMPLE: Final = 8192
_BLOCK_ROWS: Final = 50
_MAX_FIELD: Final = 1 << 20


def parse_csv(content: bytes) -> ParsedDocument:
    """Comma, semicolon, tab or bar. Raises InvalidInputError for what is no table."""
    text = decode(content)
    csv.field_size_limit(_MAX_FIELD)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:_SAMPLE], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    assembly = TextAssembly()
    try:
        add_records(assembly, (list(map(str.strip, row)) for row in csv.reader(io.StringIO(text), dialect)))
    except csv.Error as error:
        raise InvalidInputError(f"The table cannot be read: {error}.", fix="export it again as CSV") from error
    return assembly.document()


def add_records(assembly: TextAssembly, rows: Iterable[list[str]]) -> None:
    """Adds one line per row, `column: value` where the first row names the columns."""
    filled: Iterator[list[str]] = (row for row in rows if any(row))
    first = next(filled, None)
    if first is None:
        return
    headers = first if looks_like_headers(_trimmed(first)) else []
    block: list[str] = []
    for row in filled if headers else chain([first], filled):
        block.append(record_line(headers, row))
        if len(block) == _BLOCK_ROWS:
            assembly.block("\n".join(block), "table")
            block = []
    assembly.block("\n".join(block), "table")
    if headers and not block:
        assembly.block(" | ".join(headers), "table")


def _trimmed(row: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    while row and not row[-1]:
        row = row[:-1]
    return row
