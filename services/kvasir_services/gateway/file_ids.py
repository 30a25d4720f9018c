"""The ids under which clients know documents: an uploaded file keeps its own, others go by the document's."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from kvasir.errors import NotFoundError
from kvasir.ports.documents import Document
from kvasir.rag.engine import Catalogue
from kvasir_services.gateway.runtime import Call

Place = tuple[str, str, str]
"""Knowledge base, source, document."""

_UPLOADED: Final = re.compile(r"file-[0-9a-f]{32}", re.ASCII)


def checked_file_id(identity: str) -> str:
    """NotFoundError for what cannot be the id of an uploaded file."""
    if not _UPLOADED.fullmatch(identity):
        raise NotFoundError(f"There is no file {identity[:64]!r}.")
    return identity


def file_id(document: Document, upload_sources: Iterable[str]) -> str:
    """Of a document in the ledger."""
    uploaded = document.validators.get("file") if document.source in upload_sources else None
    return uploaded or document.id


async def file_ids(call: Call, catalogue: Catalogue, places: Iterable[Place]) -> Mapping[str, str]:
    """By document. Only documents of `upload` sources cost a look into the ledger."""
    found: dict[str, str] = {}
    for knowledge_base, source, document in places:
        entry = catalogue.knowledge_bases.get(knowledge_base)
        found[document] = document
        if entry is not None and source in entry.upload_sources:
            try:
                row = await call.runtime.stores.documents.get(call.principal, knowledge_base, document, call.deadline)
            except NotFoundError:
                continue  # removed since the snapshot was made
            found[document] = file_id(row, entry.upload_sources)
    return found
