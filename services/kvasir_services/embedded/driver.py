"""The embedded driver: observes, plans, realises the units as live objects, reports. Level-triggered."""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, assert_never

from kvasir.durable_files import replace_file
from kvasir.ingestion.uploads import attachments_prefix
from kvasir.ingestion.workbench import knowledge_base_prefix
from kvasir.planning import billing_plan, chat_deployment, data_store, knowledge_base, tenant, unsupported
from kvasir.planning.outcome import Outcome
from kvasir.planning.units import (
    Gateway,
    IngestRun,
    KeyMaterial,
    Route,
    ServedModel,
    StoreLayout,
    TenantBoundary,
    Unit,
)
from kvasir.ports.deadline import Deadline
from kvasir.resources import (
    ChatDeployment,
    DataStore,
    KnowledgeBase,
    Plan,
    Resource,
    Status,
    Tenant,
    dump_yaml,
)
from kvasir.resources.meta import KvasirResource
from kvasir.telemetry import logger
from kvasir.wiring import EmbeddedStores
from kvasir_services.embedded.data_directory import DataDirectory
from kvasir_services.embedded.ingestion import Ingestion, RunMaterial
from kvasir_services.embedded.objects import Gone, Objects
from kvasir_services.embedded.observe import (
    config_maps_of,
    observe_chat_deployment,
    observe_knowledge_base,
    observe_tenant,
    secrets_of,
    system,
)

_LOG = logger("embedded")
_SECONDS: Final = 60.0
_RESYNC: Final = 600.0
_ORDER: Final = (Plan, DataStore, Tenant, KnowledgeBase, ChatDeployment)


@dataclass(slots=True)
class Driver:
    """One level-triggered loop over all resources.

    Attributes:
        volumes: claim name to folder; `changes`: claim name to a token that changes with its content.
        url: of the gateways, once they listen.
    """

    directory: DataDirectory
    objects: Objects
    stores: EmbeddedStores
    ingestion: Ingestion
    volumes: Mapping[str, Path]
    changes: dict[str, str] = field(default_factory=dict[str, str])
    url: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something changed: look again soon."""
        self._wake.set()

    async def run(self) -> None:
        """Reconciles whenever woken, and when a plan asked for it; until cancelled."""
        while True:
            self._wake.clear()
            delay = await self.reconcile()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(delay, _RESYNC)):
                    await self._wake.wait()

    async def reconcile(self) -> float:
        """One pass over everything; the seconds until the next is due."""
        delays = [_RESYNC]
        for kind in (*_ORDER, KvasirResource):
            for resource in self.objects.all():
                if _kind_of(resource) is kind and isinstance(resource, KvasirResource):
                    outcome = await self._plan(resource)
                    self.objects.report(resource, outcome.status)
                    if outcome.retry_after is not None:
                        delays.append(outcome.retry_after)
                    for unit in outcome.units:
                        await self._realise(unit, resource)
        self._write_serving()
        return min(delays)

    async def removed(self, gone: Sequence[Gone]) -> None:
        """Takes down what removed resources had: index data of a knowledge base, and under Delete a whole tenant."""
        for one in gone:
            if one.key.kind == KnowledgeBase.__name__:
                await self._remove_knowledge_base(one.key.namespace or "", one.key.name)
            elif one.key.kind == Tenant.__name__ and not one.retain:
                await self._remove_tenant(one.key.name)

    async def _plan(self, resource: KvasirResource) -> Outcome[Status]:
        now, everything = self.clock(), self.objects.all()
        match resource:
            case Tenant():
                return tenant.plan(resource, observe_tenant(resource, everything, self.url), now)
            case KnowledgeBase():
                observed = await observe_knowledge_base(
                    resource,
                    everything,
                    stores=self.stores.stores,
                    uploads=self.stores.uploads,
                    volumes=self.volumes,
                    changes=self.changes,
                    running=self.ingestion.running(resource.namespace or "", resource.name),
                    unrecorded=self.ingestion.unrecorded_runs(resource.namespace or "", resource.name),
                )
                return knowledge_base.plan(resource, observed, now)
            case ChatDeployment():
                chat = observe_chat_deployment(resource, everything, self.url)
                return chat_deployment.plan(resource, chat, now)
            case Plan():
                tenants = [one for one in everything if isinstance(one, Tenant)]
                return billing_plan.plan(resource, tenants, now)
            case DataStore():
                return data_store.plan(resource, now)
            case _:
                return unsupported.plan(resource, now)

    async def _realise(self, unit: Unit, resource: Resource) -> None:
        match unit:
            case IngestRun():
                everything = self.objects.all()
                material = RunMaterial(
                    config_maps_of(resource, everything), secrets_of(resource, everything), self.volumes
                )
                self.ingestion.start(unit, material)
            case KeyMaterial():
                await self._bootstrap_key(unit.tenant)
            case TenantBoundary() | StoreLayout() | Gateway() | ServedModel() | Route():
                # One process and one data directory: separation is the stores' own, and gateways read what
                # `_write_serving` leaves them.
                pass
            case _:
                assert_never(unit)

    async def _bootstrap_key(self, name: str) -> None:
        """The tenant's first key, made once; removing its file makes a new one."""
        path = self.directory.bootstrap_keys / name
        if path.exists():
            return
        deadline = Deadline.after(_SECONDS)
        for key in await self.stores.api_keys.list(system(name), deadline):
            if key.name == "bootstrap":
                await self.stores.api_keys.revoke(system(name), key.id, deadline)
        _, secret = await self.stores.api_keys.create(system(name), "bootstrap", deadline)
        replace_file(path, secret.encode())

    def _write_serving(self) -> None:
        """Each tenant's resources, for the gateways; replaced only when they differ."""
        specs = self.objects.specs()
        names = {one.name for one in specs if isinstance(one, Tenant)}
        for name in names:
            mine = [one for one in specs if one.namespace == name or (isinstance(one, Tenant) and one.name == name)]
            content = dump_yaml(*mine).encode()
            path = self.directory.serving / f"{name}.yaml"
            if not path.exists() or path.read_bytes() != content:
                replace_file(path, content)
        for path in self.directory.serving.glob("*.yaml"):
            if path.stem not in names:
                path.unlink(missing_ok=True)

    async def _remove_knowledge_base(self, name: str, knowledge_base_name: str) -> None:
        principal, deadline = system(name), Deadline.after(_SECONDS)
        await self.ingestion.stop(name, knowledge_base_name)
        stores = self.stores.stores
        await stores.generations.drop_knowledge_base(principal, knowledge_base_name, deadline)
        await stores.passages.purge(principal, knowledge_base_name, {}, deadline)
        for prefix in (knowledge_base_prefix(knowledge_base_name), attachments_prefix(knowledge_base_name)):
            await self._remove_blobs(name, prefix)
        shutil.rmtree(self.directory.scratch / name / knowledge_base_name, ignore_errors=True)
        _LOG.info("removed knowledge base %s/%s", name, knowledge_base_name)

    async def _remove_blobs(self, name: str, prefix: str) -> None:
        principal, deadline = system(name), Deadline.after(_SECONDS)
        blobs = self.stores.stores.blobs
        while page := (await blobs.list(principal, prefix, deadline)).items:
            for blob in page:
                await blobs.delete(principal, blob.key, deadline)

    async def _remove_tenant(self, name: str) -> None:
        await self.stores.api_keys.revoke_all(system(name), Deadline.after(_SECONDS))
        await self._remove_blobs(name, "")
        with suppress(FileNotFoundError):
            (self.directory.bootstrap_keys / name).unlink()


def _kind_of(resource: Resource) -> type[Resource]:
    return next((kind for kind in _ORDER if isinstance(resource, kind)), KvasirResource)
