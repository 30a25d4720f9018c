"""Vector stores, their files and searches."""

from typing import Any

import pytest
from gateway_testbed import Platform
from openai.types import VectorStore, VectorStoreSearchResponse
from openai.types.vector_stores import VectorStoreFile

STORE = "/v1/vector_stores/handbook"


async def upload(client: Any, name: str, text: str, **attributes: Any) -> str:
    form = {"file": (name, text.encode(), "text/markdown")}
    file = (await client.post("/v1/files", files=form, data={"purpose": "assistants"})).json()["id"]
    body = {"file_id": file, "attributes": attributes, "chunking_strategy": {"type": "auto"}}
    response = await client.post(f"{STORE}/files", json=body)
    assert response.status_code == 200, response.text
    assert response.json()["status"] == "in_progress"
    return file


async def test_a_store_has_the_shape_of_the_sdk(platform: Platform) -> None:
    async with platform.client() as client:
        store = VectorStore.model_validate((await client.get(STORE)).json(), strict=True)
    assert (store.id, store.name, store.status) == ("handbook", "handbook", "completed")
    assert store.created_at == 1_795_168_800
    assert (store.file_counts.completed, store.file_counts.total) == (2, 2)
    assert store.usage_bytes > 100


async def test_counts_are_of_what_the_caller_may_read(platform: Platform) -> None:
    async with platform.client(key="board") as client:
        assert (await client.get(STORE)).json()["file_counts"]["total"] == 3


async def test_a_store_without_an_index_is_in_progress(platform: Platform) -> None:
    async with platform.client() as client:
        store = (await client.get("/v1/vector_stores/empty")).json()
        assert (store["status"], store["file_counts"]["total"]) == ("in_progress", 0)
        response = await client.post("/v1/vector_stores/empty/search", json={"query": "leave"})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")


async def test_lists_are_paged_by_ids(platform: Platform) -> None:
    async def ids(**query: Any) -> tuple[list[str], bool]:
        body = (await client.get("/v1/vector_stores", params=query)).json()
        found = [one["id"] for one in body["data"]]
        assert (body["first_id"], body["last_id"]) == ((found[0], found[-1]) if found else (None, None))
        return found, body["has_more"]

    async with platform.client() as client:
        assert await ids() == (["empty", "fixed", "handbook"], False)
        assert await ids(order="asc") == (["handbook", "fixed", "empty"], False)
        assert await ids(limit=2) == (["empty", "fixed"], True)
        assert await ids(limit=2, after="fixed") == (["handbook"], False)
        assert await ids(after="handbook") == ([], False)
        assert await ids(before="handbook", limit=1) == (["fixed"], True)
        assert await ids(after="empty", before="handbook") == (["fixed"], False)
        for query, place in (({"after": "x"}, "after"), ({"limit": 0}, "limit"), ({"order": "up"}, "order")):
            response = await client.get("/v1/vector_stores", params=query)
            assert (response.status_code, response.json()["error"]["param"]) == (400, place)


async def test_a_search_has_the_shape_of_the_sdk(platform: Platform) -> None:
    async with platform.client() as client:
        body = (await client.post(f"{STORE}/search", json={"query": "days of paid leave"})).json()
    assert body["object"] == "vector_store.search_results.page"
    assert body["search_query"] == ["days of paid leave"]
    hits = [VectorStoreSearchResponse.model_validate(hit, strict=True) for hit in body["data"]]
    assert [hit.filename for hit in hits] == ["leave.md", "travel.md"]
    assert hits[0].file_id.startswith("doc-")
    assert "30 days" in hits[0].content[0].text
    assert all(0 <= hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


async def test_several_queries_find_the_best_of_each_once(platform: Platform) -> None:
    async with platform.client() as client:
        queries = ["paid leave", "second class trains", "paid leave"]
        both = (await client.post(f"{STORE}/search", json={"query": queries})).json()["data"]
        one = (await client.post(f"{STORE}/search", json={"query": queries, "max_num_results": 1})).json()["data"]
        high = {"query": "paid leave", "ranking_options": {"score_threshold": 0.9, "ranker": "auto"}}
        above = (await client.post(f"{STORE}/search", json=high)).json()["data"]
    assert sorted(hit["filename"] for hit in both) == ["leave.md", "travel.md"]
    assert len(one) == 1
    assert [hit["filename"] for hit in above] == ["leave.md"]


async def test_an_empty_query_is_refused_by_its_name(platform: Platform) -> None:
    async with platform.client() as client:
        for query, place in (("", "query"), (" \n", "query"), (["leave", " "], "query[1]"), ([], "query")):
            response = await client.post(f"{STORE}/search", json={"query": query})
            error = response.json()["error"]
            assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", place)
        assert "The query is empty." in (await client.post(f"{STORE}/search", json={"query": ""})).text


async def test_an_uploaded_file_becomes_searchable_under_its_own_id(platform: Platform) -> None:
    async with platform.client() as client:
        file = await upload(client, "garage.md", "# Garage\n\nThe garage opens at 7.", kind="note", floor=-1, new=True)
        waiting = VectorStoreFile.model_validate((await client.get(f"{STORE}/files/{file}")).json(), strict=True)
        assert (waiting.status, waiting.last_error) == ("in_progress", None)
        assert (await client.get(STORE)).json()["status"] == "in_progress"
        await platform.ingest("acme", "handbook")
        done = VectorStoreFile.model_validate((await client.get(f"{STORE}/files/{file}")).json(), strict=True)
        assert (done.id, done.status, done.vector_store_id) == (file, "completed", "handbook")
        assert done.attributes == {"kind": "note", "floor": -1.0, "new": True}
        [first, *_] = (await client.get(f"{STORE}/files")).json()["data"]
        assert (first["id"], first["created_at"]) == (file, done.created_at)
        found = await client.post(f"{STORE}/search", json={"query": "When does the garage open?", "max_num_results": 1})
        [hit] = found.json()["data"]
        assert (hit["file_id"], hit["filename"]) == (file, "garage.md")
        message = {"role": "user", "content": "When does the garage open?"}
        answer = await client.post("/v1/chat/completions", json={"model": "assistant", "messages": [message]})
        [annotation, *_] = answer.json()["choices"][0]["message"]["annotations"]
        assert annotation["url_citation"]["file_id"] == file


async def test_a_file_that_cannot_be_read_says_why(platform: Platform) -> None:
    async with platform.client() as client:
        form = {"file": ("broken.pdf", b"%PDF-1.7 and no more", "application/pdf")}
        file = (await client.post("/v1/files", files=form, data={"purpose": "user_data"})).json()["id"]
        await client.post(f"{STORE}/files", json={"file_id": file})
        await platform.ingest("acme", "handbook")
        failed = VectorStoreFile.model_validate((await client.get(f"{STORE}/files/{file}")).json(), strict=True)
        assert failed.status == "failed"
        assert failed.last_error is not None
        assert failed.last_error.message
        assert (await client.get(STORE)).json()["file_counts"]["failed"] == 1
        listed = (await client.get(f"{STORE}/files", params={"filter": "failed"})).json()["data"]
        assert [one["id"] for one in listed] == [file]


async def test_a_file_of_the_same_name_replaces_and_a_detached_one_goes(platform: Platform) -> None:
    async with platform.client() as client:
        old = await upload(client, "garage.md", "The garage opens at 7.")
        await platform.ingest("acme", "handbook")
        new = await upload(client, "garage.md", "The garage opens at 8.")
        assert (await client.get(f"{STORE}/files/{new}")).json()["status"] == "in_progress"
        await platform.ingest("acme", "handbook")
        assert (await client.get(f"{STORE}/files/{new}")).json()["status"] == "completed"
        assert (await client.get(f"{STORE}/files/{old}")).status_code == 404
        gone = await client.delete(f"{STORE}/files/{new}")
        assert gone.json() == {"id": new, "deleted": True, "object": "vector_store.file.deleted"}
        await platform.ingest("acme", "handbook")
        assert (await client.get(f"{STORE}/files/{new}")).status_code == 404
        assert (await client.get(f"/v1/files/{new}")).status_code == 200
        assert (await client.get(STORE)).json()["file_counts"]["total"] == 2


async def test_documents_of_other_sources_are_listed_and_stay(platform: Platform) -> None:
    async with platform.client() as client:
        listed = (await client.get(f"{STORE}/files", params={"order": "asc"})).json()["data"]
        [document, *_] = [one["id"] for one in listed]
        assert document.startswith("doc-")
        assert (await client.get(f"{STORE}/files/{document}")).json()["status"] == "completed"
        response = await client.delete(f"{STORE}/files/{document}")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")


async def test_hidden_documents_are_not_there(platform: Platform) -> None:
    async with platform.client(key="board") as client:
        seen = {one["id"] for one in (await client.get(f"{STORE}/files")).json()["data"]}
    async with platform.client() as client:
        known = {one["id"] for one in (await client.get(f"{STORE}/files")).json()["data"]}
        [hidden] = seen - known
        assert (await client.get(f"{STORE}/files/{hidden}")).status_code == 404


async def test_a_store_without_an_upload_source_names_the_fix(platform: Platform) -> None:
    async with platform.client() as client:
        form = {"file": ("note.md", b"x")}
        file = (await client.post("/v1/files", files=form, data={"purpose": "assistants"})).json()["id"]
        response = await client.post("/v1/vector_stores/fixed/files", json={"file_id": file})
    assert response.status_code == 400
    assert "upload: {}" in response.json()["error"]["message"]


FILTER = {"type": "eq", "key": "a", "value": 1}


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("files", {"file_id": ""}, "file_id"),
        ("files", {"file_id": "x", "attributes": {"a": None}}, "attributes.a"),
        ("files", {"file_id": "x", "attributes": {"a": "b" * 513}}, "attributes.a"),
        ("files", {"file_id": "x", "attributes": dict.fromkeys(map(str, range(17)), 1)}, "attributes"),
        ("files", {"file_id": "x", "chunking_strategy": {"type": "static"}}, "chunking_strategy"),
        ("files", {"file_id": "x", "more": 1}, "more"),
        ("search", {"query": "x", "filters": {"type": "eq", "key": "a"}}, "filters.value"),
        ("search", {"query": "x", "filters": {"type": "like", "key": "a", "value": 1}}, "filters.type"),
        ("search", {"query": "x", "filters": {"type": "in", "key": "a", "value": 1}}, "filters.value"),
        ("search", {"query": "x", "filters": {"type": "eq", "key": "a", "value": [1]}}, "filters.value"),
        ("search", {"query": "x", "filters": {"type": "or", "filters": [FILTER, {}]}}, "filters.filters[1].type"),
        ("search", {"query": "x", "filters": {"type": "and", "filters": [FILTER] * 256}}, "filters.filters[255]"),
        ("search", {"query": "x", "ranking_options": {"score_threshold": 2}}, "ranking_options.score_threshold"),
        ("search", {"query": ["x"] * 11}, "query"),
        ("search", {"query": "x", "max_num_results": 0}, "max_num_results"),
    ],
)
async def test_what_is_wrong_is_named(platform: Platform, path: str, body: Any, place: str) -> None:
    async with platform.client() as client:
        response = await client.post(f"{STORE}/{path}", json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, place), response.text


async def test_deep_filters_are_refused(platform: Platform) -> None:
    nested: Any = FILTER
    for _ in range(16):
        nested = {"type": "and", "filters": [nested]}
    async with platform.client() as client:
        response = await client.post(f"{STORE}/search", json={"query": "x", "filters": nested})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_input")
        response = await client.post(f"{STORE}/search", json={"query": "x", "filters": nested["filters"][0]})
        assert response.status_code == 200
