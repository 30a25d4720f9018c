"""A data directory as `kvasir up` leaves it: two tenants with the same names, real stores, real documents."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from kvasir.durable_files import replace_file
from kvasir.errors import UnavailableError
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal, Scope
from kvasir.rag.answers import AnswerDelta, AnswerEnd, AnswerEvent, AnswerRequest, Usage
from kvasir.rag.engine import Catalogue
from kvasir.resources import KnowledgeBase
from kvasir.resources.loader import load_yaml
from kvasir.wiring import (
    EmbeddedStores,
    IndexToolbox,
    SourceContext,
    generation_settings,
    open_embedded_stores,
    open_reader,
    open_sources,
)
from kvasir_services.gateway.application import create_application
from kvasir_services.gateway.authentication import bearer_authenticator
from kvasir_services.gateway.catalogues import CatalogueFiles
from kvasir_services.gateway.runtime import Answering, Runtime, Timing

TENANTS = ("acme", "globex")
QUESTION = "How many days of paid leave does an employee have?"

RESOURCES = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {{name: {tenant}}}
spec: {{displayName: {tenant}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: handbook, namespace: {tenant}, creationTimestamp: "2026-11-20T10:00:00Z"}}
spec:
  embedding: {{none: {{}}}}
  sources:
    - name: pages
      inline:
        documents:
          - path: travel.md
            text: |
              # Travel

              Employees of {tenant} book trains in second class. Flights need approval by a manager.
          - path: leave.md
            text: |
              # Leave

              Every employee of {tenant} has 30 days of paid leave per year. Unused days expire in March.
          - path: secret.md
            access: {{groups: [board]}}
            text: |
              # Merger

              The board of {tenant} plans a merger with Initech in October.
    - name: uploads
      upload: {{}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: fixed, namespace: {tenant}, creationTimestamp: "2026-11-21T10:00:00Z"}}
spec:
  embedding: {{none: {{}}}}
  sources:
    - name: pages
      inline:
        documents:
          - {{path: prices.md, text: "A licence of {tenant} costs 12 euros per month."}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: empty, namespace: {tenant}, creationTimestamp: "2026-11-22T10:00:00Z"}}
spec:
  embedding: {{none: {{}}}}
  sources:
    - name: uploads
      upload: {{}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: assistant, namespace: {tenant}, creationTimestamp: "2026-11-22T11:00:00Z"}}
spec:
  knowledgeBases: [{{name: handbook}}, {{name: fixed}}]
  model: {{extractive: {{}}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: novice, namespace: {tenant}}}
spec:
  knowledgeBases: [{{name: empty}}]
  model: {{extractive: {{}}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: unready, namespace: {tenant}}}
spec:
  knowledgeBases: [{{name: missing}}]
  model: {{extractive: {{}}}}
"""


@dataclass(frozen=True, slots=True)
class Platform:
    """An open data directory. `keys` are secrets by tenant; `board` is the one of a member of that group at acme."""

    directory: Path
    stores: EmbeddedStores
    keys: Mapping[str, str]

    def headers(self, key: str = "acme") -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[key]}"}

    def runtime(self, *, engine: Answering | None = None, timing: Timing | None = None) -> Runtime:
        return Runtime(self.stores, CatalogueFiles(self.directory / "serving"), engine=engine, timing=timing)

    @asynccontextmanager
    async def client(
        self, *, key: str | None = "acme", engine: Answering | None = None, timing: Timing | None = None
    ) -> AsyncGenerator[httpx.AsyncClient]:
        """In process, over the whole application."""
        runtime = self.runtime(engine=engine, timing=timing)
        application = create_application(runtime, authenticate=bearer_authenticator(self.stores.api_keys))
        headers = {} if key is None else self.headers(key)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application), base_url="http://kvasir", headers=headers
        ) as client:
            yield client

    async def key(self, tenant: str, *scopes: Scope, groups: frozenset[str] = frozenset()) -> str:
        principal = Principal.system(tenant, "test")
        _, secret = await self.stores.api_keys.create(
            principal, "test", soon(), groups=groups, scopes=frozenset(scopes)
        )
        return secret

    async def ingest(self, tenant: str, name: str) -> Snapshot | None:
        """One run of a knowledge base, as the embedded driver does it."""
        resources = load_yaml(RESOURCES.format(tenant=tenant), file="test.yaml")
        resource = next(one for one in resources if isinstance(one, KnowledgeBase) and one.name == name)
        principal, scratch = Principal.system(tenant, "test"), self.directory / "scratch"
        context = SourceContext(principal, self.stores.uploads, {}, {}, {})
        reader = open_reader(scratch, processes=1)
        progress = Progress()
        tools = partial(IndexToolbox().tools, tenant)
        bench = Workbench(principal, name, self.stores.stores, reader, tools, _verify, scratch, progress)
        kept = await self.stores.stores.generations.runs(principal, name, soon())
        request = RunRequest(f"run-{len(kept)}", open_sources(resource, context), generation_settings(resource))
        try:
            report = await run(bench, request)
        finally:
            await reader.close()
        assert report.run.state == "Succeeded", report.run.message
        return report.snapshot


async def _verify(_: Snapshot) -> list[str]:
    return []


def soon() -> Deadline:
    return Deadline.after(60)


def write_serving(directory: Path, tenant: str, change: Callable[[str], str] = lambda text: text) -> None:
    """What the driver leaves for gateways."""
    replace_file(directory / "serving" / f"{tenant}.yaml", change(RESOURCES.format(tenant=tenant)).encode())


@asynccontextmanager
async def opened(directory: Path) -> AsyncGenerator[Platform]:
    """A prepared data directory."""
    stores = open_embedded_stores(directory / "stores")
    try:
        yield Platform(directory, stores, json.loads((directory / "keys.json").read_text()))
    finally:
        await stores.close()


async def prepare(directory: Path) -> None:
    """Two tenants, everything ingested but `empty`."""
    stores = open_embedded_stores(directory / "stores")
    try:
        platform = Platform(directory, stores, {})
        keys = {tenant: await platform.key(tenant, *Scope) for tenant in TENANTS}
        keys["board"] = await platform.key("acme", *Scope, groups=frozenset({"board"}))
        (directory / "keys.json").write_text(json.dumps(keys))
        for tenant in TENANTS:
            write_serving(directory, tenant)
            for name in ("handbook", "fixed"):
                await platform.ingest(tenant, name)
    finally:
        await stores.close()


class ScriptedEngine:
    """Does what the question says: `say:TEXT`, `sleep:SECONDS`, `break`, `crash`, `fail`, `stall`; then it ends.

    Attributes:
        closed: how many answers were closed, in whatever way they ended.
        requests: what was asked.
    """

    def __init__(self, log: Path | None = None) -> None:
        """`log` gets a line per closed answer, for tests in another process."""
        self._log = log
        self.closed = 0
        self.asked = asyncio.Event()
        self.requests: list[AnswerRequest] = []

    async def answer(self, catalogue: Catalogue, request: AnswerRequest) -> AsyncIterator[AnswerEvent]:
        self.requests.append(request)
        self.asked.set()
        text = ""
        try:
            for word in request.messages[-1].content.split():
                command, _, argument = word.partition(":")
                match command:
                    case "say":
                        text += argument
                        yield AnswerDelta(argument)
                    case "sleep":
                        await asyncio.sleep(float(argument))
                    case "stall":
                        await asyncio.Event().wait()
                    case "break":
                        raise UnavailableError("The model went away.", retry_after=2)
                    case "crash":
                        raise RuntimeError("a defect with a secret")
                    case "fail":
                        return
                    case _:
                        raise AssertionError(word)
            yield AnswerEnd(text=text, finish_reason="stop", usage=Usage(3, 4), grounded=True)
        finally:
            self.closed += 1
            if self._log is not None:
                with self._log.open("a") as log:
                    log.write("closed\n")

    async def search(self, *_: Any, **__: Any) -> Sequence[Any]:
        return []


def question(content: str, *, stream: bool = False, **others: Any) -> dict[str, Any]:
    """A request's body."""
    return {"model": "assistant", "messages": [{"role": "user", "content": content}], "stream": stream, **others}


def events(text: str) -> list[Any]:
    """The events of a stream: JSON values, `[DONE]` as it is, comments left out."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks), text
    values = [block.removeprefix("data: ") for block in blocks]
    return [value if value == "[DONE]" else json.loads(value) for value in values]
