"""What an API server would keep beside each resource: metadata, status, events. Survives restarts."""

import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import orjson

from kvasir.durable_files import replace_file
from kvasir.planning.units import fingerprint
from kvasir.resources import READY, RECONCILING, STALLED, Condition, Key, Resource, Secret, Status, Tenant
from kvasir.resources.meta import KvasirResource
from kvasir.resources.tenant import DeletionPolicy

_EVENTS: Final = 200
_NEGATIVE: Final = frozenset({STALLED, "MassDeletion"})
"""Conditions that are bad news when they are true."""


@dataclass(frozen=True, slots=True)
class Event:
    """A transition of one condition, or what became of a file, as `kubectl get events` would show it."""

    time: datetime
    object: str
    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Record:
    """`digest` is of the spec; `conditions` are the last reported ones as JSON."""

    uid: str
    generation: int
    created: str
    digest: str
    conditions: Sequence[Mapping[str, Any]] = field(default_factory=tuple[Mapping[str, Any], ...])
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that is no longer desired. `retain` is a Tenant's deletion policy."""

    key: Key
    retain: bool


class Objects:
    """Resources as they are shown: the desired spec with the server's metadata and the observed status."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._clock = clock
        self._records = _read(path)
        self._objects: dict[Key, Resource] = {}
        self._specs: dict[Key, Resource] = {}
        self.events: deque[Event] = deque(maxlen=_EVENTS)

    def replace(self, desired: Mapping[Key, Resource]) -> Sequence[Gone]:
        """Takes over the desired resources; returns what is gone, also what went while nobody looked."""
        before = dict(self._records)
        names = {str(key) for key in desired}
        gone = [Gone(_key(name), retain=record.retain) for name, record in before.items() if name not in names]
        self._specs.clear()
        self._objects = {key: self._admitted(key, resource) for key, resource in desired.items()}
        self._records = {name: record for name, record in self._records.items() if name in self._names()}
        if self._records != before:
            self._save()
        return gone

    def get(self, key: Key) -> Resource | None:
        return self._objects.get(key)

    def all(self) -> Sequence[Resource]:
        """By kind, namespace and name."""
        return [self._objects[key] for key in sorted(self._objects, key=_order)]

    def specs(self) -> Sequence[Resource]:
        """As `all`, without status: what a file may say."""
        return [self._specs[key] for key in sorted(self._specs, key=_order)]

    def secrets(self, namespace: str) -> Mapping[str, Secret]:
        """Secrets of a namespace by name."""
        return {one.name: one for one in self.all() if isinstance(one, Secret) and one.namespace == namespace}

    def report(self, resource: KvasirResource, status: Status) -> bool:
        """Stores a status; an event per condition that changed. Whether anything did."""
        shown = self._objects.get(resource.key)
        if shown is None or getattr(shown, "status", None) == status:
            return False
        former = cast("Status", getattr(shown, "status", Status()))
        self._objects[resource.key] = shown.model_copy(update={"status": status})
        changed = [one for one in status.conditions if _differs(former.condition(one.type), one)]
        for condition in changed:
            if condition.message:  # what goes without saying is no event
                self._record_event(resource.key, condition, status)
        if changed:
            conditions = tuple(one.model_dump(mode="json") for one in status.conditions)
            self._records[str(resource.key)] = replace(self._records[str(resource.key)], conditions=conditions)
            self._save()
        return True

    def note(self, key: Key, kind: str, reason: str, message: str) -> None:
        """An event that no condition tells; none for an object that is gone."""
        if key in self._objects:
            self.events.append(Event(self._clock(), str(key), kind, reason, message))

    def _names(self) -> set[str]:
        return {str(key) for key in self._objects}

    def _record_event(self, key: Key, condition: Condition, status: Status) -> None:
        kind = "Warning" if _bad_news(condition, status) else "Normal"
        message = f"{condition.type}={condition.status}: {condition.message}"
        self.note(key, kind, condition.reason, message)

    def _admitted(self, key: Key, resource: Resource) -> Resource:
        name = str(key)
        digest = fingerprint(getattr(resource, "spec", resource))
        record = self._records.get(name)
        if record is None:
            record = _Record(str(uuid.uuid4()), 1, self._clock().isoformat(), digest)
        elif record.digest != digest:
            record = replace(record, digest=digest, generation=record.generation + 1)
        record = replace(record, retain=_retains(resource))
        self._records[name] = record
        metadata = resource.metadata.model_copy(
            update={
                "uid": record.uid,
                "generation": record.generation,
                "creation_timestamp": datetime.fromisoformat(record.created),
            }
        )
        spec = resource.model_copy(update={"metadata": metadata})
        self._specs[key] = spec
        return spec.model_copy(update={"status": self._status(key, resource, record)} if _has_status(spec) else {})

    def _status(self, key: Key, resource: Resource, record: _Record) -> Status:
        shown = self._objects.get(key)
        if shown is not None:
            return cast("Status", getattr(shown, "status", Status()))
        empty = cast("Status", getattr(resource, "status", Status()))
        conditions = tuple(Condition.model_validate(one) for one in record.conditions)
        return empty.model_copy(update={"conditions": conditions})

    def _save(self) -> None:
        content = {name: asdict(record) for name, record in sorted(self._records.items())}
        replace_file(self._path, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _read(path: Path) -> dict[str, _Record]:
    if not path.exists():
        return {}
    return {name: _Record(**record) for name, record in orjson.loads(path.read_bytes()).items()}


def _retains(resource: Resource) -> bool:
    return not isinstance(resource, Tenant) or resource.spec.deletion_policy is DeletionPolicy.RETAIN


def _key(name: str) -> Key:
    kind, _, place = name.partition(" ")
    namespace, _, last = place.rpartition("/")
    return Key(kind, namespace or None, last)


def _has_status(resource: Resource) -> bool:
    return isinstance(resource, KvasirResource)


def _differs(before: Condition | None, after: Condition) -> bool:
    return before is None or (before.status, before.reason) != (after.status, after.reason)


def _bad_news(condition: Condition, status: Status) -> bool:
    """What is only not ready yet is none."""
    if condition.type in _NEGATIVE:
        return condition.status == "True"
    if condition.type in (READY, RECONCILING):
        stalled = status.condition(STALLED)
        return (
            condition.status == "False" and condition.type == READY and stalled is not None and stalled.status == "True"
        )
    return condition.status == "False"


def _order(key: Key) -> tuple[str, str, str]:
    return key.kind, key.namespace or "", key.name
