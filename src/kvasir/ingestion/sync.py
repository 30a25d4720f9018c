"""Sources into the ledger: fetch what changed, keep the original bytes, note what vanished."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from kvasir.errors import ExhaustedError, InvalidInputError, KvasirError, NotFoundError, UnavailableError, cause_of
from kvasir.ingestion.workbench import Workbench, original_key
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Document, IndexOutcome, IndexState, document_id
from kvasir.ports.sources import Source, SourceItem
from kvasir.telemetry import logger

_LOG = logger("ingestion")
_LIST_SECONDS = 3600.0


@dataclass(slots=True)
class SyncReport:
    """What one source said.

    Attributes:
        complete: the listing ended normally, so that absence means removal.
        missing: ids of documents that a complete listing no longer holds.
        unreachable: items that could not be fetched now and keep their old version.
        error: why the listing broke off.
    """

    source: str
    complete: bool = False
    missing: set[str] = field(default_factory=set[str])
    unreachable: list[str] = field(default_factory=list[str])
    error: KvasirError | None = None


async def sync(bench: Workbench, source: Source) -> SyncReport:
    """Brings the ledger to what the source holds now, except for removals. Repeatable at any time."""
    report = SyncReport(source.name)
    known = await known_documents(bench, source.name)
    seen: set[str] = set()
    slots = asyncio.Semaphore(bench.limits.parallel_fetches)
    validators = {path: document.validators for path, document in known.items()}
    try:
        async with asyncio.TaskGroup() as tasks:
            async for item in source.list(validators, Deadline.after(_LIST_SECONDS)):
                bench.progress.add("listed")
                seen.add(item.path)
                await slots.acquire()
                work = _take(bench, source, item, known.get(item.path), report, seen)
                tasks.create_task(work).add_done_callback(lambda _: slots.release())
        report.complete = True
    except (KvasirError, ExceptionGroup) as error:
        report.error = cause_of(error)
        if report.error is None:
            raise
        _LOG.warning("source %s of %s: %s", source.name, bench.knowledge_base, report.error)
    if report.complete:
        report.missing = {document.id for path, document in known.items() if path not in seen}
    return report


async def known_documents(bench: Workbench, source: str | None = None) -> Mapping[str, Document]:
    """The ledger's documents of one source by path, or of all by id."""
    found: dict[str, Document] = {}
    after: str | None = None
    while True:
        page = await bench.stores.documents.list(
            bench.principal, bench.knowledge_base, bench.deadline, source=source, after=after, limit=1000
        )
        for row in page.items:
            found[row.document.path if source is not None else row.document.id] = row.document
        after = page.after
        if after is None:
            return found


async def _take(
    bench: Workbench, source: Source, item: SourceItem, before: Document | None, report: SyncReport, seen: set[str]
) -> None:
    if before and item.validators and dict(item.validators) == dict(before.validators):
        await _keep(bench, item, before)
        return
    bench.progress.start(item.path)
    try:
        fetched = await source.fetch(item, Deadline.after(_LIST_SECONDS))
        if fetched.content is None and before:
            await _keep(bench, fetched.item, before)
        else:
            await _store(bench, source.name, fetched.item, fetched.content or b"", before)
    except NotFoundError:
        seen.discard(item.path)  # it vanished between listing and fetching
    except (ExhaustedError, InvalidInputError) as error:
        await _reject(bench, source.name, item, error)
    except UnavailableError as error:
        report.unreachable.append(item.path)
        bench.progress.add("unreachable")
        _LOG.warning("%s in source %s of %s: %s", item.path, source.name, bench.knowledge_base, error)
    finally:
        bench.progress.finish(item.path)


async def _keep(bench: Workbench, item: SourceItem, before: Document) -> None:
    after = replace(before, validators=item.validators, access=item.access, attributes=item.attributes)
    if after != before:
        await bench.stores.documents.record(bench.principal, bench.knowledge_base, [after], bench.deadline)
    bench.progress.add("unchanged")


async def _store(bench: Workbench, source: str, item: SourceItem, content: bytes, before: Document | None) -> None:
    version = hashlib.sha256(content).hexdigest()
    document = _document(bench, source, item, version, len(content))
    if before is None or before.version != version:
        await bench.stores.blobs.put(bench.principal, document.blob, content, bench.deadline)
        bench.progress.add("fetched")
    else:
        bench.progress.add("unchanged")
    if document != before:
        await bench.stores.documents.record(bench.principal, bench.knowledge_base, [document], bench.deadline)


async def _reject(bench: Workbench, source: str, item: SourceItem, error: KvasirError) -> None:
    """An item that can never be fetched as it is: a document without content, quarantined in every generation."""
    version = hashlib.sha256(repr(sorted(item.validators.items())).encode()).hexdigest()
    document = replace(_document(bench, source, item, version, 0), blob="")
    await bench.stores.documents.record(bench.principal, bench.knowledge_base, [document], bench.deadline)
    outcome = IndexOutcome(document.id, version, IndexState.QUARANTINED, reason=reason_of(error), message=str(error))
    for generation in await bench.stores.generations.list(bench.principal, bench.knowledge_base, bench.deadline):
        await bench.stores.documents.settle(
            bench.principal, bench.knowledge_base, generation.number, [outcome], bench.deadline
        )
    bench.progress.add("rejected")


def _document(bench: Workbench, source: str, item: SourceItem, version: str, size: int) -> Document:
    identity = document_id(bench.principal.tenant, bench.knowledge_base, source, item.path)
    return Document(
        id=identity,
        source=source,
        path=item.path,
        version=version,
        size=size,
        media_type=item.media_type,
        blob=original_key(bench.knowledge_base, identity, version),
        access=item.access,
        attributes=item.attributes,
        validators=item.validators,
        modified=item.modified,
    )


def reason_of(error: KvasirError) -> str:
    """The CamelCase reason that a condition or a listing shows for an error class."""
    return type(error).__name__.removesuffix("Error")


def default_title(path: str) -> str:
    """What a document without a title is called: its file name."""
    return PurePosixPath(path).name
