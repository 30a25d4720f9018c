"""What the control socket can do. Plain functions over the supervisor; JSON-ready results."""

from dataclasses import asdict
from typing import Any

from kvasir.errors import ConflictError, InvalidInputError, NotFoundError
from kvasir.planning.changes import change
from kvasir.ports.api_keys import ApiKey
from kvasir.ports.deadline import Deadline
from kvasir.resources import Key, KnowledgeBase, Resource, Tenant, load_yaml
from kvasir.resources.registry import find_kind
from kvasir_services.embedded.observe import system
from kvasir_services.embedded.supervisor import Supervisor

_SECONDS = 30.0


def show(supervisor: Supervisor, kind: str, namespace: str, name: str) -> list[dict[str, Any]]:
    """Resources with status. InvalidInputError for an unknown kind, NotFoundError for a name that does not exist."""
    model = None
    if kind:
        model = find_kind(kind)
        if model is None:
            raise InvalidInputError(f"There is no kind {kind!r}.", field="kind", fix="see `kvasir get --help`")
    found = [
        resource
        for resource in supervisor.driver.objects.all()
        if (model is None or isinstance(resource, model))
        and (not namespace or resource.namespace in {None, namespace})
        and (not name or resource.name == name)
    ]
    if name and not found:
        raise NotFoundError(f"There is no {kind} {name!r}" + (f" in {namespace}." if namespace else "."))
    return [resource.model_dump(mode="json") for resource in found]


def show_events(supervisor: Supervisor) -> list[dict[str, Any]]:
    return [asdict(event) for event in supervisor.driver.objects.events]


def show_runs(supervisor: Supervisor) -> list[dict[str, Any]]:
    """Live runs with their progress; `stuck` means no advance for longer than any document may take."""
    return [
        {
            "tenant": tenant,
            "knowledgeBase": name,
            "run": live.unit.name,
            "cause": live.unit.cause,
            "step": str(live.progress.step),
            "counts": live.progress.snapshot(),
            "doing": sorted(live.progress.doing),
            "idleSeconds": round(live.progress.idle_seconds, 1),
            "stuck": live.progress.stuck,
        }
        for (tenant, name), live in sorted(supervisor.driver.ingestion.live.items())
    ]


async def apply(supervisor: Supervisor, text: str, file: str) -> list[dict[str, Any]]:
    """Takes all resources of the text or none. InvalidResourceError, ConflictError for what a file owns."""
    resources = load_yaml(text, file=file)
    changes = diff(supervisor, text, file)
    supervisor.desired.apply(resources)
    await supervisor.reload()
    return changes


def diff(supervisor: Supervisor, text: str, file: str) -> list[dict[str, Any]]:
    """What applying the text would change."""
    objects = supervisor.driver.objects
    return [asdict(change(objects.get(resource.key), resource)) for resource in load_yaml(text, file=file)]


async def delete(supervisor: Supervisor, kind: str, namespace: str, name: str) -> dict[str, Any]:
    """Deletes an applied resource. ConflictError naming the file for one that a folder owns."""
    resource = _find(supervisor, kind, namespace, name)
    supervisor.desired.delete(resource.key)
    await supervisor.reload()
    return asdict(change(resource, None))


async def documents(supervisor: Supervisor, tenant: str, knowledge_base: str, after: str | None) -> dict[str, Any]:
    """A page of documents with what became of them in the generation that answers."""
    _require(supervisor, Key(KnowledgeBase.__name__, tenant, knowledge_base))
    stores, principal, deadline = supervisor.driver.stores.stores, system(tenant), Deadline.after(_SECONDS)
    head = await stores.generations.head(principal, knowledge_base, deadline)
    page = await stores.documents.list(
        principal, knowledge_base, deadline, generation=head.generation if head else 1, after=after, limit=100
    )
    rows = [
        {
            "id": row.document.id,
            "source": row.document.source,
            "path": row.document.path,
            "version": row.document.version[:12],
            "bytes": row.document.size,
            "state": "Waiting" if row.outcome is None else str(row.outcome.state),
            "passages": 0 if row.outcome is None else row.outcome.passages,
            "reason": "" if row.outcome is None else row.outcome.reason,
            "message": "" if row.outcome is None else row.outcome.message,
            "warnings": [] if row.outcome is None else list(row.outcome.warnings),
        }
        for row in page.items
    ]
    return {"documents": rows, "after": page.after}


async def rollback(supervisor: Supervisor, tenant: str, knowledge_base: str) -> dict[str, Any]:
    """Pins the kept generation before the one that answers.

    For a resource that a file owns nothing is changed: `owner` names the file and `line` is what to add there.
    """
    key = Key(KnowledgeBase.__name__, tenant, knowledge_base)
    resource = _require(supervisor, key)
    assert isinstance(resource, KnowledgeBase)  # noqa: S101 - the key says so
    kept = await supervisor.driver.stores.stores.generations.list(
        system(tenant), knowledge_base, Deadline.after(_SECONDS)
    )
    active = next((one.number for one in kept if one.active), 0)
    earlier = [one.number for one in kept if one.number != active and one.revision]
    if not earlier:
        raise ConflictError(f"Knowledge base {knowledge_base!r} keeps no other generation to go back to.")
    number = earlier[-1]
    origin = supervisor.desired.current.origins.get(key)
    if origin is not None:
        return {"generation": number, "owner": str(origin), "line": f"  pinnedGeneration: {number}"}
    spec = resource.spec.model_copy(update={"pinned_generation": number})
    current = supervisor.desired.current.resources[key]
    supervisor.desired.apply([current.model_copy(update={"spec": spec})])
    await supervisor.reload()
    return {"generation": number, "owner": None, "line": None}


async def create_key(supervisor: Supervisor, tenant: str, name: str, groups: frozenset[str]) -> dict[str, Any]:
    """A new API key with its secret. NotFoundError for an unknown tenant."""
    _require(supervisor, Key(Tenant.__name__, None, tenant))
    key, secret = await supervisor.driver.stores.api_keys.create(
        system(tenant), name, Deadline.after(_SECONDS), groups=groups
    )
    return {**_shown(key), "secret": secret}


async def list_keys(supervisor: Supervisor, tenant: str) -> list[dict[str, Any]]:
    _require(supervisor, Key(Tenant.__name__, None, tenant))
    keys = await supervisor.driver.stores.api_keys.list(system(tenant), Deadline.after(_SECONDS))
    return [_shown(key) for key in keys]


async def revoke_key(supervisor: Supervisor, tenant: str, key: str) -> None:
    await supervisor.driver.stores.api_keys.revoke(system(tenant), key, Deadline.after(_SECONDS))


def _shown(key: ApiKey) -> dict[str, Any]:
    return {**asdict(key), "groups": sorted(key.groups), "scopes": sorted(key.scopes)}


def _find(supervisor: Supervisor, kind: str, namespace: str, name: str) -> Resource:
    model = find_kind(kind)
    if model is None:
        raise InvalidInputError(f"There is no kind {kind!r}.", field="kind")
    found = [
        one
        for one in supervisor.driver.objects.all()
        if isinstance(one, model) and one.name == name and (not namespace or one.namespace in {None, namespace})
    ]
    if len(found) > 1:
        places = ", ".join(str(one.namespace) for one in found)
        raise InvalidInputError(f"{kind} {name!r} exists in {places}.", field="namespace", fix="name one with -n")
    if not found:
        raise NotFoundError(f"There is no {kind} {name!r}.")
    return found[0]


def _require(supervisor: Supervisor, key: Key) -> Resource:
    found = supervisor.driver.objects.get(key)
    if found is None:
        raise NotFoundError(f"There is no {key}.")
    return found
