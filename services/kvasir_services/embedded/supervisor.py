"""What lives in the supervisor process: files that are watched, and the driver that acts on them."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] - a default of anyio's is untyped

from kvasir.resources import Key, KnowledgeBase
from kvasir.resources.problems import Problem
from kvasir.telemetry import logger
from kvasir_services.embedded.data_directory import DataDirectory
from kvasir_services.embedded.desired import Desired, DesiredState
from kvasir_services.embedded.driver import Driver
from kvasir_services.embedded.up_options import UpOptions

_LOG = logger("embedded")
_UPLOADS_SECONDS: Final = 1.0
"""How soon an upload through a gateway worker is noticed."""


class Supervisor:
    """Everything that lives in the supervisor process; made by `platform.supervise`."""

    def __init__(self, options: UpOptions, directory: DataDirectory, driver: Driver, desired: DesiredState) -> None:
        self.options = options
        self.directory = directory
        self.driver = driver
        self.desired = desired
        self.problems: Sequence[Problem] = ()
        self._refused: Mapping[Key, str] = {}
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
        self._note_refusals(found)
        await self.driver.removed(gone)
        self.driver.wake()
        return found

    def _note_refusals(self, found: Desired) -> None:
        """An event on each object whose file became faulty, faulty in another way, or good again."""
        refused, before = found.refused, self._refused
        for key in sorted(refused, key=str):
            if before.get(key) != refused[key]:
                self.driver.objects.note(key, "Warning", "FileRefused", refused[key])
        for key in sorted(before.keys() - refused.keys(), key=str):
            if key in found.origins:
                message = f"{found.origins[key].file} is good again; the object follows it."
                self.driver.objects.note(key, "Normal", "FileAccepted", message)
        self._refused = refused

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


def _takes_uploads(resource: KnowledgeBase) -> bool:
    return any(source.upload is not None for source in resource.spec.sources)
