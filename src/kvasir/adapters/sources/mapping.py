"""Sources whose content stands in resources: `inline` documents and the entries of a ConfigMap."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from kvasir.errors import NotFoundError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, SourceItem


@dataclass(frozen=True, slots=True)
class MappingSource:
    """Path to content, all of it in memory; bounded by what a Kubernetes object can hold.

    Attributes:
        access: of every document, or None.
        own_access: of single documents by path; wins over `access`.
    """

    name: str
    content: Mapping[str, bytes]
    access: Access = None
    own_access: Mapping[str, Access] = field(default_factory=dict[str, Access])

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:  # noqa: ARG002 - the port's signature
        for path in sorted(self.content):
            validators = {"sha256": hashlib.sha256(self.content[path]).hexdigest()}
            yield SourceItem(path=path, validators=validators, access=self.own_access.get(path, self.access))

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:  # noqa: ARG002 - the port's signature
        if item.path not in self.content:
            raise NotFoundError(f"{item.path} is not in source {self.name}.")
        return Fetched(item, self.content[item.path])

    async def close(self) -> None:
        """Nothing to release."""
