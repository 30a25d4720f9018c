"""Uploaded files."""

from typing import Any

import pytest
from gateway_testbed import Platform
from openai.types import FileObject

from kvasir_services.gateway import files


async def test_a_file_comes_back_as_it_went_in(platform: Platform) -> None:
    content = bytes(range(256)) * 20_000  # over the megabyte that stays in memory
    async with platform.client() as client:
        form = {"file": ("Übersicht 1/2.bin", content, "application/octet-stream")}
        response = await client.post("/v1/files", files=form, data={"purpose": "assistants"})
        file = FileObject.model_validate(response.json(), strict=True)
        assert (file.filename, file.bytes, file.purpose) == ("Übersicht 1/2.bin", len(content), "assistants")
        assert (await client.get(f"/v1/files/{file.id}")).json() == response.json()
        back = await client.get(f"/v1/files/{file.id}/content")
        assert back.content == content
        assert back.headers["content-disposition"] == "attachment"
        assert back.headers["x-content-type-options"] == "nosniff"
        gone = await client.delete(f"/v1/files/{file.id}")
        assert gone.json() == {"id": file.id, "deleted": True, "object": "file"}
        for path in (f"/v1/files/{file.id}", f"/v1/files/{file.id}/content"):
            assert (await client.get(path)).status_code == 404


async def test_the_file_may_stand_before_its_purpose(platform: Platform) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\ntext\r\n'
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--b--\r\n'
    )
    async with platform.client() as client:
        kind = {"content-type": "multipart/form-data; boundary=b"}
        response = await client.post("/v1/files", content=body, headers=kind)
    assert (response.status_code, response.json()["purpose"]) == (200, "user_data")


async def test_lists_are_paged_and_filtered(platform: Platform) -> None:
    async with platform.client() as client:
        for number in range(3):
            purpose = "user_data" if number == 1 else "assistants"
            form = {"file": (f"{number}.md", b"x")}
            await client.post("/v1/files", files=form, data={"purpose": purpose})
        everything = (await client.get("/v1/files")).json()
        assert len(everything["data"]) == 3
        ids = [one["id"] for one in everything["data"]]
        part = (await client.get("/v1/files", params={"limit": 2, "after": ids[0]})).json()
        assert [one["id"] for one in part["data"]] == ids[1:]
        some = (await client.get("/v1/files", params={"purpose": "user_data"})).json()["data"]
        assert [one["filename"] for one in some] == ["1.md"]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"files": {"file": ("a.md", b"x")}, "data": {}}, "purpose"),
        ({"files": {"file": ("a.md", b"x")}, "data": {"purpose": "fine-tune"}}, "purpose"),
        ({"files": {"other": ("a.md", b"x")}, "data": {"purpose": "assistants"}}, "other"),
        ({"files": {"file": ("a\u200b.md", b"x")}, "data": {"purpose": "assistants"}}, "filename"),
        ({"files": {"file": ("a" * 256, b"x")}, "data": {"purpose": "assistants"}}, "filename"),
        ({"data": {"file": "x", "purpose": "assistants"}}, None),
        ({"json": {"file": "x"}}, None),
        ({"files": {"file": ("a.md", b"x")}, "data": {"purpose": "assistants", "expires_after": "x"}}, "expires_after"),
        ({"files": [("file", ("a.md", b"x"))] * 2, "data": {"purpose": "assistants"}}, "file"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, None),
        ({"content": b"--b\r\nno", "headers": {"content-type": "multipart/form-data; boundary=b"}}, None),
    ],
)
async def test_what_is_wrong_is_named(platform: Platform, form: dict[str, Any], place: str | None) -> None:
    async with platform.client() as client:
        response = await client.post("/v1/files", **form)
        assert (await client.get("/v1/files")).json()["data"] == []
    assert (response.status_code, response.json()["error"]["param"]) == (400, place), response.text


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(platform: Platform, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    async with platform.client() as client:
        form = {"file": ("a.md", b"x" * ((1 << 20) + 1))}
        response = await client.post("/v1/files", files=form, data={"purpose": "assistants"})
        assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
        assert (await client.get("/v1/files")).json()["data"] == []


@pytest.mark.parametrize(
    "identity", ["x", "file-1", "file-" + "é" * 32, "doc-" + "0" * 32, "%2e%2e", "file-" + "A" * 900]
)
async def test_strange_ids_are_unknown_ids(platform: Platform, identity: str) -> None:
    async with platform.client() as client:
        for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            response = await client.request(method, f"/v1/files/{identity}{path}")
            assert response.status_code == 404
