"""What the steps of a run share."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from kvasir.durable_files import translated_os_errors
from kvasir.ingestion.progress import Progress
from kvasir.ports.blobs import Blobs
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Documents, Generations, Snapshot
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import Passages
from kvasir.ports.principal import Principal
from kvasir.ports.reading import DocumentReader, Splitter

_PIECE: Final = 1 << 20
CALL_SECONDS: Final = 120.0
_SEALED_PER_SECOND: Final = 100
"""Passages that even a busy machine seals."""
"""Deadline of one call of a store; a run as a whole may take hours."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The ports that hold a tenant's knowledge."""

    documents: Documents
    generations: Generations
    passages: Passages
    blobs: Blobs


@dataclass(frozen=True, slots=True)
class IndexTools:
    """What one generation is built with. `embedder` is None for a knowledge base without a dense leg."""

    splitter: Splitter
    embedder: Embedder | None


Verification = Callable[[Snapshot], Awaitable[Sequence[str]]]
"""Checks a sealed snapshot before it is published; a sentence per failed check."""


@dataclass(frozen=True, slots=True)
class IngestionLimits:
    """Bounds of a run.

    Attributes:
        document_bytes: largest original that is fetched.
        parallel_fetches, parallel_reads: documents in flight per step.
        batch_passages: passages per write; bounds memory.
        removal_share, removal_count: a run that would remove more than both stops with MassDeletion.
    """

    document_bytes: int = 512 << 20
    parallel_fetches: int = 4
    parallel_reads: int = 2
    batch_passages: int = 512
    removal_share: float = 0.3
    removal_count: int = 20


@dataclass(frozen=True, slots=True)
class Workbench:
    """One knowledge base of one tenant, and everything that a run needs to work on it.

    Attributes:
        tools: settings of a generation (canonical JSON) to its tools. Raises when a model is missing.
        verify: run on every sealed snapshot before it becomes visible.
        scratch: folder for files of this run.
    """

    principal: Principal
    knowledge_base: str
    stores: Stores
    reader: DocumentReader
    tools: Callable[[str], IndexTools]
    verify: Verification
    scratch: Path
    progress: Progress
    limits: IngestionLimits = field(default_factory=IngestionLimits)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def deadline(self) -> Deadline:
        """Of the next single call."""
        return Deadline.after(CALL_SECONDS)

    def sealing_deadline(self, passages: int) -> Deadline:
        """Of sealing a snapshot of so many passages."""
        return Deadline.after(CALL_SECONDS + passages / _SEALED_PER_SECOND)


@contextmanager
def scratch_folder(bench: Workbench) -> Generator[Path]:
    """A folder of its own, gone afterwards. Raises StorageFullError, StorageUnavailableError when there can be none."""
    with translated_os_errors(bench.scratch):
        bench.scratch.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=bench.scratch, ignore_cleanup_errors=True)
    with folder as path:
        yield Path(path)


async def file_pieces(path: Path) -> AsyncIterator[bytes]:
    """A file's content, a mebibyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def settings_fingerprint(settings: str) -> str:
    """Of what a generation is built with: 16 bytes in hex. How its model is run (`engine`) is not part of it."""
    built_with = orjson.loads(settings)
    built_with.pop("engine", None)
    return hashlib.blake2b(orjson.dumps(built_with, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def with_engine(settings: str, wanted: str) -> str:
    """A generation's settings with its model run as `wanted` says, where that is the same model."""
    kept, new = orjson.loads(settings), orjson.loads(wanted)
    if "engine" not in new or kept.get("embedding") != new.get("embedding"):
        return settings
    return orjson.dumps(kept | {"engine": new["engine"]}, option=orjson.OPT_SORT_KEYS).decode()


def knowledge_base_prefix(knowledge_base: str) -> str:
    """Of all blobs that go with a knowledge base when it is deleted."""
    return f"knowledge-bases/{knowledge_base}/"


def documents_prefix(knowledge_base: str) -> str:
    """Of the blobs that runs write and sweep."""
    return f"{knowledge_base_prefix(knowledge_base)}documents/"


def original_key(knowledge_base: str, document: str, version: str) -> str:
    """Blob of a document version's original bytes."""
    return f"{documents_prefix(knowledge_base)}{document}/{version}/original"


def text_key(knowledge_base: str, document: str, version: str, generation: int) -> str:
    """Blob of the canonical text that a generation's offsets refer to."""
    return f"{documents_prefix(knowledge_base)}{document}/{version}/text-{generation}"
