"""What a gateway process works with, and what one request carries."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request
from starlette.types import Receive

from kvasir.errors import UnauthenticatedError
from kvasir.ports.deadline import Deadline
from kvasir.ports.filters import Filter
from kvasir.ports.principal import Principal
from kvasir.rag.answers import AnswerEvent, AnswerRequest
from kvasir.rag.engine import Catalogue
from kvasir.rag.retrieval import Hit
from kvasir.wiring import EmbeddedStores, IndexToolbox, NetworkPolicy, open_engine
from kvasir_services.gateway.catalogues import Catalogues

CALL: Final = "kvasir.call"
"""Where an ASGI scope carries the call."""


class Answering(Protocol):
    """`kvasir.rag.engine.Engine`, as the gateway uses it."""

    def answer(self, catalogue: Catalogue, request: AnswerRequest) -> AsyncIterator[AnswerEvent]: ...

    async def search(
        self,
        principal: Principal,
        knowledge_bases: Sequence[str],
        question: str,
        deadline: Deadline,
        *,
        limit: int = 10,
        condition: Filter | None = None,
    ) -> Sequence[Hit]: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """Of streams, in seconds.

    Attributes:
        first_ping: silence before the first heartbeat; also how long headers wait for the first event.
        ping: between heartbeats while the silence lasts.
        coalesce: between two writes of text.
    """

    first_ping: float = 1.0
    ping: float = 10.0
    coalesce: float = 0.03


class Runtime:
    """One per process; knows no tenant."""

    def __init__(
        self,
        stores: EmbeddedStores,
        catalogues: Catalogues,
        *,
        engine: Answering | None = None,
        timing: Timing | None = None,
        network: NetworkPolicy | None = None,
    ) -> None:
        """`network` is what embedding models may be asked at."""
        self.stores = stores.stores
        self.uploads = stores.uploads
        self.api_keys = stores.api_keys
        self.catalogues = catalogues
        self.engine = engine or open_engine(stores.stores, IndexToolbox(catalogues.secrets, network))
        self.timing = timing or Timing()


class Call:
    """One request: who asks, until when, and the one catalogue that all of it is answered from."""

    def __init__(
        self,
        runtime: Runtime,
        caller: Principal | None,
        deadline: Deadline,
        request_id: str,
        headers: Mapping[str, str],
        receive: Receive,
    ) -> None:
        """`caller` is None on open routes; `receive` says when the client goes, once the body is read."""
        self.runtime = runtime
        self.deadline = deadline
        self.request_id = request_id
        self.headers = headers
        self.receive = receive
        self._caller = caller
        self._catalogue: Catalogue | None = None

    @property
    def principal(self) -> Principal:
        if self._caller is None:
            raise UnauthenticatedError("This route knows no caller.")
        return self._caller

    async def catalogue(self) -> Catalogue:
        """Pinned by the first use."""
        if self._catalogue is None:
            self._catalogue = await self.runtime.catalogues.of(self.principal.tenant)
        return self._catalogue


async def _current(request: Request) -> Call:
    return request.scope[CALL]


CurrentCall = Annotated[Call, Depends(_current)]
"""The parameter of every operation."""
