"""Values for tests: valid by default, changed by keyword."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Document, IndexOutcome, IndexState, LiveDocument, Run, RunState, document_id
from kvasir.ports.principal import Principal

TENANT: Final = "acme"
KNOWLEDGE_BASE: Final = "handbook"
NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)


def soon() -> Deadline:
    """Far enough away for any single call, near enough to end a test that hangs."""
    return Deadline.after(30)


def passed() -> Deadline:
    """A deadline that nobody can meet."""
    return Deadline(at=1.0)


def system(tenant: str = TENANT) -> Principal:
    """What ingestion runs as."""
    return Principal.system(tenant, "test")


def member(*groups: str, tenant: str = TENANT) -> Principal:
    """A person in these groups, without any role."""
    return Principal(tenant=tenant, subject="user:ada", groups=frozenset(groups))


def version(content: str) -> str:
    """The version of a document with this content."""
    return hashlib.sha256(content.encode()).hexdigest()


def document(
    path: str = "guide.md",
    *,
    content: str = "one",
    source: str = "files",
    tenant: str = TENANT,
    knowledge_base: str = KNOWLEDGE_BASE,
    **changes: Any,
) -> Document:
    """A Markdown document of a source."""
    base = Document(
        id=document_id(tenant, knowledge_base, source, path),
        source=source,
        path=path,
        version=version(content),
        size=len(content.encode()),
        media_type="text/markdown",
        blob=f"originals/{version(content)}",
    )
    return replace(base, **changes)


def outcome(of: Document, **changes: Any) -> IndexOutcome:
    """The document's current version, Written in two passages."""
    base = IndexOutcome(document=of.id, version=of.version, state=IndexState.WRITTEN, passages=2, title=of.path)
    return replace(base, **changes)


def quarantined(of: Document, **changes: Any) -> IndexOutcome:
    """The document's current version, refused by its parser."""
    told = {"reason": "Encrypted", "message": "Remove the password.", **changes}
    return outcome(of, state=IndexState.QUARANTINED, passages=0, title="", **told)


def live(of: Document, **changes: Any) -> LiveDocument:
    """The document as a snapshot shows it after `outcome`."""
    base = LiveDocument(
        id=of.id,
        version=of.version,
        source=of.source,
        path=of.path,
        title=of.path,
        access=of.access,
        attributes=of.attributes,
        passages=2,
    )
    return replace(base, **changes)


def run(identity: str = "run-1", **changes: Any) -> Run:
    """A run of the first generation that has just begun."""
    base = Run(id=identity, generation=1, state=RunState.RUNNING, started=NOON, heartbeat=NOON)
    return replace(base, **changes)
