import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kvasir.errors import KvasirError
from kvasir_services.cli.client import Client, control
from kvasir_services.cli.output import condition
from kvasir_services.embedded.data_directory import DataDirectory

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "kvasir_services.cli"]
# Compiled once, also where the environment forbids it: every process of a platform imports all of it.
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Platform:
    """A running `kvasir up` and its command line."""

    folder: Path
    process: subprocess.Popen[str]
    port: int

    @property
    def data_directory(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        """What the platform printed last."""
        return (self.folder / "up.log").read_text(encoding="utf-8")[-8000:]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """What a command prints; its exit code is checked."""
        done = self.result(*arguments, stdin=stdin)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout

    def result(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, *arguments, "--data-dir", str(self.data_directory)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=ENVIRONMENT,
            input=stdin,
            timeout=120,
        )

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "-o", "json"))

    def key(self, tenant: str) -> str:
        return (self.data_directory / "keys" / tenant).read_text(encoding="utf-8")

    def wait_ready(self, client: Client, kind: str, seconds: float = 240) -> None:
        """Until every object of a kind is Ready; asks in this process, which costs no start of another."""
        until(lambda: all(_ready(one) for one in client.get("/control/resources", kind=kind)), seconds)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0


def _ready(item: Mapping[str, Any]) -> bool:
    found = condition(item, "Ready")
    current = found is not None and found.get("observedGeneration") == item["metadata"]["generation"]
    return current and found is not None and found["status"] == "True"


def _listens(platform: Platform) -> bool:
    # A socket that a killed platform left refuses, and httpx does not close what was refused.
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(DataDirectory(platform.data_directory).socket)) != 0:
            return False
    try:
        with control(platform.data_directory) as client:
            client.get("/control/problems")
    except KvasirError:
        return False
    return True


def until(holds: Callable[[], object], seconds: float = 120) -> None:
    """Polls. The time is for a busy machine, not an expectation."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def start(folder: Path, *arguments: str, workers: int = 1) -> Platform:
    """Starts the platform on paths, with options, and waits until its control socket answers."""
    port = free_port()
    options = ["--port", str(port), "--workers", str(workers), "--data-dir", str(folder / "data")]
    log = (folder / "up.log").open("a")  # a pipe that nobody reads would fill up
    process = subprocess.Popen(
        [*COMMAND, "up", *arguments, *options],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log.close()
    platform = Platform(folder, process, port)
    end = time.monotonic() + 60
    while not _listens(platform):
        assert process.poll() is None, platform.log
        assert time.monotonic() < end, platform.log
        time.sleep(0.1)
    return platform


def ended(platform: Platform) -> None:
    """Stops a platform that still runs, and shows what it printed in case a test failed."""
    if platform.process.poll() is None:
        platform.stop()
    print(platform.log)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`kvasir up` on copies of the examples, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("platform")
    shutil.copytree(ROOT / "examples", folder / "examples")
    running = start(folder, "examples/quickstart", "examples/volume")
    yield running
    ended(running)
