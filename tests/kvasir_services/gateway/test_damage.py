"""What a client is told when the platform's own files are damaged, gone or cannot be read."""

import shutil
from pathlib import Path

import pytest
from gateway_testbed import Platform, opened

SEARCH = "/v1/vector_stores/handbook/search"
QUESTION = {"query": "How many days of leave?"}


DAMAGED = (500, "Stored data is damaged. The log has the details under this request's id.")
SILENT = (503, "The platform's storage does not answer. The log has the details under this request's id.")


def segments(directory: Path, base: str = "handbook") -> list[Path]:
    return sorted((directory / "stores" / "passages" / "acme" / base).glob("*/segment-*"))


async def told(platform: Platform, path: str = SEARCH) -> tuple[int, str]:
    async with platform.client() as client:
        response = await client.post(path, json=QUESTION)
    body = response.json()
    return response.status_code, body["error"]["message"] if response.status_code >= 400 else ""


@pytest.mark.parametrize("name", ["lexical.kvs", "segment.json", "row_offsets.npy"])
@pytest.mark.parametrize("damage", ["cut", "other", "gone"])
async def test_a_damaged_segment_is_our_fault_and_concerns_one_knowledge_base(
    directory: Path, name: str, damage: str
) -> None:
    for folder in segments(directory):
        path = folder / name
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:20] if damage == "cut" else b"\x00other" * 100)
    async with opened(directory) as platform:
        assert await told(platform) == DAMAGED
        assert (await told(platform, "/v1/vector_stores/fixed/search"))[0] == 200


async def test_an_index_that_is_gone_is_our_fault(directory: Path) -> None:
    for folder in {path.parent for path in segments(directory)}:
        shutil.rmtree(folder)
    async with opened(directory) as platform:
        assert await told(platform) == DAMAGED


async def test_a_ledger_that_stops_answering(directory: Path) -> None:
    async with opened(directory) as platform:
        assert (await told(platform))[0] == 200
        for path in (directory / "stores").glob("ledger*"):
            path.write_bytes(b"no database " * 1000)
        assert await told(platform) in {DAMAGED, SILENT}
