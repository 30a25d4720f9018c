"""What the embedded world observes, for planning."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from kvasir.ingestion.uploads import Uploads
from kvasir.ingestion.workbench import Stores
from kvasir.planning.chat_deployment import ChatDeploymentObservation, KnowledgeBaseState
from kvasir.planning.knowledge_base import KnowledgeBaseObservation
from kvasir.planning.tenant import TenantObservation
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import IndexState, Run
from kvasir.ports.principal import Principal
from kvasir.resources import (
    READY,
    ChatDeployment,
    ConfigMap,
    DataStore,
    KnowledgeBase,
    Namespace,
    Plan,
    Resource,
    Secret,
    Tenant,
)
from kvasir.resources.knowledge_base import DocumentFailure

_FAILURES = 20
_SECONDS = 30.0


def system(tenant: str) -> Principal:
    """The platform, acting for one tenant."""
    return Principal.system(tenant, "platform")


def observe_tenant(resource: Tenant, resources: Sequence[Resource], url: str | None) -> TenantObservation:
    namespaces = {one.name: one for one in resources if isinstance(one, Namespace)}
    return TenantObservation(
        namespace=namespaces.get(resource.name),
        plans={one.name: one for one in resources if isinstance(one, Plan)},
        stores={one.name: one for one in resources if isinstance(one, DataStore)},
        url=url,
    )


def observe_chat_deployment(
    resource: ChatDeployment, resources: Sequence[Resource], url: str | None
) -> ChatDeploymentObservation:
    tenant = _tenant_of(resource, resources)
    knowledge_bases = {
        one.name: KnowledgeBaseState(
            answers=one.status.generation is not None,
            ready=one.status.condition(READY),
            grounding=one.spec.grounding,
        )
        for one in resources
        if isinstance(one, KnowledgeBase) and one.namespace == resource.namespace
    }
    return ChatDeploymentObservation(
        tenant_exists=tenant is not None,
        tenant_ready=tenant is not None and is_ready(tenant),
        knowledge_bases=knowledge_bases,
        secrets=frozenset(_digests(resource, resources, Secret)),
        domains=tenant.spec.domains if tenant is not None else (),
        hosts=_hosts(resources),
        url=url,
    )


async def observe_knowledge_base(
    resource: KnowledgeBase,
    resources: Sequence[Resource],
    *,
    stores: Stores,
    uploads: Uploads,
    volumes: Mapping[str, Path],
    changes: Mapping[str, str],
    running: frozenset[str],
    unrecorded: Sequence[Run] = (),
) -> KnowledgeBaseObservation:
    """`changes` maps watched volumes to tokens that change with their content.

    `unrecorded` are the newest runs, whose end could not be written down.
    """
    tenant = _tenant_of(resource, resources)
    principal, deadline = system(resource.namespace or ""), Deadline.after(_SECONDS)
    generations = await stores.generations.list(principal, resource.name, deadline)
    active = next((one for one in generations if one.active), None)
    documents = passages = quarantined = 0
    failures: list[DocumentFailure] = []
    if generations:
        served = active or generations[-1]
        counted = await stores.documents.count(principal, resource.name, served.number, deadline)
        documents, passages, quarantined = counted.written, counted.passages, counted.quarantined
        if quarantined:
            failures = await _failures(stores, principal, resource.name, served.number, deadline)
    return KnowledgeBaseObservation(
        tenant_exists=tenant is not None,
        tenant_ready=tenant is not None and is_ready(tenant),
        config_maps=_digests(resource, resources, ConfigMap),
        secrets=_digests(resource, resources, Secret),
        claims=frozenset(volumes),
        source_changes=await _source_changes(resource, principal, uploads, changes, deadline),
        generations=generations,
        runs=[*unrecorded, *await stores.generations.runs(principal, resource.name, deadline)],
        running=running,
        documents=documents,
        passages=passages,
        quarantined=quarantined,
        failures=failures,
    )


def is_ready(resource: Tenant | KnowledgeBase | ChatDeployment) -> bool:
    """Whether the last reported Ready condition holds."""
    ready = resource.status.condition(READY)
    return ready is not None and ready.status == "True"


async def _failures(
    stores: Stores, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline
) -> list[DocumentFailure]:
    """The last ones by source and path."""
    failures: list[DocumentFailure] = []
    after: str | None = None
    while True:
        page = await stores.documents.list(
            principal, knowledge_base, deadline, generation=generation, after=after, limit=1000
        )
        failures += [
            DocumentFailure(
                source=row.document.source,
                document=row.document.path[:1024],
                reason=row.outcome.reason,
                message=row.outcome.message[:1024],
            )
            for row in page.items
            if row.outcome is not None and row.outcome.state is IndexState.QUARANTINED
        ]
        after = page.after
        if after is None:
            return failures[-_FAILURES:]


async def _source_changes(
    resource: KnowledgeBase, principal: Principal, uploads: Uploads, changes: Mapping[str, str], deadline: Deadline
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for source in resource.spec.sources:
        if source.volume is not None:
            found[source.name] = changes.get(source.volume.claim_name, "")
        elif source.upload is not None:
            attachments = await uploads.attachments(principal, resource.name, source.name, deadline)
            found[source.name] = hashlib.sha256(repr(attachments).encode()).hexdigest()
    return found


def _tenant_of(resource: Resource, resources: Sequence[Resource]) -> Tenant | None:
    return next((one for one in resources if isinstance(one, Tenant) and one.name == resource.namespace), None)


def _digests(
    resource: Resource, resources: Sequence[Resource], kind: type[ConfigMap] | type[Secret]
) -> Mapping[str, str]:
    return {
        one.name: hashlib.sha256(repr(sorted(one.contents.items())).encode()).hexdigest()
        for one in resources
        if isinstance(one, kind) and one.namespace == resource.namespace
    }


def _hosts(resources: Sequence[Resource]) -> Mapping[str, str]:
    """Host to the tenant whose deployment claimed it first."""
    claims = [
        (one.metadata.creation_timestamp, one.name, target.host, one.namespace or "")
        for one in resources
        if isinstance(one, ChatDeployment)
        for route in one.spec.routes
        if (target := route.ingress or route.http_route) is not None
    ]
    hosts: dict[str, str] = {}
    for _, _, host, tenant in sorted(claims, key=lambda claim: (str(claim[0]), claim[1], claim[2])):
        hosts.setdefault(host, tenant)
    return hosts


def secrets_of(resource: Resource, resources: Sequence[Resource]) -> Mapping[str, Secret]:
    """Secrets of the resource's namespace, by name."""
    return {one.name: one for one in resources if isinstance(one, Secret) and one.namespace == resource.namespace}


def config_maps_of(resource: Resource, resources: Sequence[Resource]) -> Mapping[str, ConfigMap]:
    """ConfigMaps of the resource's namespace, by name."""
    return {one.name: one for one in resources if isinstance(one, ConfigMap) and one.namespace == resource.namespace}
