"""What the control socket can do. Plain functions over the supervisor; JSON-ready results."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kvasir.errors import InvalidInputError
from kvasir.planning.changes import change
from kvasir.planning.references import dangling
from kvasir.planning.rollback import generation_before
from kvasir.ports.api_keys import ApiKey
from kvasir.ports.deadline import Deadline
from kvasir.resources import Key, KnowledgeBase, Resource, Tenant, load_yaml
from kvasir.resources.registry import KINDS, kind_named
from kvasir_services.embedded.not_found import absent
from kvasir_services.embedded.observe import system
from kvasir_services.embedded.supervisor import Supervisor

_SECONDS = 30.0


def show(supervisor: Supervisor, kind: str, namespace: str, name: str) -> list[dict[str, Any]]:
    """Resources with status. InvalidInputError for an unknown kind, NotFoundError for a name that does not exist."""
    if name and not kind:
        raise InvalidInputError("A name needs its kind.", field="kind")
    model = kind_named(kind) if kind else Resource
    found = _named(supervisor, model, namespace, name) if name else _of(supervisor, model, namespace)
    return [resource.model_dump(mode="json") for resource in found]


def show_events(supervisor: Supervisor) -> list[dict[str, Any]]:
    return [asdict(event) for event in supervisor.driver.objects.events]


def show_problems(supervisor: Supervisor) -> list[dict[str, Any]]:
    """What is wrong with the watched files, and the objects that are what a file said before."""
    origins = supervisor.desired.current.origins
    return [
        {"message": str(one), "objects": [str(key) for key, origin in origins.items() if origin.file == one.file]}
        for one in supervisor.problems
    ]


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


def references(supervisor: Supervisor, texts: Iterable[tuple[str, str]]) -> list[str]:
    """Sentences on references of all texts together that lead neither into them nor to an object."""
    resources = [one for text, file in texts for one in load_yaml(text, file=file)]
    return [str(one) for one in dangling(resources, {one.key for one in supervisor.driver.objects.all()})]


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
    """Pins the kept generation before the one that answers. ConflictError when there is none.

    For a resource that a file owns nothing is changed: `owner` names the file and `line` is what to write there, in
    place of the pin `former` where there is one.
    """
    key = Key(KnowledgeBase.__name__, tenant, knowledge_base)
    resource = _require(supervisor, key)
    assert isinstance(resource, KnowledgeBase)  # noqa: S101 - the key says so
    kept = await supervisor.driver.stores.stores.generations.list(
        system(tenant), knowledge_base, Deadline.after(_SECONDS)
    )
    number = generation_before(knowledge_base, kept)
    former = resource.spec.pinned_generation
    origin = supervisor.desired.current.origins.get(key)
    if origin is not None:
        line = f"  pinnedGeneration: {number}"
        return {"generation": number, "owner": str(origin), "line": line, "former": former}
    spec = resource.spec.model_copy(update={"pinned_generation": number})
    current = supervisor.desired.current.resources[key]
    supervisor.desired.apply([current.model_copy(update={"spec": spec})])
    await supervisor.reload()
    return {"generation": number, "owner": None, "line": None, "former": former}


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
    found = _named(supervisor, kind_named(kind), namespace, name)
    if len(found) > 1:
        places = ", ".join(str(one.namespace) for one in found)
        raise InvalidInputError(f"{kind} {name!r} exists in {places}.", field="namespace", fix="name one with -n")
    return found[0]


def _require(supervisor: Supervisor, key: Key) -> Resource:
    found = supervisor.driver.objects.get(key)
    if found is None:
        raise absent(KINDS[key.kind], key.namespace or "", key.name, supervisor.driver.objects.all())
    return found


def _named(supervisor: Supervisor, model: type[Resource], namespace: str, name: str) -> Sequence[Resource]:
    """At least one. NotFoundError saying what there is."""
    found = [one for one in _of(supervisor, model, namespace) if one.name == name]
    if not found:
        raise absent(model, namespace, name, supervisor.driver.objects.all())
    return found


def _of(supervisor: Supervisor, model: type[Resource], namespace: str) -> Sequence[Resource]:
    """Objects of a kind, of one namespace or all; cluster-scoped ones stand in each."""
    everything = supervisor.driver.objects.all()
    return [
        one for one in everything if isinstance(one, model) and (not namespace or one.namespace in {None, namespace})
    ]
