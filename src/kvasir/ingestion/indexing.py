"""Pending documents of one generation: read, embed, write, settle."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from kvasir.durable_files import translated_os_errors
from kvasir.errors import ExhaustedError, InvalidInputError, KvasirError, StorageFullError, UnsupportedError
from kvasir.ingestion.sync import default_title, reason_of
from kvasir.ingestion.workbench import IndexTools, Workbench, file_pieces, scratch_folder, text_key
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Document, IndexOutcome, IndexState
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId
from kvasir.ports.reading import PassageDraft, ReadDocument
from kvasir.text.instructions.instruction import LIKELY

_DOCUMENT_SECONDS = 3600.0
_NAMED_ORDERS = 10


async def index_pending(bench: Workbench, generation: int, tools: IndexTools) -> None:
    """Works through everything that waits in the generation. Repeatable; documents are independent of each other."""
    slots = asyncio.Semaphore(bench.limits.parallel_reads)
    while True:
        waiting = await bench.stores.documents.pending(
            bench.principal, bench.knowledge_base, generation, bench.deadline, limit=1000
        )
        if not waiting:
            return
        async with asyncio.TaskGroup() as tasks:
            for document in waiting:
                await slots.acquire()
                work = _index(bench, generation, tools, document)
                tasks.create_task(work).add_done_callback(lambda _: slots.release())


async def _index(bench: Workbench, generation: int, tools: IndexTools, document: Document) -> None:
    bench.progress.start(document.path)
    try:
        outcome = await _read_and_write(bench, generation, tools, document)
        bench.progress.add("indexed")
        bench.progress.add("passages", outcome.passages)
    except StorageFullError:
        raise  # nobody's document: the run ends, and goes on when there is space
    except (InvalidInputError, ExhaustedError, UnsupportedError) as error:
        outcome = _quarantine(document, error)
        bench.progress.add("quarantined")
    finally:
        bench.progress.finish(document.path)
    await bench.stores.documents.settle(bench.principal, bench.knowledge_base, generation, [outcome], bench.deadline)


def _quarantine(document: Document, error: KvasirError) -> IndexOutcome:
    return IndexOutcome(
        document.id, document.version, IndexState.QUARANTINED, reason=reason_of(error), message=str(error)
    )


async def _read_and_write(bench: Workbench, generation: int, tools: IndexTools, document: Document) -> IndexOutcome:
    if not document.blob:
        raise ExhaustedError("The source could not deliver the document within its limits.")
    deadline = Deadline.after(_DOCUMENT_SECONDS)
    with scratch_folder(bench) as folder:
        original = folder / "original"
        await _download(bench, document, original, deadline)
        async with bench.reader.read(original, document.media_type, document.path, tools.splitter, deadline) as read:
            await _keep_text(bench, generation, document, read, deadline)
            orders = await _write(bench, generation, tools, document, read)
            return IndexOutcome(
                document.id,
                document.version,
                IndexState.WRITTEN,
                passages=read.passages,
                title=read.title or default_title(document.path),
                attributes=read.attributes,
                access=read.access,
                warnings=(*read.warnings, *_warnings(orders)),
            )


async def _download(bench: Workbench, document: Document, target: Path, deadline: Deadline) -> None:
    with translated_os_errors(target), target.open("wb") as file:
        async for piece in bench.stores.blobs.stream(bench.principal, document.blob, deadline):
            file.write(piece)


async def _keep_text(
    bench: Workbench, generation: int, document: Document, read: ReadDocument, deadline: Deadline
) -> None:
    key = text_key(bench.knowledge_base, document.id, document.version, generation)
    await bench.stores.blobs.put(bench.principal, key, file_pieces(read.text), deadline)


async def _write(
    bench: Workbench, generation: int, tools: IndexTools, document: Document, read: ReadDocument
) -> Sequence[tuple[int, int]]:
    """Writes all passages; returns the stretches of the text that are likely orders to a model."""
    ordinal = 0
    orders: set[tuple[int, int]] = set()
    for drafts in _batches(read.drafts, bench.limits.batch_passages):
        passages = [_passage(document, ordinal + offset, draft) for offset, draft in enumerate(drafts)]
        ordinal += len(passages)
        orders.update(
            (one.start, one.end) for passage in passages for one in passage.instructions if one.score >= LIKELY
        )
        embedded = await embed(passages, tools.embedder)
        await bench.stores.passages.write(bench.principal, bench.knowledge_base, generation, embedded, bench.deadline)
        bench.progress.add("written", len(passages))
    return sorted(orders)


def _warnings(orders: Sequence[tuple[int, int]]) -> Sequence[str]:
    """A sentence per stretch, the first ones only: a hostile document has thousands."""
    named = [
        f"code points {start} to {end} read like an order to a model: answers leave them out"
        for start, end in orders[:_NAMED_ORDERS]
    ]
    more = len(orders) - len(named)
    return [*named, f"{more} more such stretches"] if more else named


def _batches(drafts: Iterable[PassageDraft], size: int) -> Iterable[Sequence[PassageDraft]]:
    iterator = iter(drafts)
    while batch := list(islice(iterator, size)):
        yield batch


def _passage(document: Document, ordinal: int, draft: PassageDraft) -> Passage:
    return Passage(
        id=PassageId(document.id, document.version, ordinal),
        text=draft.text,
        start=draft.start,
        end=draft.end,
        prefix=draft.prefix,
        pages=draft.pages,
        language=draft.language,
        instructions=draft.instructions,
    )


async def embed(passages: Sequence[Passage], embedder: Embedder | None) -> Sequence[EmbeddedPassage]:
    """Passages with one vector per window of the model; without vectors when there is no model."""
    if embedder is None:
        return [EmbeddedPassage(passage) for passage in passages]
    windows = [embedder.windows(passage.text) for passage in passages]
    texts = [window for group in windows for window in group]
    vectors = await embedder.embed_documents(texts, Deadline.after(_DOCUMENT_SECONDS))
    ends = np.cumsum([len(group) for group in windows])
    rows = np.split(vectors, ends[:-1])
    return [EmbeddedPassage(passage, row) for passage, row in zip(passages, rows, strict=True)]
