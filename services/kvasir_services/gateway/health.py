"""Whether the process lives, and whether it can work. Open to everybody, so no tenant's data is touched."""

import asyncio
from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import Response

from kvasir.errors import KvasirError, UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal
from kvasir.telemetry import logger
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import CurrentCall, Runtime

_LOG = logger("gateway")
_SECONDS: Final = 3.0
_NOBODY: Final = Principal(tenant="-", subject="system:readiness", scopes=frozenset())
"""Of a tenant that cannot exist: names begin with a letter."""


@dataclass(frozen=True, slots=True)
class Health:
    status: Literal["ok"] = "ok"


async def healthz(call: CurrentCall) -> Response:  # noqa: ARG001 - every operation takes its call
    """Answers as long as the process does."""
    return json_reply(Health())


async def readyz(call: CurrentCall) -> Response:
    """Answers when the stores and the tenants' resources can be read."""
    try:
        await check(call.runtime, Deadline.after(_SECONDS))
    except KvasirError as error:
        _LOG.warning("not ready: %s", error)
        raise UnavailableError("Not ready; the log says why.", retry_after=1) from error
    return json_reply(Health())


async def check(runtime: Runtime, deadline: Deadline) -> None:
    """Asks every store something small. Raises what the first one that fails raises."""
    stores = runtime.stores
    work = asyncio.gather(
        runtime.catalogues.check(),
        runtime.api_keys.list(_NOBODY, deadline),
        stores.generations.head(_NOBODY, "readyz", deadline),
        stores.blobs.list(_NOBODY, "readyz/", deadline, limit=1),
    )
    await deadline.bound(work, "checking the stores")


OPERATIONS: Final = (
    Operation("GET", "/healthz", healthz, None, response=Health, hot=True),
    Operation("GET", "/readyz", readyz, None, response=Health, hot=True),
)
