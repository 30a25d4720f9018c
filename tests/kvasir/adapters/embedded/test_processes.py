"""Several processes on one data directory, and one that is killed."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import closing
from pathlib import Path

import pytest

from kvasir.adapters.embedded.api_keys import SqliteApiKeys
from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.adapters.embedded.ledger import Ledger
from kvasir.testing.blobs import listed as listed_blobs
from kvasir.testing.builders import KNOWLEDGE_BASE, document, live, soon, system
from kvasir.testing.document_listing import listed, paths

WORKER = Path(__file__).with_name("worker.py")


async def start(role: str, directory: Path, name: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(WORKER), role, str(directory), name, stdout=PIPE, stderr=PIPE
    )


async def finished(process: Process) -> list[str]:
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().split()


async def test_three_processes_share_a_new_data_directory(tmp_path: Path) -> None:
    names = ["x", "y", "z"]
    # They race for creating it, too.
    processes = [await start("cooperate", tmp_path, name) for name in names]
    said = await asyncio.gather(*(finished(process) for process in processes))

    assert {generation for generation, _, _ in said} == {"1"}
    assert sorted(revision for _, _, revision in said) == ["1", "2", "3"]
    await check_ledger(tmp_path, names, last=names[[revision for _, _, revision in said].index("3")])
    await check_blobs(tmp_path, names)
    api_keys = SqliteApiKeys.open(tmp_path)
    for _, secret, _ in said:  # made under one secret file
        assert (await api_keys.authenticate(secret, soon())).tenant == "acme"
    await api_keys.close()


async def check_ledger(directory: Path, names: list[str], last: str) -> None:
    ledger = Ledger.open(directory)
    items = await listed(ledger.documents, system(), generation=1)
    assert paths(items) == sorted([f"{name}-{number}.md" for name in names for number in range(20)] + ["shared.md"])
    assert [item.document.path for item in items if item.outcome is None] == ["shared.md"]
    head = await ledger.generations.head(system(), KNOWLEDGE_BASE, soon())
    assert head is not None
    assert head.revision == 3
    assert list(await ledger.generations.live(system(), head, soon())) == [live(document(f"{last}.md"))]
    await ledger.close()


async def check_blobs(directory: Path, names: list[str]) -> None:
    blobs = FolderBlobs(directory / "blobs")
    for number in range(20):
        content = await blobs.get(system(), f"shared/{number}", soon())
        assert content in [name.encode() * 1000 for name in names]
    assert len(await listed_blobs(blobs, system())) == 20 * (len(names) + 1)
    assert not list((directory / "blobs" / ".incoming").glob("*"))


@pytest.mark.crash
@pytest.mark.parametrize("acknowledged", [1, 40, 150])
async def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    process = await start("write", tmp_path, "w")
    assert process.stdout is not None
    said = [(await process.stdout.readline()).decode().split() for _ in range(acknowledged)]
    process.kill()
    output, _ = await process.communicate()
    said += [line.split() for line in output.decode().splitlines() if len(line.split()) == 2]

    ledger = Ledger.open(tmp_path)
    found = paths(await listed(ledger.documents, system(), limit=10_000))
    whole = {path[:8] for path in found}
    assert {f"w-{number}" for kind, number in said if kind == "documents"} <= whole
    assert found == [f"{batch}-{part}.md" for batch in sorted(whole) for part in "abc"]  # no half batch
    await ledger.documents.record(system(), KNOWLEDGE_BASE, [document("after.md")], soon())
    await ledger.close()
    assert integrity(tmp_path / "ledger.db") == "ok"

    blobs = FolderBlobs(tmp_path / "blobs")
    for blob in await listed_blobs(blobs, system()):
        assert await blobs.get(system(), blob.key, soon()) == b"x" * 50_000
    keys = {blob.key for blob in await listed_blobs(blobs, system())}
    assert {f"w/{number}" for kind, number in said if kind == "blob"} <= keys


def integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0]
