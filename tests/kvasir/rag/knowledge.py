"""A small knowledge base in real stores, for tests of what reads it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kvasir.adapters.embedded.passages import FilePassages
from kvasir.ports.documents import Snapshot
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId
from kvasir.testing.builders import soon, system, version
from kvasir.testing.passages import live_of
from kvasir.text.language import detect

PAGES = {
    "leave.md": "# Leave\n\nEmployees have 26 days of leave. Unused days expire on 31 March.",
    "travel.md": "# Travel\n\n| Country | Allowance |\n|---|---|\n| France | 38 euros |\n| Norway | 64 euros |\n\nClaims are "
    "filed within 30 days.",
    "security.md": "# Security\n\nA lost laptop is reported within 2 hours. Passwords have 14 characters.",
    "secret.md": "# Board\n\nThe board meets on 5 June to decide about the merger with Globex.",
}


@dataclass(frozen=True)
class Knowledge:
    passages: FilePassages
    snapshot: Snapshot


@asynccontextmanager
async def knowledge(
    folder: Path, pages: Mapping[str, str] = PAGES, *, name: str = "handbook"
) -> AsyncIterator[Knowledge]:
    """Each page is one passage; `secret.md` is for the group `board`."""
    store = FilePassages(folder)
    snapshot = Snapshot(name, 1, 1)
    live = []
    for path, text in pages.items():
        passage = Passage(PassageId(path, version(text), 0), text, 0, len(text), language=detect(text))
        await store.write(system(), name, 1, [EmbeddedPassage(passage)], soon())
        access = frozenset({"board"}) if path == "secret.md" else None
        live.append(live_of([EmbeddedPassage(passage)], path=path, title=path, access=access))
    await store.seal(system(), snapshot, live, soon())
    yield Knowledge(store, snapshot)
    await store.close()
