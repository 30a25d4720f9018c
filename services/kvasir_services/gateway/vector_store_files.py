"""`/v1/vector_stores/{id}/files`: what a KnowledgeBase holds; uploaded files can be attached and detached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kvasir.errors import ConflictError, InvalidInputError
from kvasir.ports.principal import Scope
from kvasir.rag.engine import KnowledgeBaseEntry
from kvasir_services.gateway.attribute_schemas import AttributeMap
from kvasir_services.gateway.file_access import readable_file
from kvasir_services.gateway.file_ids import checked_file_id
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.paging import PageQuery, cut
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import CurrentCall
from kvasir_services.gateway.store_contents import StoreContents, StoreFile

_ERROR_CODES: Final[Mapping[str, str]] = {"Unsupported": "unsupported_file", "Unavailable": "server_error"}
_COLLECTION: Final = "/v1/vector_stores/{vector_store_id}/files"
_ITEM: Final = _COLLECTION + "/{file_id}"


class ChunkingStrategy(BaseModel):
    """How documents are split is the KnowledgeBase's own setting."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["auto", "static"] = "auto"
    static: dict[str, int] | None = None


class AttachBody(BaseModel):
    """An uploaded file for a vector store."""

    model_config = ConfigDict(extra="forbid")

    file_id: str = Field(min_length=1, max_length=128)
    attributes: AttributeMap | None = None
    chunking_strategy: ChunkingStrategy | None = None


class FilePageQuery(PageQuery):
    """Files of one status only, if asked for."""

    filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = None


@dataclass(frozen=True, slots=True)
class LastError:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class VectorStoreFile:
    """`completed` means that a search finds it."""

    id: str
    created_at: int
    vector_store_id: str
    status: str
    usage_bytes: int
    attributes: Mapping[str, str | float | bool]
    last_error: LastError | None = None
    object: str = "vector_store.file"


@dataclass(frozen=True, slots=True)
class VectorStoreFileList:
    data: Sequence[VectorStoreFile]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: str = "list"


@dataclass(frozen=True, slots=True)
class VectorStoreFileDeleted:
    id: str
    deleted: bool = True
    object: str = "vector_store.file.deleted"


async def create_vector_store_file(vector_store_id: str, body: AttachBody, call: CurrentCall) -> Response:
    """Attaches an uploaded file to the first `upload` source. A file of the same name makes way for it."""
    entry = (await call.catalogue()).knowledge_base(vector_store_id)
    if body.chunking_strategy is not None and body.chunking_strategy.type != "auto":
        raise InvalidInputError(
            "Files are split as their KnowledgeBase says.", field="chunking_strategy", fix="set spec.splitting there"
        )
    source, file = _upload_source(entry), checked_file_id(body.file_id)
    await readable_file(call, file)  # or attaching it elsewhere would open it
    await call.runtime.uploads.attach(
        call.principal, entry.name, source, file, call.deadline, attributes=body.attributes
    )
    return json_reply(_shown(entry, await StoreContents(call, entry).one(file)))


async def list_vector_store_files(
    vector_store_id: str, page: Annotated[FilePageQuery, Query()], call: CurrentCall
) -> Response:
    """Every document that the caller may read, of all sources."""
    entry = (await call.catalogue()).knowledge_base(vector_store_id)
    files = [one for one in await StoreContents(call, entry).all() if page.filter in (None, one.status)]
    chosen, part = cut(files, page)
    data = [_shown(entry, one) for one in chosen]
    return json_reply(VectorStoreFileList(data, part.first_id, part.last_id, part.has_more))


async def get_vector_store_file(vector_store_id: str, file_id: str, call: CurrentCall) -> Response:
    """How far a file is."""
    entry = (await call.catalogue()).knowledge_base(vector_store_id)
    return json_reply(_shown(entry, await StoreContents(call, entry).one(file_id)))


async def delete_vector_store_file(vector_store_id: str, file_id: str, call: CurrentCall) -> Response:
    """Detaches a file; a search finds it until the next run, which begins at once. The file itself stays."""
    entry = (await call.catalogue()).knowledge_base(vector_store_id)
    found = await StoreContents(call, entry).one(file_id)
    if found.source not in entry.upload_sources:
        raise ConflictError(f"{found.filename!r} comes from source {found.source!r}. Remove it there.")
    await call.runtime.uploads.detach(call.principal, entry.name, found.source, file_id, call.deadline)
    return json_reply(VectorStoreFileDeleted(file_id))


def _upload_source(entry: KnowledgeBaseEntry) -> str:
    if not entry.upload_sources:
        raise InvalidInputError(
            f"KnowledgeBase {entry.name!r} has no source that takes uploads.",
            field="vector_store_id",
            fix="add `- name: uploads` with `upload: {}` to its spec.sources",
        )
    return entry.upload_sources[0]


def _shown(entry: KnowledgeBaseEntry, file: StoreFile) -> VectorStoreFile:
    failed = file.status == "failed"
    return VectorStoreFile(
        id=file.id,
        created_at=file.created,
        vector_store_id=entry.name,
        status=file.status,
        usage_bytes=file.size,
        attributes=file.attributes,
        last_error=LastError(_ERROR_CODES.get(file.reason, "invalid_file"), file.message) if failed else None,
    )


OPERATIONS: Final = (
    Operation("POST", _COLLECTION, create_vector_store_file, Scope.FILES, response=VectorStoreFile, body=AttachBody),
    Operation("GET", _COLLECTION, list_vector_store_files, Scope.FILES, response=VectorStoreFileList),
    Operation("GET", _ITEM, get_vector_store_file, Scope.FILES, response=VectorStoreFile),
    Operation("DELETE", _ITEM, delete_vector_store_file, Scope.FILES, response=VectorStoreFileDeleted),
)
