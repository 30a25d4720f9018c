"""A data directory as `kvasir up` leaves it: two tenants with the same names, real stores, real documents."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from kvasir.durable_files import replace_file
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal, Scope
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

RESOURCES = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {{name: {tenant}}}
spec: {{displayName: {tenant}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: handbook, namespace: {tenant}}}
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
metadata: {{name: fixed, namespace: {tenant}}}
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
metadata: {{name: empty, namespace: {tenant}}}
spec:
  embedding: {{none: {{}}}}
  sources:
    - name: uploads
      upload: {{}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: assistant, namespace: {tenant}}}
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
    """An open data directory. `keys` are secrets by tenant; `board` belongs to a member of that group at acme."""

    directory: Path
    stores: EmbeddedStores
    keys: Mapping[str, str]
    board: str

    def headers(self, tenant: str = "acme") -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[tenant]}"}

    def runtime(self, *, engine: Answering | None = None, timing: Timing | None = None) -> Runtime:
        return Runtime(self.stores, CatalogueFiles(self.directory / "serving"), engine=engine, timing=timing)

    @asynccontextmanager
    async def client(
        self, *, tenant: str | None = "acme", engine: Answering | None = None, timing: Timing | None = None
    ) -> AsyncGenerator[httpx.AsyncClient]:
        """In process, over the whole application."""
        runtime = self.runtime(engine=engine, timing=timing)
        application = create_application(runtime, authenticate=bearer_authenticator(self.stores.api_keys))
        headers = {} if tenant is None else self.headers(tenant)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://kvasir", headers=headers) as client:
            yield client

    async def key(self, tenant: str, *scopes: Scope, groups: frozenset[str] = frozenset()) -> str:
        _, secret = await self.stores.api_keys.create(
            Principal.system(tenant, "test"), "test", soon(), groups=groups, scopes=frozenset(scopes or Scope)
        )
        return secret

    async def ingest(self, tenant: str, name: str) -> Snapshot | None:
        """One run of a knowledge base, as the embedded driver does it."""
        resource = next(
            one
            for one in load_yaml(RESOURCES.format(tenant=tenant), file="test.yaml")
            if isinstance(one, KnowledgeBase) and one.name == name
        )
        principal, scratch = Principal.system(tenant, "test"), self.directory / "scratch"
        context = SourceContext(principal, self.stores.uploads, {}, {}, {})
        reader = open_reader(scratch, processes=1)

        async def verify(_: Snapshot) -> list[str]:
            return []

        bench = Workbench(
            principal, name, self.stores.stores, reader, IndexToolbox().tools, verify, scratch, Progress()
        )
        request = RunRequest(f"run-{next(_NUMBERS)}", open_sources(resource, context), generation_settings(resource))
        try:
            report = await run(bench, request)
        finally:
            await reader.close()
        assert report.run.state == "Succeeded", report.run.message
        return report.snapshot


_NUMBERS: Iterator[int] = iter(range(1_000_000))


def soon() -> Deadline:
    return Deadline.after(30)


def write_serving(directory: Path, tenant: str, change: Callable[[str], str] = lambda text: text) -> None:
    """What the driver leaves for gateways."""
    replace_file(directory / "serving" / f"{tenant}.yaml", change(RESOURCES.format(tenant=tenant)).encode())


@asynccontextmanager
async def opened(directory: Path) -> AsyncGenerator[Platform]:
    """Everything but what is ingested."""
    stores = open_embedded_stores(directory / "stores")
    try:
        keys: dict[str, str] = {}
        for tenant in TENANTS:
            write_serving(directory, tenant)
            _, keys[tenant] = await stores.api_keys.create(Principal.system(tenant, "test"), "test", soon())
        platform = Platform(directory, stores, keys, "")
        board = await platform.key("acme", groups=frozenset({"board"}))
        yield Platform(directory, stores, keys, board)
    finally:
        await stores.close()
