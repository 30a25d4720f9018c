"""Sources into the ledger: fetch what changed, keep the original bytes, note what vanished."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from kvasir.durable_files import translated_os_errors
from kvasir.errors import (
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    StorageFullError,
    UnavailableError,
    cause_of,
)
from kvasir.ingestion.workbench import Workbench, file_pieces, original_key, scratch_folder
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Document, IndexOutcome, IndexState, document_id
from kvasir.ports.sources import Fetched, Source, SourceItem
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
    # A document that was rejected has no content: the source must not take it for known.
    validators = {path: document.validators for path, document in known.items() if document.blob}
    try:
        async with asyncio.TaskGroup() as tasks:
            try:
                async with _listing(source, validators) as items:
                    async for item in items:
                        bench.progress.add("listed")
                        seen.add(item.path)
                        await slots.acquire()
                        work = _take(bench, source, item, known.get(item.path), report, seen)
                        tasks.create_task(work).add_done_callback(lambda _: slots.release())
            except KvasirError as error:
                report.error = error  # what was listed before it is still fetched
    except ExceptionGroup as errors:
        report.error = cause_of(errors)
        if report.error is None:
            raise
    if report.error is not None:
        _LOG.warning("source %s of %s: %s", source.name, bench.knowledge_base, report.error)
    report.complete = report.error is None
    if report.complete:
        report.missing = {document.id for path, document in known.items() if path not in seen}
    return report


@asynccontextmanager
async def _listing(
    source: Source, validators: Mapping[str, Mapping[str, str]]
) -> AsyncGenerator[AsyncIterator[SourceItem]]:
    """The source's listing, which ends its work at once when nobody reads on."""
    items = source.list(validators, Deadline.after(_LIST_SECONDS))
    try:
        yield items
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()


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
    if before and before.blob and item.validators and dict(item.validators) == dict(before.validators):
        await _keep(bench, item, before)
        return
    bench.progress.start(item.path)
    try:
        fetched = await source.fetch(item, Deadline.after(_LIST_SECONDS))
        if fetched.content is None and before:
            await _keep(bench, fetched.item, before)
        else:
            await _store(bench, source.name, fetched, before)
    except NotFoundError:
        seen.discard(item.path)  # it vanished between listing and fetching
    except StorageFullError:
        raise  # nobody's document: the run ends, and goes on when there is space
    except (ExhaustedError, InvalidInputError) as error:
        await _reject(bench, source.name, item, error)
    except (UnavailableError, PermissionDeniedError) as error:
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


async def _store(bench: Workbench, source: str, fetched: Fetched, before: Document | None) -> None:
    async with _arrived(bench, fetched) as original:
        document = _document(bench, source, fetched.item, original.version, original.size)
        if before is None or before.version != document.version:
            await bench.stores.blobs.put(bench.principal, document.blob, original.content(), bench.deadline)
            bench.progress.add("fetched")
        else:
            bench.progress.add("unchanged")
    if document != before:
        await bench.stores.documents.record(bench.principal, bench.knowledge_base, [document], bench.deadline)


@dataclass(frozen=True, slots=True)
class _Original:
    """Content that has arrived whole; it may be read again. `version` is its SHA-256 in hex."""

    version: str
    size: int
    content: Callable[[], bytes | AsyncIterator[bytes]]


@asynccontextmanager
async def _arrived(bench: Workbench, fetched: Fetched) -> AsyncGenerator[_Original]:
    """The content with its hash, which the blob's key needs: pieces wait on disk until it is known.

    Raises ExhaustedError beyond the run's limit.
    """
    content = fetched.content or b""
    if isinstance(content, bytes):
        _check_size(bench, fetched.item, len(content))
        yield _Original(hashlib.sha256(content).hexdigest(), len(content), lambda: content)
        return
    with scratch_folder(bench) as folder:
        file = folder / "original"
        digest, size = hashlib.sha256(), 0
        with translated_os_errors(file), file.open("wb") as sink:
            async for piece in content:
                size += len(piece)
                _check_size(bench, fetched.item, size)
                digest.update(piece)
                sink.write(piece)
        yield _Original(digest.hexdigest(), size, lambda: file_pieces(file))


def _check_size(bench: Workbench, item: SourceItem, size: int) -> None:
    if size > bench.limits.document_bytes:
        raise ExhaustedError(f"{item.path} is larger than {bench.limits.document_bytes:,} bytes.")


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
