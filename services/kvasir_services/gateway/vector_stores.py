"""`/v1/vector_stores`: every KnowledgeBase is a vector store, its name the id."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from starlette.responses import Response

from kvasir.ports.principal import Scope
from kvasir.rag.engine import KnowledgeBaseEntry
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.paging import PageParameters, cut
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import Call, CurrentCall
from kvasir_services.gateway.store_contents import StoreContents


@dataclass(frozen=True, slots=True)
class FileCounts:
    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


@dataclass(frozen=True, slots=True)
class VectorStore:
    """`file_counts` and `usage_bytes` are of what the caller may read."""

    id: str
    created_at: int
    name: str
    usage_bytes: int
    file_counts: FileCounts
    status: Literal["in_progress", "completed"]
    last_active_at: int | None = None
    expires_after: None = None
    expires_at: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    object: str = "vector_store"


@dataclass(frozen=True, slots=True)
class VectorStoreList:
    data: Sequence[VectorStore]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: str = "list"


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    entry: KnowledgeBaseEntry


async def list_vector_stores(page: PageParameters, call: CurrentCall) -> Response:
    """By creation, then by name."""
    catalogue = await call.catalogue()
    entries = sorted(catalogue.knowledge_bases.values(), key=lambda entry: (entry.created, entry.name))
    chosen, part = cut([_Named(entry.name, entry) for entry in entries], page)
    data = await asyncio.gather(*(_described(call, one.entry) for one in chosen))
    return json_reply(VectorStoreList(data, part.first_id, part.last_id, part.has_more))


async def get_vector_store(vector_store_id: str, call: CurrentCall) -> Response:
    """`completed` once everything that is attached can be found."""
    catalogue = await call.catalogue()
    return json_reply(await _described(call, catalogue.knowledge_base(vector_store_id)))


async def _described(call: Call, entry: KnowledgeBaseEntry) -> VectorStore:
    found = await StoreContents(call, entry).counts()
    counts = FileCounts(found.in_progress, found.completed, found.failed, cancelled=0, total=found.total)
    return VectorStore(
        id=entry.name,
        created_at=entry.created,
        name=entry.name,
        usage_bytes=found.size,
        file_counts=counts,
        status="in_progress" if not found.ready or counts.in_progress else "completed",
    )


OPERATIONS: Final = (
    Operation("GET", "/v1/vector_stores", list_vector_stores, Scope.SEARCH, response=VectorStoreList),
    Operation("GET", "/v1/vector_stores/{vector_store_id}", get_vector_store, Scope.SEARCH, response=VectorStore),
)
