"""What is said of a name that does not exist: what does exist.

For the control socket alone, whose callers own the whole platform: over HTTP a name may be another tenant's.
"""

from collections.abc import Iterable
from typing import Final

from kvasir.errors import NotFoundError
from kvasir.resources import Resource, Scope, Tenant
from kvasir.resources.sentences import closest

_MOST: Final = 10
"""Names that are told."""


def absent(model: type[Resource], namespace: str, name: str, resources: Iterable[Resource]) -> NotFoundError:
    """The error for an object that is not among the resources; an empty namespace means any."""
    everything = list(resources)
    namespaced = bool(namespace) and model.facts.scope is Scope.NAMESPACED
    if namespaced and not any(_is_or_is_in(one, namespace) for one in everything):
        return absent(Tenant, "", namespace, everything)
    there = [one for one in everything if isinstance(one, model) and (not namespaced or one.namespace == namespace)]
    where = f" in {namespace}" if namespaced else ""
    missing = f"There is no {model.__name__} {name}{where}."
    if not there:
        return NotFoundError(f"{missing} No {model.__name__} exists{where or ' yet'}.")
    near = closest(name, [one.name for one in there])
    meant = f" Did you mean {near}?" if near else ""
    listed = "" if near and len(there) == 1 else f" {_listed(there)}"
    return NotFoundError(f"{missing}{meant}{listed}")


def _is_or_is_in(resource: Resource, namespace: str) -> bool:
    return resource.namespace == namespace or (isinstance(resource, Tenant) and resource.name == namespace)


def _listed(there: list[Resource]) -> str:
    apart = len({one.namespace for one in there}) > 1
    names = [f"{one.namespace}/{one.name}" if apart else one.name for one in there]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"There {'is' if len(names) == 1 else 'are'}: {', '.join(names[:_MOST])}{more}."
