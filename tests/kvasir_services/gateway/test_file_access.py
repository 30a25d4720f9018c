"""Uploaded files have the readers of what they became."""

from pathlib import Path

import httpx
import pytest
from gateway_testbed import RESOURCES, Platform, write_serving

FILE = b"---\naccess: [board]\n---\n# Merger\n\nWith Initech.\n"


async def upload(client: httpx.AsyncClient, content: bytes = FILE) -> str:
    form = {"file": ("merger.md", content)}
    return (await client.post("/v1/files", files=form, data={"purpose": "assistants"})).json()["id"]


async def statuses(client: httpx.AsyncClient, file: str) -> list[int]:
    answers = [
        await client.get(f"/v1/files/{file}"),
        await client.get(f"/v1/files/{file}/content"),
        await client.post("/v1/vector_stores/empty/files", json={"file_id": file}),
        await client.delete(f"/v1/files/{file}"),
    ]
    return [answer.status_code for answer in answers]


async def names(client: httpx.AsyncClient) -> list[str]:
    return [one["filename"] for one in (await client.get("/v1/files")).json()["data"]]


async def test_readers_named_in_the_content_are_the_files_too(platform: Platform) -> None:
    async with platform.client() as staff, platform.client(key="board") as board:
        file = await upload(board)
        assert (await staff.get(f"/v1/files/{file}")).status_code == 200, "nobody has said yet who may read it"
        await board.post("/v1/vector_stores/handbook/files", json={"file_id": file})
        await platform.ingest("acme", "handbook")
        assert await statuses(staff, file) == [404] * 4
        assert await names(staff) == []
        assert await names(board) == ["merger.md"]
        assert (await board.get(f"/v1/files/{file}/content")).content == FILE
        assert (await board.delete(f"/v1/files/{file}")).status_code == 200


async def test_the_readers_of_a_source_count_before_the_file_was_read(platform: Platform, directory: Path) -> None:
    source = "    - name: uploads\n      upload: {}\n"
    assert source in RESOURCES.format(tenant="acme")
    write_serving(directory, "acme", lambda text: text.replace(source, source + "      access: {groups: [board]}\n"))
    async with platform.client() as staff, platform.client(key="board") as board:
        file = await upload(staff, b"# Open\n")
        assert (await staff.post("/v1/vector_stores/handbook/files", json={"file_id": file})).status_code == 200
        followed = await staff.get(f"/v1/vector_stores/handbook/files/{file}")
        assert followed.json()["status"] == "in_progress", "whoever attaches may know how far it is"
        assert await statuses(staff, file) == [404] * 4
        assert (await board.get(f"/v1/files/{file}/content")).content == b"# Open\n"


async def test_a_file_in_two_places_has_the_readers_of_both(platform: Platform) -> None:
    async with platform.client() as staff:
        file = await upload(staff, b"# Open\n")
        for store in ("handbook", "empty"):
            assert (await staff.post(f"/v1/vector_stores/{store}/files", json={"file_id": file})).status_code == 200
        await platform.ingest("acme", "handbook")
        assert (await staff.get(f"/v1/files/{file}/content")).status_code == 200


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (5 << 20) + 7])
async def test_downloads_come_in_pieces_with_their_length(platform: Platform, size: int) -> None:
    async with platform.client() as client:
        file = await upload(client, b"x" * size)
        async with client.stream("GET", f"/v1/files/{file}/content") as answer:
            assert answer.headers["content-length"] == str(size)
            assert b"".join([piece async for piece in answer.aiter_bytes()]) == b"x" * size
