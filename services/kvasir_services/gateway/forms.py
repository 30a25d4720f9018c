"""Multipart forms with one file, which goes to disk as it comes.

Starlette's own parser leaves temporary files open when a form breaks off.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.types import Receive

from kvasir.errors import InvalidInputError, said
from kvasir_services.gateway.errors import TooLargeError
from kvasir_services.gateway.replies import ClientGoneError

_LONGEST_FIELD: Final = 64 << 10
_MOST_PARTS: Final = 16


@dataclass(frozen=True, slots=True)
class FilePart:
    """`content` is a file without a name; it vanishes when it is closed."""

    filename: str
    media_type: str
    content: BinaryIO


@dataclass(slots=True)
class Form:
    """What was sent: text fields by name, and the file, if there was one."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    file: FilePart | None = None


@asynccontextmanager
async def received_form(receive: Receive, content_type: str, file_field: str) -> AsyncGenerator[Form]:
    """The form in a request's body; its file is gone afterwards. InvalidInputError names what is wrong."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidInputError("A form is needed: `multipart/form-data` with a boundary.")
    # Opening a file in the folder of temporary ones takes microseconds.
    with tempfile.TemporaryFile() as file:
        reading = _Reading(file_field, cast("BinaryIO", file))
        try:
            await _read(receive, reading, boundary)
        except FormParserError as error:
            raise InvalidInputError(f"The form is broken: {said(error)}.") from error
        if not reading.complete:
            raise InvalidInputError("The form breaks off before its end.")
        yield reading.form


async def _read(receive: Receive, reading: "_Reading", boundary: bytes) -> None:
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reading.begin,
            "on_header_field": reading.header_name,
            "on_header_value": reading.header_value,
            "on_header_end": reading.header_end,
            "on_headers_finished": reading.headers_end,
            "on_part_data": reading.data,
            "on_part_end": reading.end,
            "on_end": reading.finish,
        },
    )
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        more = message.get("more_body", False)
        parser.write(message.get("body", b""))
        if reading.pending:
            await asyncio.to_thread(reading.store)
    parser.finalize()


class _Reading:
    """What the parser calls; nothing here touches the disk but `store`."""

    def __init__(self, file_field: str, content: BinaryIO) -> None:
        self.form = Form()
        self.complete = False
        self.pending: list[bytes] = []
        self._file_field = file_field
        self._content = content
        self._parts = 0
        self._name = ""
        self._into_file = False
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._value = bytearray()

    def store(self) -> None:
        self._content.writelines(self.pending)
        self.pending.clear()

    def begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise InvalidInputError(f"A form has at most {_MOST_PARTS} parts.")
        self._headers, self._value = {}, bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def header_end(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = _text(options.get(b"name", b""), "name")
        filename = options.get(b"filename")
        self._into_file = filename is not None
        if filename is None:
            return
        if self._name != self._file_field or self.form.file is not None:
            raise InvalidInputError("One file is taken.", field=self._name[:64], fix=f"send it as {self._file_field!r}")
        kind = _text(self._headers.get(b"content-type", b""), "content-type")
        self.form.file = FilePart(_text(filename, "filename"), kind, self._content)

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._into_file:
            self.pending.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _LONGEST_FIELD:
            raise TooLargeError(f"The field {self._name[:64]!r} is larger than {_LONGEST_FIELD} bytes.")

    def end(self) -> None:
        if not self._into_file:
            self.form.fields[self._name] = _text(bytes(self._value), self._name[:64])

    def finish(self) -> None:
        self.complete = True


def _text(content: bytes, place: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInputError("This is not UTF-8.", field=place) from None


def form_schema(properties: Mapping[str, object], *required: str) -> dict[str, object]:
    """Of a form, for the OpenAPI document."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
