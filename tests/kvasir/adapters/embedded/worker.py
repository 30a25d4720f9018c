"""A process of its own on a data directory: `python worker.py ROLE DIRECTORY NAME`. It reports on standard output."""

import asyncio
import sys
from pathlib import Path

from kvasir.adapters.embedded.api_keys import SqliteApiKeys
from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.adapters.embedded.ledger import Ledger
from kvasir.errors import ConflictError
from kvasir.ports.deadline import Deadline
from kvasir.testing.builders import KNOWLEDGE_BASE, document, live, outcome, soon, system


def say(line: object) -> None:
    print(line, flush=True)


async def cooperate(directory: Path, name: str) -> None:
    """Everything at once, with others doing the same."""
    ledger, blobs, keys = Ledger.open(directory), FolderBlobs(directory / "blobs"), SqliteApiKeys.open(directory)
    generation = (await ledger.generations.create(system(), KNOWLEDGE_BASE, "shared", "{}", soon())).number
    say(generation)
    for number in range(20):
        mine = document(f"{name}-{number}.md")
        await ledger.documents.record(system(), KNOWLEDGE_BASE, [mine, document("shared.md", content=name)], soon())
        await ledger.documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(mine)], soon())
        await blobs.put(system(), f"shared/{number}", name.encode() * 1000, soon())
        await blobs.put(system(), f"{name}/{number}", name.encode(), soon())
    say((await keys.create(system(), name, soon()))[1])
    say(await publish_until_won(ledger, generation, name))
    for opened in (ledger, keys):
        await opened.close()


async def publish_until_won(ledger: Ledger, generation: int, name: str) -> int:
    """The revision that this process published."""
    revision = 0
    while True:
        try:
            snapshot = await ledger.generations.publish(
                system(),
                KNOWLEDGE_BASE,
                generation,
                expected_revision=revision,
                live=[live(document(f"{name}.md"))],
                activate=True,
                deadline=soon(),
            )
        except ConflictError:
            revision += 1
        else:
            return snapshot.revision


async def write_until_killed(directory: Path, name: str) -> None:
    """Batches of three, each said once it is acknowledged."""
    ledger, blobs = Ledger.open(directory), FolderBlobs(directory / "blobs")

    async def one(number: int) -> None:
        batch = [document(f"{name}-{number:06}-{part}.md", content="x" * 100) for part in "abc"]
        await ledger.documents.record(system(), KNOWLEDGE_BASE, batch, Deadline.after(60))
        say(f"documents {number:06}")
        await blobs.put(system(), f"{name}/{number:06}", b"x" * 50_000, Deadline.after(60))
        say(f"blob {number:06}")

    for start in range(0, 1_000_000, 8):
        await asyncio.gather(*(one(start + number) for number in range(8)))


if __name__ == "__main__":
    role, directory, name = sys.argv[1:]
    work = {"cooperate": cooperate, "write": write_until_killed}[role]
    asyncio.run(work(Path(directory), name))
