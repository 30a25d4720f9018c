"""The gateway workers' process, as the supervisor sees it."""

import asyncio
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from kvasir.errors import UnavailableError
from kvasir.telemetry import logger

_LOG = logger("embedded")
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0


@dataclass(slots=True)
class GatewayProcess:
    """`python -m kvasir_services.gateway` over a data directory, restarted when it dies."""

    data_directory: Path
    host: str
    port: int
    workers: int
    networks: Sequence[str] = ()
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def check_port(self) -> None:
        """Raises UnavailableError when the port is taken."""
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise UnavailableError(
                    f"Port {self.port} on {self.host} cannot be used: {error.strerror}. Choose another with --port."
                ) from error

    async def start(self) -> None:
        """Returns once the gateway answers. UnavailableError when it does not."""
        await self._spawn()
        async with asyncio.timeout(_START_SECONDS):
            async with httpx.AsyncClient() as client:
                while not await self._answers(client):
                    if self._process is not None and self._process.returncode is not None:
                        raise UnavailableError(f"The gateway ended with status {self._process.returncode}.")
                    await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Starts the gateway again whenever it ends; until cancelled."""
        while True:
            if self._process is not None:
                status = await self._process.wait()
                _LOG.error("the gateway ended with status %s and is started again", status)
            await asyncio.sleep(1)
            await self._spawn()

    async def stop(self) -> None:
        """Lets running answers end, for at most ten seconds. Idempotent."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kvasir_services.gateway",
            "--data-dir",
            str(self.data_directory),
            "--host",
            self.host,
            "--port",
            str(self.port),
            "--workers",
            str(self.workers),
            *(f"--allow-network={network}" for network in self.networks),
            stdin=asyncio.subprocess.PIPE,  # its end tells the gateway that the supervisor is gone
        )

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/healthz", timeout=1)).is_success
        except httpx.TransportError:
            return False
