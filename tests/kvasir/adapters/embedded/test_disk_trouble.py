"""Full and read-only disks, for every adapter that writes."""

import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kvasir.adapters.embedded.api_keys import SqliteApiKeys
from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.adapters.embedded.ledger import Ledger
from kvasir.errors import ExhaustedError, KvasirError, UnavailableError
from kvasir.testing.blobs import keys, pieces
from kvasir.testing.builders import KNOWLEDGE_BASE, document, soon, system


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Path]:
    """A file system of this size. Skips loudly without the right to mount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("NOT TESTED: a full or read-only disk; needs root and the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes all the space that is left; delete the file to give it back."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


async def record_until_full(ledger: Ledger) -> int:
    """How many documents were acknowledged."""
    for start in range(0, 1_000_000, 50):
        rows = [document(f"{start + number:06}.md") for number in range(50)]
        try:
            await ledger.documents.record(system(), KNOWLEDGE_BASE, rows, soon())
        except ExhaustedError:
            return start
    return pytest.fail("the disk never filled up")


async def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2048) as disk:
        ledger = Ledger.open(disk)
        written = await record_until_full(ledger)
        assert written
        listed = await ledger.documents.list(system(), KNOWLEDGE_BASE, soon(), limit=10_000)
        assert len(listed.items) == written
        await ledger.documents.remove(system(), "nothing", [], soon())
        await ledger.close()


async def test_work_goes_on_when_space_is_freed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2048) as disk:
        ledger = Ledger.open(disk)
        ballast = fill(disk)
        big = [document(f"{number}.md", attributes={"k": "x" * 500}) for number in range(500)]
        with pytest.raises(ExhaustedError):
            await ledger.documents.record(system(), KNOWLEDGE_BASE, big, soon())
        ballast.unlink()
        await ledger.documents.record(system(), KNOWLEDGE_BASE, [document()], soon())
        listed = await ledger.documents.list(system(), KNOWLEDGE_BASE, soon())
        assert [item.document for item in listed.items] == [document()]
        await ledger.close()


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_blob_that_does_not_fit_leaves_nothing(tmp_path: Path, streamed: bool) -> None:
    with small_disk(tmp_path / "disk", 1024) as disk:
        blobs = FolderBlobs(disk / "blobs")
        await blobs.put(system(), "old", b"old", soon())
        parts = [b"x" * 100_000] * 20
        with pytest.raises(ExhaustedError, match="No space is left"):
            await blobs.put(system(), "old", pieces(parts) if streamed else b"".join(parts), soon())
        assert await blobs.get(system(), "old", soon()) == b"old"
        await blobs.put(system(), "new", b"x" * 700_000, soon())  # the room is there again
        assert await keys(blobs) == ["new", "old"]


@pytest.mark.parametrize("opened", [Ledger.open, SqliteApiKeys.open, FolderBlobs], ids=["ledger", "keys", "blobs"])
def test_opening_on_a_read_only_disk_names_path_and_fix(tmp_path: Path, opened: Callable[[Path], object]) -> None:
    with small_disk(tmp_path / "disk", 1024) as disk:
        make_read_only(disk)
        with pytest.raises(UnavailableError, match=rf"{disk}.*(permissions|writable)"):
            opened(disk / "data")


async def test_a_disk_that_turns_read_only_is_unavailable(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4096) as disk:
        blobs = FolderBlobs(disk / "blobs")
        await blobs.put(system(), "old", b"old", soon())
        make_read_only(disk)
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: blobs.put(system(), "new", b"new", soon()),
            lambda: blobs.delete(system(), "old", soon()),
        ]
        for call in calls:
            with pytest.raises(KvasirError, match="cannot be written"):
                await call()
        assert await blobs.get(system(), "old", soon()) == b"old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; the read-only disk above stands for this")
def test_a_folder_of_somebody_else_is_unavailable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UnavailableError, match=str(tmp_path)):
        Ledger.open(tmp_path / "data")
