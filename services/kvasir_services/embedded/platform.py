"""`kvasir up`: the platform of one data directory, started and stopped as a whole."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server

from kvasir.errors import ExhaustedError, UnavailableError
from kvasir.resources.problems import InvalidResourceError
from kvasir.telemetry import logger
from kvasir.wiring import IndexToolbox, NetworkPolicy, open_embedded_stores
from kvasir_services.embedded.control import control_application
from kvasir_services.embedded.data_directory import DataDirectory
from kvasir_services.embedded.desired import DesiredState, check_paths
from kvasir_services.embedded.driver import Driver
from kvasir_services.embedded.gateway_process import GatewayProcess
from kvasir_services.embedded.ingestion import Ingestion
from kvasir_services.embedded.objects import Objects
from kvasir_services.embedded.supervisor import Supervisor
from kvasir_services.embedded.up_options import UpOptions

_LOG = logger("embedded")
_SOCKET_SECONDS: Final = 10.0


@asynccontextmanager
async def supervise(options: UpOptions, *, advanced: Callable[[], None] = lambda: None) -> AsyncGenerator[Supervisor]:
    """The platform, running inside the block.

    Raises InvalidResourceError before anything starts when a file is faulty, InvalidInputError for a path that
    is not there or a folder without YAML, ConflictError when the data directory is in use, UnavailableError when the port or directory cannot be used.
    """
    await asyncio.to_thread(check_paths, options.paths)
    directory = DataDirectory(options.data_directory)
    desired = DesiredState(options.paths, directory.applied)
    if (found := await asyncio.to_thread(desired.reload)).problems:
        raise InvalidResourceError(list(found.problems))
    network = NetworkPolicy.of(options.networks)
    gateway = GatewayProcess(directory.path, options.host, options.port, options.workers, options.networks)
    gateway.check_port()
    directory.lock()
    stores = open_embedded_stores(directory.stores)
    objects = Objects(directory.objects)
    try:
        toolbox = IndexToolbox(objects.secrets, network)
        ingestion = Ingestion(stores, toolbox, directory.scratch, lambda: None, advanced, network)
        driver = Driver(directory, objects, stores, ingestion, {}, url=gateway.url)
        ingestion.finished = driver.wake
        supervisor = Supervisor(options, directory, driver, desired)
        await supervisor.reload()
        await driver.reconcile()
        await gateway.start()
        async with _background(supervisor, gateway):
            yield supervisor
    finally:
        await gateway.stop()
        await stores.close()
        directory.unlock()


@asynccontextmanager
async def _background(supervisor: Supervisor, gateway: GatewayProcess) -> AsyncGenerator[None]:
    """The loops and the control socket; a loop that fails ends the platform with its error."""
    socket = supervisor.directory.socket
    server = _control_server(supervisor, socket)
    try:
        async with asyncio.TaskGroup() as tasks:
            loops = [
                tasks.create_task(_reconcile_forever(supervisor.driver), name="reconcile"),
                tasks.create_task(supervisor.watch_files(), name="watch"),
                tasks.create_task(supervisor.poll_uploads(), name="uploads"),
                tasks.create_task(gateway.watch(), name="gateway"),
                tasks.create_task(server.serve(), name="control"),
            ]
            await asyncio.to_thread(_protect, socket)
            yield
            for loop in loops[:-1]:
                loop.cancel()
            server.stop()
    finally:
        await supervisor.close()
        await supervisor.driver.ingestion.close()
        with suppress(FileNotFoundError):
            socket.unlink()


async def _reconcile_forever(driver: Driver) -> None:
    """A store that is unavailable or full for a while must not end the platform."""
    while True:
        try:
            await driver.run()
        except (UnavailableError, ExhaustedError) as error:
            _LOG.error("reconciling: %s", error)
            await asyncio.sleep(1)


def _control_server(supervisor: Supervisor, socket: Path) -> Server:
    with suppress(FileNotFoundError):
        socket.unlink()  # left by a killed process: the lock says that nobody listens
    os.umask(stat.S_IRWXG | stat.S_IRWXO)  # before the socket exists, so that it is never open to others
    return Server(control_application(supervisor), uds=socket, interface=Interfaces.ASGI, log_enabled=False)


def _protect(socket: Path) -> None:
    """Waits for the socket and sets its mode to 0600."""
    end = time.monotonic() + _SOCKET_SECONDS
    while not socket.exists():
        if time.monotonic() > end:
            raise UnavailableError(f"The control socket {socket} could not be opened.")
        time.sleep(0.01)
    socket.chmod(stat.S_IRUSR | stat.S_IWUSR)
