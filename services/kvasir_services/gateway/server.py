"""The HTTP server, set up once for the gateway and for its tests."""

from typing import Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer, Server

_STREAMS_SECONDS: Final = 8
"""How long running answers may go on after SIGTERM; the supervisor waits for ten."""


def server_of(host: str, port: int, workers: int) -> MPServer:
    """Workers are processes; one that dies is replaced. No access log: it would name every tenant's traffic."""
    server = Server(
        "kvasir_services.gateway",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STREAMS_SECONDS,
    )
    if not isinstance(server, MPServer):  # a build of Python without the GIL gets threads
        raise TypeError("The gateway needs a Python with the GIL.")
    return server
