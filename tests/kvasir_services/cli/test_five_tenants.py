"""Five corpora as five tenants on one platform, and groups within one: nobody is shown what is not theirs.

All questions of the public set go through the library, the command line and HTTP.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.kvasir_services.cli.conftest import Platform, ended, start
from tests.kvasir_services.cli.five_tenants import (
    GROUPED,
    KNOWLEDGE_BASE,
    MODEL,
    VAULT,
    Corpora,
    Reader,
    vault_of,
    write_corpora,
)

from kvasir.adapters.embedded.passages import FilePassages
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.principal import Principal
from kvasir.rag.retrieval import Retriever, Target
from kvasir.wiring import EmbeddedStores, IndexToolbox, open_embedded_stores, open_engine
from kvasir_services.cli.client import control
from kvasir_services.cli.output import Format
from kvasir_services.cli.questions import search

pytestmark = pytest.mark.data

TOP = 5


@dataclass(frozen=True, slots=True)
class Isolation:
    """The platform, everything on it, and a key for each reader, in the order of `Corpora.readers`."""

    platform: Platform
    corpora: Corpora
    keys: Sequence[tuple[Reader, str]]

    def asked(self, reader: Reader) -> Sequence[str]:
        return [question for tenant, question in self.corpora.questions if tenant == reader.tenant]

    def client(self, key: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {key}"}
        return httpx.Client(base_url=f"{self.platform.url}/v1", headers=headers, timeout=60)


@pytest.fixture(scope="module")
def isolation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Isolation]:
    folder = tmp_path_factory.mktemp("tenants")
    corpora = write_corpora(folder)
    platform = start(folder, "platform")
    try:
        with control(platform.data_directory) as client:
            platform.wait_ready(client, "ChatDeployment")
            keys: list[tuple[Reader, str]] = []
            for reader in corpora.readers():
                body = {"tenant": reader.tenant, "groups": sorted(reader.groups)}
                keys.append((reader, client.post("/control/keys", body)["secret"]))
        yield Isolation(platform, corpora, keys)
    finally:
        ended(platform)


async def test_the_library_shows_no_foreign_passage(isolation: Isolation) -> None:
    stores = open_embedded_stores(isolation.platform.data_directory / "stores")
    try:
        engine = open_engine(stores.stores, IndexToolbox())
        shown = 0
        for reader, _ in isolation.keys:
            principal = Principal(reader.tenant, "user:test", groups=reader.groups)
            for question in isolation.asked(reader):
                hits = await engine.search(principal, [KNOWLEDGE_BASE], question, soon(), limit=TOP)
                assert not reader.foreign((hit.document.id, hit.passage.text) for hit in hits)
                shown += len(hits)
        assert shown > len(isolation.corpora.questions) * TOP * 0.9
    finally:
        await stores.close()


def test_the_command_line_shows_no_foreign_passage(isolation: Isolation) -> None:
    """As the platform itself through the control socket, and with the keys of groups over HTTP."""
    shown = 0
    for tenant in isolation.corpora.tenants:
        reader = isolation.corpora.reader(tenant, everything=True)
        for question in isolation.asked(reader):
            found = cli_search(isolation, question, namespace=tenant)
            assert not reader.foreign(found)
            shown += len(found)
    assert shown > len(isolation.corpora.questions) * TOP * 0.9
    for reader, key in isolation.keys:
        if reader.tenant == GROUPED:
            for question in isolation.asked(reader)[::4]:
                found = cli_search(isolation, question, key=key, url=isolation.platform.url)
                assert not reader.foreign(found)


def cli_search(isolation: Isolation, question: str, **options: str) -> list[tuple[str, str]]:
    """What `kvasir search` prints, by the command's own function: a process each would take minutes."""
    with redirect_stdout(StringIO()) as printed:
        search(
            KNOWLEDGE_BASE,
            question,
            limit=TOP,
            data_directory=isolation.platform.data_directory,
            output=Format.JSON,
            **options,
        )
    return shown_by(json.loads(printed.getvalue()))


def shown_by(found: Any) -> list[tuple[str, str]]:
    return [(hit["file_id"], hit["content"][0]["text"]) for hit in found["data"]]


def test_a_process_of_the_command_line_answers_the_same(isolation: Isolation) -> None:
    tenant, question = isolation.corpora.questions[0]
    found = isolation.platform.json("search", KNOWLEDGE_BASE, question, "-n", tenant)
    assert shown_by(found) == cli_search(isolation, question, namespace=tenant)
    reader, key = next((reader, key) for reader, key in isolation.keys if reader.tenant == GROUPED)
    question = isolation.asked(reader)[0]
    found = isolation.platform.json("search", KNOWLEDGE_BASE, question, "--key", key, "--url", isolation.platform.url)
    assert shown_by(found) == cli_search(isolation, question, key=key, url=isolation.platform.url)


def test_http_shows_no_foreign_passage(isolation: Isolation) -> None:
    def ask(one: tuple[Reader, str]) -> tuple[int, int]:
        reader, key = one
        hits = quotes = 0
        with isolation.client(key) as client:
            for number, question in enumerate(isolation.asked(reader)):
                body: dict[str, Any] = {"query": question, "max_num_results": TOP}
                found = posted(client, f"vector_stores/{KNOWLEDGE_BASE}/search", body)["data"]
                assert not reader.foreign((hit["file_id"], hit["content"][0]["text"]) for hit in found)
                hits += len(found)
                if reader.groups and number % 3:
                    continue  # every question was chatted about with the key without groups
                body = {"model": MODEL, "messages": [{"role": "user", "content": question}]}
                message = posted(client, "chat/completions", body)["choices"][0]["message"]
                cited = message["kvasir"]["citations"]
                assert {one["knowledge_base"] for one in cited} <= {KNOWLEDGE_BASE}
                assert not reader.foreign((one["document"], one["quote"]) for one in cited)
                if not message["kvasir"]["notice"]:
                    assert not reader.foreign((next(iter(reader.documents)), part) for part in stretches(message))
                quotes += len(cited)
        return hits, quotes

    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(ask, isolation.keys))
    assert sum(hits for hits, _ in shown) > len(isolation.corpora.questions) * TOP * 0.9
    assert sum(quotes for _, quotes in shown) > len(isolation.corpora.questions) * 0.5


def stretches(message: Mapping[str, Any]) -> list[str]:
    """What an extractive answer says, citation by citation."""
    return [message["content"][one["answer_start"] : one["answer_end"]] for one in message["kvasir"]["citations"]]


def posted(client: httpx.Client, path: str, body: Mapping[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_check_can_fail(isolation: Isolation, tmp_path: Path) -> None:
    """One pooled index without a filter does show foreign passages, and so does a reader above all groups."""
    stores = open_embedded_stores(isolation.platform.data_directory / "stores")
    pool = FilePassages(tmp_path / "pool")
    try:
        snapshot = await pooled(stores, pool, isolation.corpora.tenants)
        retriever, everybody = Retriever(pool), Principal.system("pool", "test")
        readers = {tenant: isolation.corpora.reader(tenant, everything=True) for tenant in isolation.corpora.tenants}
        outsider = isolation.corpora.reader(GROUPED)
        shown = foreign = grouped = hidden = 0
        for tenant, question in isolation.corpora.questions:
            hits = await retriever.retrieve(everybody, [Target(snapshot, None)], question, soon(), limit=TOP)
            found = [(hit.document.id, hit.passage.text) for hit in hits]
            shown, foreign = shown + len(found), foreign + len(readers[tenant].foreign(found))
            if tenant == GROUPED:
                grouped, hidden = grouped + len(found), hidden + len(outsider.foreign(found))
        assert 0.02 < foreign / shown < 0.2
        assert 0.2 < hidden / grouped < 0.9
    finally:
        await pool.close()
        await stores.close()


async def pooled(stores: EmbeddedStores, pool: FilePassages, tenants: Sequence[str]) -> Snapshot:
    everybody, live = Principal.system("pool", "test"), list[LiveDocument]()
    for tenant in tenants:
        owner = Principal.system(tenant, "test")
        head = await stores.stores.generations.head(owner, KNOWLEDGE_BASE, soon())
        assert head is not None
        live += await stores.stores.generations.live(owner, head, soon())
        after: str | None = None
        while True:
            page = await stores.stores.passages.scan(owner, head, soon(), after=after)
            await pool.write(everybody, "pool", 1, page.items, soon())
            after = page.after
            if after is None:
                break
    snapshot = Snapshot("pool", 1, 1)
    await pool.seal(everybody, snapshot, sorted(live, key=lambda one: one.id), soon())
    return snapshot


def test_what_is_another_tenants_does_not_exist(isolation: Isolation) -> None:
    keys = {reader.tenant: key for reader, key in isolation.keys if not reader.groups}
    owner, other = VAULT, next(tenant for tenant in isolation.corpora.tenants if tenant != VAULT)
    name = vault_of(owner)
    with isolation.client(keys[owner]) as client:
        uploaded = client.post("files", files={"file": ("plan.md", b"# Plan\n\nOurs.")}, data={"purpose": "assistants"})
        file = uploaded.json()["id"]
        documents = client.get(f"vector_stores/{KNOWLEDGE_BASE}/files").json()["data"]
        assert client.get(f"vector_stores/{name}").status_code == 200
        assert client.get(f"models/{name}").status_code == 200
        assert client.get(f"files/{file}/content").content == b"# Plan\n\nOurs."
    question = {"messages": [{"role": "user", "content": "What is the plan?"}]}
    with isolation.client(keys[other]) as client:
        answers = [
            client.get(f"vector_stores/{name}"),
            client.post(f"vector_stores/{name}/search", json={"query": "plan"}),
            client.get(f"vector_stores/{name}/files"),
            client.post(f"vector_stores/{name}/files", json={"file_id": file}),
            client.post(f"vector_stores/{KNOWLEDGE_BASE}/files", json={"file_id": file}),
            client.get(f"vector_stores/{KNOWLEDGE_BASE}/files/{documents[0]['id']}"),
            client.get(f"models/{name}"),
            client.post("chat/completions", json={"model": name, **question}),
            client.post("chat/completions", json={"model": name, "stream": True, **question}),
            client.get(f"files/{file}"),
            client.get(f"files/{file}/content"),
            client.delete(f"files/{file}"),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert all(answer.json()["error"]["code"] == "not_found" for answer in answers)
        assert name not in {one["id"] for one in client.get("models").json()["data"]}
        assert name not in {one["id"] for one in client.get("vector_stores").json()["data"]}
        assert client.get("files").json()["data"] == []
    with isolation.client(keys[owner]) as client:
        assert client.get(f"files/{file}").status_code == 200


def soon() -> Deadline:
    return Deadline.after(60)


def test_every_question_was_asked(isolation: Isolation) -> None:
    asked = sum(len(isolation.asked(reader)) for reader, _ in isolation.keys if not reader.groups)
    assert asked == len(isolation.corpora.questions) == 472
