import asyncio
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.adapters.embedded.blob_names import file_of, folder_of
from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.errors import CorruptDataError, DeadlineExceededError
from kvasir.ports.blobs import Blobs
from kvasir.ports.deadline import Deadline
from kvasir.testing.blobs import MEBIBYTE, BlobsSuite, keys, streamed
from kvasir.testing.builders import soon, system

segments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=120).filter(
    lambda segment: segment not in {".", ".."}
)
any_key = st.lists(segments, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> Blobs:
    return FolderBlobs(folder)


class TestFolderBlobs(BlobsSuite):
    @pytest.fixture
    def blobs(self, folder: Path) -> Blobs:
        return FolderBlobs(folder)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@given(any_key, any_key)
def test_file_names_are_safe_and_distinct(one: str, other: str) -> None:
    root = Path("/r")
    path = file_of(root, one)
    assert path.is_relative_to(root)
    assert ".." not in path.parts
    assert all(name.isascii() and name == name.lower() and len(name) <= 201 for name in path.parts)
    assert (file_of(root, other) == path) == (one == other)
    # A blob never stands where another needs a folder.
    assert path not in file_of(root, other).parents


def test_tenants_never_share_a_folder() -> None:
    names = ["acme", "ACME", "..", "", "a/b", "a", ".incoming", "=", "\u00e9", "e\u0301"]
    assert len({folder_of(Path("/r"), [name]) for name in names}) == len(names)


@pytest.mark.parametrize("damage", ["flipped", "shortened", "emptied", "lengthened", "replaced"])
async def test_damage_is_detected(blobs: Blobs, folder: Path, damage: str) -> None:
    await blobs.put(system(), "k", b"x" * (MEBIBYTE + 5), soon())
    [path] = files(folder)
    content = path.read_bytes()
    path.write_bytes(
        {
            "flipped": content[:100] + b"y" + content[101:],
            "shortened": content[:-1],
            "emptied": b"",
            "lengthened": content + b"z",
            "replaced": b"z" * len(content),
        }[damage]
    )
    with pytest.raises(CorruptDataError, match="'k'"):
        await blobs.get(system(), "k", soon())
    with pytest.raises(CorruptDataError):
        await streamed(blobs, "k")


async def test_deleting_leaves_no_folders_behind(blobs: Blobs, folder: Path) -> None:
    await blobs.put(system(), "a/b/c", b"x", soon())
    await blobs.put(system(), "a/d", b"x", soon())
    await blobs.delete(system(), "a/b/c", soon())
    assert await keys(blobs) == ["a/d"]
    await blobs.delete(system(), "a/d", soon())
    assert os.listdir(folder) == [".incoming"]  # noqa: PTH208


async def test_puts_survive_deletes_of_their_folder(blobs: Blobs) -> None:
    async def flap(number: int) -> None:
        for _ in range(15):
            await blobs.put(system(), f"deep/er/{number}", b"x", soon())
            await blobs.delete(system(), f"deep/er/{number}", soon())

    await asyncio.gather(*(flap(number) for number in range(6)))
    assert await keys(blobs) == []


async def test_only_abandoned_temporary_files_are_swept(blobs: Blobs, folder: Path) -> None:
    fresh, old = folder / ".incoming" / "fresh", folder / ".incoming" / "old"
    for path in (fresh, old):
        path.write_bytes(b"half a blob")
    os.utime(old, (0, time.time() - 2 * 3600))
    again = FolderBlobs(folder)
    assert files(folder) == [fresh]
    assert (await again.list(system(), "", soon())).items == []


async def test_an_open_stream_keeps_its_content(blobs: Blobs) -> None:
    await blobs.put(system(), "k", b"a" * MEBIBYTE + b"b", soon())
    stream = blobs.stream(system(), "k", soon())
    first = await anext(aiter(stream))
    await blobs.put(system(), "k", b"other", soon())
    await blobs.delete(system(), "k", soon())
    assert first + b"".join([piece async for piece in stream]) == b"a" * MEBIBYTE + b"b"


async def test_a_deadline_during_the_commit_tells_the_truth(blobs: Blobs, folder: Path) -> None:
    """Whatever is answered is what a reader sees, however close it was."""
    for number, seconds in enumerate([0.0, 0.001, 0.002, 0.004, 0.008, 0.016]):
        key = f"k{number}"
        try:
            await blobs.put(system(), key, b"x" * MEBIBYTE, Deadline.after(seconds))
        except DeadlineExceededError:
            assert key not in await keys(blobs)
        else:
            assert key in await keys(blobs)
    assert [path.parent for path in files(folder) if path.parent.name == ".incoming"] == []
