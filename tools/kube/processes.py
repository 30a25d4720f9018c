"""Servers as child processes: logged, waited for, and never left behind."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_STOP_SECONDS: Final = 15
_POLL_SECONDS: Final = 0.05
_LAST_LINES: Final = 15


class StartError(Exception):
    """A server ended, or did not become ready in time; the message ends with what it logged last."""


class Server:
    """One child process. The kernel kills it when this process dies, whatever the reason."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise StartError("setpriv is not installed: apt-get install util-linux")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [setpriv, "--pdeathsig", "KILL", "--", *command], stdout=output, stderr=output, start_new_session=True
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Raises StartError when the process ends or time runs out first."""
        until = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None:
                raise StartError(f"{self.name} ended with {self._process.returncode}.\n{self._last_words()}")
            if time.monotonic() > until:
                raise StartError(f"{self.name} is not ready after {seconds:g} s.\n{self._last_words()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Asks, waits, then kills. Idempotent."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])


def free_ports(count: int) -> Sequence[int]:
    """Ports of 127.0.0.1 that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
