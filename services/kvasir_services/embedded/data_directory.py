"""A data directory: its layout, its lock and its control socket."""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from kvasir.errors import ConflictError, UnavailableError

TENANT_HEADER: Final = "x-kvasir-tenant"
"""On the control socket, names the tenant whose system principal asks."""

_SOCKET_LIMIT: Final = 107
"""Bytes of a Unix socket's path on Linux, without the closing zero (unix(7))."""


class DataDirectory:
    """Paths below one directory. Nothing is created before `lock`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    @property
    def stores(self) -> Path:
        return self.path / "stores"

    @property
    def applied(self) -> Path:
        """Resources that came by `kvasir apply`, one file each."""
        return self.path / "applied"

    @property
    def objects(self) -> Path:
        """Metadata and status of all resources."""
        return self.path / "objects.json"

    @property
    def serving(self) -> Path:
        """What gateways read: the resources of each tenant, `TENANT.yaml`."""
        return self.path / "serving"

    @property
    def scratch(self) -> Path:
        return self.path / "scratch"

    @property
    def bootstrap_keys(self) -> Path:
        """The first API key of each tenant, 0600."""
        return self.path / "keys"

    @property
    def socket(self) -> Path:
        """The control socket; a short path of this user's where the directory's own is too long."""
        own = self.path / "control.sock"
        if len(os.fsencode(own)) <= _SOCKET_LIMIT:
            return own
        name = hashlib.blake2b(os.fsencode(self.path), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"kvasir-{os.getuid()}" / f"{name}.sock"

    def lock(self) -> None:
        """Creates the directory and takes it for this process, until it ends.

        Raises ConflictError when another `kvasir up` has it, UnavailableError when it cannot be written.
        """
        try:
            for folder in (self.path, self.applied, self.serving, self.scratch, self.bootstrap_keys):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnavailableError(
                f"The data directory {self.path} cannot be written: {error.strerror}. Choose another with --data-dir."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 20, 0).decode() or "unknown"
            os.close(descriptor)
            raise ConflictError(
                f"Another `kvasir up` (process {owner}) uses {self.path}. Stop it, or choose another --data-dir."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def in_use(self) -> bool:
        """Whether a process has it."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def unlock(self) -> None:
        """Gives the directory back. Idempotent."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
