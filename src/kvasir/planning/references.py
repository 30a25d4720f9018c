"""References between resources: which of them lead nowhere. Order is free, so this is worth a warning, never an error."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kvasir.planning.knowledge_base import secret_names
from kvasir.resources import (
    BUILT_IN_PLANS,
    BUILT_IN_STORES,
    ChatDeployment,
    ConfigMap,
    DataStore,
    Key,
    KnowledgeBase,
    KvasirResource,
    Plan,
    Resource,
    Secret,
    StoreRole,
    Tenant,
)
from kvasir.resources.sentences import closest


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to what does not exist; `near` is a name that may have been meant."""

    referrer: Key
    target: Key
    near: str | None = None

    def __str__(self) -> str:
        meant = f" Did you mean {self.near}?" if self.near else ""
        return f"{self.referrer} refers to {self.target}, which is neither in these files nor on the platform.{meant}"


def dangling(resources: Sequence[Resource], existing: Collection[Key]) -> Sequence[Dangling]:
    """References of resources that lead to none of them and to nothing that exists, each once, in their order."""
    there = {*existing, *(one.key for one in resources)}
    found = [
        Dangling(one.key, target, _near(target, there))
        for one in resources
        for target in _targets(one)
        if target not in there
    ]
    return list(dict.fromkeys(found))


def _near(target: Key, there: Collection[Key]) -> str | None:
    return closest(target.name, sorted(one.name for one in there if one[:2] == target[:2]))


def _targets(resource: Resource) -> Iterator[Key]:
    namespace = resource.namespace
    if isinstance(resource, KvasirResource) and namespace is not None:
        yield Key(Tenant.__name__, None, namespace)
    match resource:
        case Tenant():
            yield from _of_tenant(resource)
        case KnowledgeBase():
            for source in resource.spec.sources:
                if source.config_map is not None:
                    yield Key(ConfigMap.__name__, namespace, source.config_map.name)
            for secret in secret_names(resource):
                yield Key(Secret.__name__, namespace, secret)
        case ChatDeployment():
            for base in resource.spec.knowledge_bases:
                yield Key(KnowledgeBase.__name__, namespace, base.name)
            model = resource.spec.model.openai_compatible
            if model is not None and model.api_key_secret_ref is not None:
                yield Key(Secret.__name__, namespace, model.api_key_secret_ref.name)
        case _:
            return


def _of_tenant(resource: Tenant) -> Iterator[Key]:
    spec = resource.spec
    if spec.plan is not None and spec.plan.name not in BUILT_IN_PLANS:
        yield Key(Plan.__name__, None, spec.plan.name)
    for role in StoreRole:
        store = getattr(spec.data_stores, role.value.lower(), None)
        if store is not None and store.name not in BUILT_IN_STORES:
            yield Key(DataStore.__name__, None, store.name)
