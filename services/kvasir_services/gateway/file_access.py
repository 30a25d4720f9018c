"""Who may read an uploaded file: whoever may read one of the documents that it became."""

from collections.abc import Sequence

from kvasir.errors import NotFoundError
from kvasir.ingestion.uploads import Place, UploadedFile
from kvasir.ports.documents import document_id
from kvasir.ports.principal import Principal
from kvasir_services.gateway.file_ids import checked_file_id
from kvasir_services.gateway.runtime import Call


async def readable_file(call: Call, identity: str) -> UploadedFile:
    """NotFoundError for what does not exist, is another tenant's, or is not for this caller to read."""
    file = await call.runtime.uploads.get(call.principal, checked_file_id(identity), call.deadline)
    places = await call.runtime.uploads.places(call.principal, call.deadline)
    if not await _readable(call, file, places.get(file.id, ())):
        raise NotFoundError(f"There is no file {identity[:64]!r}.")
    return file


async def readable_files(call: Call) -> Sequence[UploadedFile]:
    """Those of the tenant that the caller may read, oldest first."""
    files = await call.runtime.uploads.list(call.principal, call.deadline)
    places = await call.runtime.uploads.places(call.principal, call.deadline)
    return [file for file in files if await _readable(call, file, places.get(file.id, ()))]


async def _readable(call: Call, file: UploadedFile, places: Sequence[Place]) -> bool:
    """A file that stands nowhere is its tenant's: nobody has said yet who may read it."""
    if call.principal.is_system or not places:
        return True
    for place in places:
        if await _readable_at(call, file, place):
            return True
    return False


async def _readable_at(call: Call, file: UploadedFile, place: Place) -> bool:
    documents, tenant = call.runtime.stores.documents, call.principal.tenant
    identity = document_id(tenant, place.knowledge_base, place.source, file.filename)
    # The content may have readers of its own, which the ledger knows once it was read.
    for principal in (call.principal, Principal.system(tenant, "files")):
        try:
            document = await documents.get(principal, place.knowledge_base, identity, call.deadline)
        except NotFoundError:
            continue
        if document.validators.get("file") == file.id:
            return not principal.is_system
    await call.catalogue()
    known = call.runtime.catalogues.access(tenant)
    if (place.knowledge_base, place.source) not in known:
        return False  # the source is gone, and with it who may read
    try:
        attachment = await call.runtime.uploads.attachment(call.principal, place, call.deadline)
    except NotFoundError:
        return False
    own = None if attachment.access is None else frozenset(attachment.access)
    return call.principal.may_read(own if own is not None else known[place.knowledge_base, place.source])
