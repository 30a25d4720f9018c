"""`kvasir up`: one supervisor over a data directory."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server
from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] - a default of anyio's is untyped

from kvasir.errors import ExhaustedError, UnavailableError
from kvasir.resources import KnowledgeBase
from kvasir.resources.problems import InvalidResourceError, Problem
from kvasir.telemetry import logger
from kvasir.wiring import IndexToolbox, NetworkPolicy, open_embedded_stores
from kvasir_services.embedded.control import control_application
from kvasir_services.embedded.data_directory import DataDirectory
from kvasir_services.embedded.desired import Desired, DesiredState
from kvasir_services.embedded.driver import Driver
from kvasir_services.embedded.gateway_process import GatewayProcess
from kvasir_services.embedded.ingestion import Ingestion
from kvasir_services.embedded.objects import Objects
from kvasir_services.embedded.up_options import UpOptions

_LOG = logger("embedded")
_SOCKET_SECONDS: Final = 10.0
_UPLOADS_SECONDS: Final = 1.0
"""How soon an upload through a gateway worker is noticed."""


class Supervisor:
    """Everything that lives in the supervisor process; made by `supervise`."""

    def __init__(self, options: UpOptions, directory: DataDirectory, driver: Driver, desired: DesiredState) -> None:
        self.options = options
        self.directory = directory
        self.driver = driver
        self.desired = desired
        self.problems: Sequence[Problem] = ()
        self._watched: dict[str, Path] = {}
        self._boot = str(os.getpid())
        self._volume_watch: asyncio.Task[None] | None = None

    async def reload(self) -> Desired:
        """Takes over what the files say now, and takes down what they no longer say."""
        found = await asyncio.to_thread(self.desired.reload)
        if found.problems != self.problems:
            for problem in found.problems:
                _LOG.error("%s", problem)
        self.problems = found.problems
        self._find_volumes(found)
        gone = self.driver.objects.replace(found.resources)
        await self.driver.removed(gone)
        self.driver.wake()
        return found

    async def watch_files(self) -> None:
        """Reloads when a watched file or folder changes; until cancelled."""
        async for _ in awatch(*self.options.paths, debounce=200):
            await self.reload()

    async def poll_uploads(self) -> None:
        """Looks for uploads; until cancelled."""
        while True:
            await asyncio.sleep(_UPLOADS_SECONDS)
            if any(_takes_uploads(one) for one in self.driver.objects.all() if isinstance(one, KnowledgeBase)):
                self.driver.wake()

    def _find_volumes(self, found: Desired) -> None:
        """`--volume` wins over a folder of the claim's name beside the file."""
        volumes = dict(self.options.volumes)
        for key, resource in found.resources.items():
            origin = found.origins.get(key)
            if isinstance(resource, KnowledgeBase) and origin is not None:
                for source in resource.spec.sources:
                    folder = source.volume and Path(origin.file).parent / source.volume.claim_name
                    if source.volume and folder and folder.is_dir():
                        volumes.setdefault(source.volume.claim_name, folder.resolve())
        self.driver.volumes = volumes
        if volumes != self._watched:
            self._watched = volumes
            for name in volumes:
                self.driver.changes.setdefault(name, f"{self._boot}-0")
            if self._volume_watch is not None:
                self._volume_watch.cancel()
            self._volume_watch = asyncio.create_task(self._watch_volumes(volumes)) if volumes else None

    async def _watch_volumes(self, volumes: Mapping[str, Path]) -> None:
        count = 0
        async for changed in awatch(*[folder for folder in volumes.values() if folder.is_dir()], debounce=500):
            count += 1
            for name, folder in volumes.items():
                if any(Path(path).is_relative_to(folder) for _, path in changed):
                    self.driver.changes[name] = f"{self._boot}-{count}"
            self.driver.wake()

    async def close(self) -> None:
        if self._volume_watch is not None:
            self._volume_watch.cancel()


@asynccontextmanager
async def supervise(options: UpOptions, *, advanced: Callable[[], None] = lambda: None) -> AsyncGenerator[Supervisor]:
    """The platform, running inside the block.

    Raises InvalidResourceError before anything starts when a file is faulty, ConflictError when the data directory is in
    use, UnavailableError when the port or directory cannot be used.
    """
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


def _takes_uploads(resource: KnowledgeBase) -> bool:
    return any(source.upload is not None for source in resource.spec.sources)
