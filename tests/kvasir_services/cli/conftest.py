import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "kvasir_services.cli"]


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
            input=stdin,
            timeout=120,
        )

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "-o", "json"))

    def key(self, tenant: str) -> str:
        return (self.data_directory / "keys" / tenant).read_text(encoding="utf-8")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0


def start(folder: Path, *paths: str, workers: int = 1) -> Platform:
    """Starts the platform and waits until its control socket answers."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "up", *paths, "--port", str(port), "--workers", str(workers), "--data-dir", str(folder / "data")],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    platform = Platform(folder, process, port)
    end = time.monotonic() + 60
    while not (platform.data_directory / "control.sock").exists() or platform.result("get", "tenants").returncode:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        assert time.monotonic() < end
        time.sleep(0.1)
    return platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`kvasir up` on copies of the examples, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("platform")
    shutil.copytree(ROOT / "examples", folder / "examples")
    running = start(folder, "examples/quickstart", "examples/volume")
    yield running
    if running.process.poll() is None:
        running.stop()
    if running.process.stdout:
        running.process.stdout.close()
