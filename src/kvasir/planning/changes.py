"""What an edit would do, before it does: fields that differ, and the consequences that matter to an operator."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from kvasir.resources import ChatDeployment, ConfigMap, KnowledgeBase, Resource, Secret, Tenant


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field by its path, e.g. `spec.splitting.size`; None stands for absent."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One object's change. `consequences` are sentences."""

    action: Action
    kind: str
    namespace: str | None
    name: str
    fields: tuple[FieldChange, ...] = ()
    consequences: tuple[str, ...] = ()


def change(before: Resource | None, after: Resource | None) -> Change:
    """The change from one state of an object to another; exactly one of the two may be None."""
    resource = after or before
    if resource is None:
        raise ValueError("nothing to compare")
    if before is None:
        action, fields = Action.CREATE, ()
    elif after is None:
        action, fields = Action.DELETE, ()
    else:
        fields = tuple(_differences(_content(before), _content(after)))
        action = Action.UPDATE if fields else Action.UNCHANGED
    consequences = () if action is Action.UNCHANGED else tuple(_consequences(action, before, after))
    return Change(action, resource.kind, resource.namespace, resource.name, fields, consequences)


def _content(resource: Resource) -> Mapping[str, Any]:
    content = resource.model_dump(mode="json", exclude={"status"})
    metadata = content.get("metadata", {})
    content["metadata"] = {key: metadata[key] for key in ("labels", "annotations") if key in metadata}
    if isinstance(resource, Secret):
        for field in ("data", "stringData"):
            content[field] = dict.fromkeys(content.get(field, {}), "(secret)")
    return content


def _differences(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and _named(before) and _named(after):
        old_items = {item["name"]: item for item in cast("list[dict[str, Any]]", before)}
        new_items = {item["name"]: item for item in cast("list[dict[str, Any]]", after)}
        for name in dict.fromkeys([*old_items, *new_items]):
            yield from _differences(old_items.get(name), new_items.get(name), f"{path}[{name}]")
    elif before != after:
        yield FieldChange(path, before, after)


def _named(items: Any) -> bool:
    members = cast("list[Any]", items)
    return all(isinstance(item, dict) and "name" in item for item in members)


def _consequences(action: Action, before: Resource | None, after: Resource | None) -> Iterator[str]:
    match after or before:
        case KnowledgeBase():
            yield from _of_knowledge_base(cast("KnowledgeBase | None", before), cast("KnowledgeBase | None", after))
        case ChatDeployment() if action is Action.UPDATE:
            yield "Running answers end under the old settings; new requests use the new ones."
        case ChatDeployment() if action is Action.DELETE:
            yield f"Model {before.name!r} is no longer served." if before else ""
        case Tenant() if action is Action.DELETE and before is not None:
            policy = cast("Tenant", before).spec.deletion_policy
            yield "Its data and keys are kept (Retain)." if policy == "Retain" else "Its data and keys are deleted."
        case ConfigMap() if action is Action.UPDATE:
            yield "Knowledge bases that read it index the changed keys."
        case _:
            return


def _of_knowledge_base(before: KnowledgeBase | None, after: KnowledgeBase | None) -> Iterator[str]:
    if after is None:
        yield "Its index and its uploaded files' attachments are deleted."
        return
    if before is None:
        yield f"Generation 1 is built from {_count(after.spec.sources, 'source')}."
        return
    old, new = before.spec, after.spec
    rebuilt = [name for name in ("splitting", "parsing") if getattr(old, name) != getattr(new, name)]
    if old.embedding.identity != new.embedding.identity:
        rebuilt.append("embedding")
    elif old.embedding != new.embedding:
        yield (
            "embedding: the same model is run another way. Its vectors of 32 probe texts are compared with those of the index; "
            "where they agree nothing is indexed again."
        )
    if rebuilt and new.pinned_generation is None:
        number = (before.status.generation or 0) + 1
        documents = before.status.documents or 0
        yield (
            f"{', '.join(rebuilt)}: starts a new index generation ({number}). {documents} documents are indexed "
            "again beside the one that answers; it takes over once it is complete and verified."
        )
    removed = {source.name for source in old.sources} - {source.name for source in new.sources}
    if removed:
        yield f"Documents of {', '.join(sorted(removed))} are removed from every kept generation."
    if old.access != new.access:
        yield "Access changes at once, without indexing again."
    if new.pinned_generation is not None and new.pinned_generation != old.pinned_generation:
        yield f"Generation {new.pinned_generation} answers, whatever newer ones exist."


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
