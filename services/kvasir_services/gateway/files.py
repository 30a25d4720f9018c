"""`/v1/files`: uploads, before and beside their place in a vector store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kvasir.errors import InvalidInputError
from kvasir.ingestion.uploads import UploadedFile, check_filename
from kvasir.ports.principal import Scope
from kvasir_services.gateway.download import PIECE_SECONDS, Download
from kvasir_services.gateway.errors import TooLargeError
from kvasir_services.gateway.file_access import readable_file, readable_files
from kvasir_services.gateway.forms import FilePart, Form, form_schema, received_form
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.paging import PageQuery, cut
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import CurrentCall

MOST_BYTES: Final = 512 << 20
_ENVELOPE: Final = 1 << 20
"""Room for the other parts of a form."""
_PIECE: Final = 1 << 20
_SECONDS: Final = 600.0
_ITEM: Final = "/v1/files/{file_id}"

_DOWNLOAD_HEADERS: Final = {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
}

PURPOSES: Final = ("assistants", "user_data")
_FORM: Final = form_schema(
    {
        "file": {"type": "string", "format": "binary"},
        "purpose": {"type": "string", "enum": PURPOSES},
    },
    "file",
    "purpose",
)


class FilesQuery(PageQuery):
    """Files of one purpose only, if asked for."""

    limit: int = Field(default=10_000, ge=1, le=10_000)
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    id: str
    bytes: int
    created_at: int
    filename: str
    purpose: str
    expires_at: int | None = None
    status: str = "processed"
    status_details: str | None = None
    object: str = "file"


@dataclass(frozen=True, slots=True)
class FileList:
    data: Sequence[File]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: str = "list"


@dataclass(frozen=True, slots=True)
class FileDeleted:
    id: str
    deleted: bool = True
    object: str = "file"


async def create_file(call: CurrentCall) -> Response:
    """A form with `file` and `purpose`. What is attached to a vector store is told apart by the file's name."""
    async with received_form(call.receive, call.headers.get("content-type", ""), "file") as form:
        purpose, file = _checked(form)
        stored = await call.runtime.uploads.add(
            call.principal,
            file.filename,
            _pieces(file.content),
            call.deadline,
            purpose=purpose,
            media_type=_media_type(file.media_type),
        )
    return json_reply(_shown(stored))


async def list_files(page: Annotated[FilesQuery, Query()], call: CurrentCall) -> Response:
    """All uploaded files of the tenant that the caller may read."""
    files = await readable_files(call)
    chosen, part = cut([one for one in files if page.purpose in (None, one.purpose)], page)
    return json_reply(FileList([_shown(one) for one in chosen], part.first_id, part.last_id, part.has_more))


async def get_file(file_id: str, call: CurrentCall) -> Response:
    """What is known of an uploaded file."""
    return json_reply(_shown(await readable_file(call, file_id)))


async def get_file_content(file_id: str, call: CurrentCall) -> Response:
    """The bytes as they came; never shown by a browser, whatever they claim to be."""
    file = await readable_file(call, file_id)
    pieces = call.runtime.uploads.stream(call.principal, file.id, call.deadline, each=PIECE_SECONDS)
    return Download(await anext(pieces, b""), pieces, file.bytes, _DOWNLOAD_HEADERS)


async def delete_file(file_id: str, call: CurrentCall) -> Response:
    """Detaches the file everywhere, too."""
    await readable_file(call, file_id)
    await call.runtime.uploads.delete(call.principal, file_id, call.deadline)
    return json_reply(FileDeleted(file_id))


def _checked(form: Form) -> tuple[str, FilePart]:
    unknown = set(form.fields) - {"purpose"}
    if unknown:
        raise InvalidInputError("There is no such field.", field=min(unknown)[:64], fix="leave it out")
    if form.file is None:
        raise InvalidInputError("This is required, with a file name.", field="file")
    check_filename(form.file.filename)
    purpose = form.fields.get("purpose")
    if purpose not in PURPOSES:
        raise InvalidInputError(f"One of {', '.join(PURPOSES)} is needed.", field="purpose")
    return purpose, form.file


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    seen = 0
    while piece := await asyncio.to_thread(file.read, _PIECE):
        seen += len(piece)
        if seen > MOST_BYTES:
            raise TooLargeError(f"A file has at most {MOST_BYTES >> 20} MiB.")
        yield piece


def _media_type(declared: str) -> str:
    """Clients that do not know say `application/octet-stream`: then the file's name tells."""
    kind = declared.partition(";")[0].strip().lower()
    return "" if kind == "application/octet-stream" else kind


def _shown(file: UploadedFile) -> File:
    return File(file.id, file.bytes, file.created, file.filename, file.purpose)


OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/files",
        create_file,
        Scope.FILES,
        response=File,
        seconds=_SECONDS,
        most=MOST_BYTES + _ENVELOPE,
        declared=_FORM,
    ),
    Operation("GET", "/v1/files", list_files, Scope.FILES, response=FileList),
    Operation("GET", _ITEM, get_file, Scope.FILES, response=File),
    Operation(
        "GET",
        _ITEM + "/content",
        get_file_content,
        Scope.FILES,
        seconds=_SECONDS,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    ),
    Operation("DELETE", _ITEM, delete_file, Scope.FILES, response=FileDeleted),
)
