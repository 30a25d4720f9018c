"""Gateway processes on free ports of the loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SCRIPTED = Path(__file__).with_name("scripted_gateway.py")
COMPILED = Path(__file__).parents[3] / ".cache" / "pycache"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Served:
    """Two gateway processes over one data directory: the real one, and one with a scripted engine.

    Attributes:
        url, scripted: base addresses for SDKs.
        key: of a user of acme.
    """

    url: str
    scripted: str
    key: str
    directory: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list[str], port: int) -> Generator[subprocess.Popen[bytes]]:
    """The process, once it answers; ended by the end of its standard input."""
    # Compiled once, also where the environment forbids it: every worker imports all of it.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(COMPILED)}
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    try:
        ends = time.monotonic() + _START_SECONDS
        while not answers(port):
            assert process.poll() is None, process.communicate()[1].decode()
            assert time.monotonic() < ends, "the gateway does not answer"
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.communicate(timeout=30)
        else:
            process.communicate()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def gateway(directory: Path, *, workers: int = 1) -> Generator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = ["-m", "kvasir_services.gateway", "--data-dir", str(directory), "--port", str(port)]
    with running([*command, "--workers", str(workers)], port) as process:
        yield port, process


@contextmanager
def scripted_gateway(directory: Path) -> Generator[tuple[int, subprocess.Popen[bytes]]]:
    """With an engine that does what the question says; see `gateway_testbed.ScriptedEngine`."""
    port = free_port()
    with running([str(SCRIPTED), str(directory), str(port)], port) as process:
        yield port, process
