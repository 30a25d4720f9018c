"""One worker process of the gateway: its stores, its application, its end."""

import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kvasir.settings import Settings
from kvasir.telemetry import configure_logging
from kvasir.wiring import EmbeddedStores, NetworkPolicy, open_embedded_stores
from kvasir_services.gateway.application import create_application
from kvasir_services.gateway.authentication import bearer_authenticator
from kvasir_services.gateway.catalogues import CatalogueFiles
from kvasir_services.gateway.runtime import Runtime


def load(data_directory: Path, networks: Sequence[str] = ()) -> ASGIApp:
    """What granian calls in every worker; the directory travels as an argument of the process."""
    configure_logging(Settings.read().log_level)
    _end_with_parent()
    stores = open_embedded_stores(data_directory / "stores")
    network = NetworkPolicy.of(networks)
    runtime = Runtime(stores, CatalogueFiles(data_directory / "serving", network), network=network)
    return ClosingStores(create_application(runtime, authenticate=bearer_authenticator(stores.api_keys)), stores)


class ClosingStores:
    """Closes the stores when the server has ended its last request."""

    def __init__(self, inner: ASGIApp, stores: EmbeddedStores) -> None:
        self._inner = inner
        self._stores = stores

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._inner(scope, receive, send)
            return

        async def close_first(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._stores.close()
            await send(message)

        await self._inner(scope, receive, close_first)


def _end_with_parent() -> None:
    """A worker whose parent was killed would go on holding the port."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
