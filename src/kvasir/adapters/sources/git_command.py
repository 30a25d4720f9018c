"""The git program, as a stranger's repository may be spoken to: no hooks, no prompts, no files, no configuration."""

import asyncio
import os
import shlex
import shutil
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kvasir.errors import (
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    UnsupportedError,
)

_POLL_SECONDS: Final = 0.5
_ASKPASS: Final = (
    '#!/bin/sh\ncase "$1" in Username*) printf %s "$KVASIR_USERNAME";; *) printf %s "$KVASIR_PASSWORD";; esac\n'
)
_CONFIG: Final = {
    "core.hooksPath": "/dev/null",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "submodule.recurse": "false",
}
_MISSING_REF: Final = ("couldn't find remote ref", "not our ref", "no such remote ref", "unadvertised object")
_MISSING: Final = ("not found", "does not exist", "not appear to be a git repository", "returned error: 404")
_DENIED: Final = (
    "authentication failed", "could not read username", "could not read password", "permission denied",
    "host key verification failed", "returned error: 401", "returned error: 403", "access denied", "terminal prompts",
)  # fmt: skip
_REDIRECTED: Final = tuple(f"returned error: {status}" for status in (301, 302, 303, 307, 308))
_FORBIDDEN: Final = ("transport", "not allowed")


@dataclass(frozen=True, slots=True)
class GitCredentials:
    """Either a user with a password, or a private key with the host keys that are trusted."""

    username: str = ""
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    known_hosts: str = ""

    @classmethod
    def of(cls, secret: Mapping[str, bytes]) -> "GitCredentials":
        """From a Secret. InvalidInputError when it holds neither pair."""
        values = {key: value.decode("utf-8", "replace") for key, value in secret.items()}
        if "ssh-privatekey" in values and "known_hosts" in values:
            return cls(private_key=values["ssh-privatekey"], known_hosts=values["known_hosts"])
        if "password" in values:
            return cls(values.get("username", "git").strip(), values["password"].strip())
        raise InvalidInputError(
            "The Secret holds neither `username` and `password` nor `ssh-privatekey` and `known_hosts`.",
            fix="add one of the pairs",
        )


@dataclass(frozen=True, slots=True)
class Pin:
    """The checked address of a host, which git and ssh connect to instead of asking DNS again."""

    host: str
    port: int
    address: str

    @property
    def for_http(self) -> str:
        """Value of `http.curloptResolve`."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.host}:{self.port}:{address}"


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one bare repository.

    Attributes:
        repository: the bare repository's folder.
        protocols: what git may speak; anything else, `file` and helpers first, is refused by git itself.
        max_bytes: of the repository; a fetch that makes it larger is ended.
        pin: where to connect.
    """

    repository: Path
    protocols: frozenset[str]
    max_bytes: int
    credentials: GitCredentials = field(default_factory=GitCredentials)
    pin: "Pin | None" = None

    async def run(self, *arguments: str, seconds: float, config: Mapping[str, str] | None = None) -> bytes:
        """Standard output. Raises what `failure` makes of standard error; UnavailableError after `seconds`."""
        async with self.start(*arguments, config=config) as process:
            watch = asyncio.create_task(self._watch(process))
            try:
                async with asyncio.timeout(seconds):
                    output, errors = await process.communicate()
            except TimeoutError as error:
                raise UnavailableError(f"git {arguments[0]} takes longer than {seconds:g} s.") from error
            finally:
                watch.cancel()
                ended = await asyncio.gather(watch, return_exceptions=True)
        if ended[0] is True:
            raise ExhaustedError(f"The repository is larger than {self.max_bytes:,} bytes.")
        if process.returncode:
            raise failure(errors.decode("utf-8", "replace"))
        return output

    @asynccontextmanager
    async def start(self, *arguments: str, config: Mapping[str, str] | None = None) -> AsyncGenerator[Process]:
        """A running git; it is killed when the context ends. UnsupportedError when there is no git."""
        program = shutil.which("git")
        if program is None:
            raise UnsupportedError("Git sources need the program `git`, which is not installed (`apt install git`).")
        settings = {**_CONFIG, **(config or {}), **({"http.curloptResolve": self.pin.for_http} if self.pin else {})}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        with tempfile.TemporaryDirectory() as private:
            command = [program, f"--git-dir={self.repository}", *options, *arguments]
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._environment(Path(private))
            )
            try:
                yield process
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    # communicate() also closes the pipes, which wait() leaves to the garbage collector.
                    await process.communicate()

    def _environment(self, private: Path) -> dict[str, str]:
        """Nothing of ours but the path; secrets travel in the environment and in files that only we can read."""
        helper = private / "askpass"
        helper.write_text(_ASKPASS)
        helper.chmod(0o700)
        for name, content in (("key", self.credentials.private_key), ("known_hosts", self.credentials.known_hosts)):
            file = private / name
            file.touch(mode=0o600)
            file.write_text(content if content.endswith("\n") or not content else content + "\n")
        return {
            "PATH": os.defpath,
            "HOME": str(private),
            "LC_ALL": "C",
            "GIT_ALLOW_PROTOCOL": ":".join(sorted(self.protocols)),
            "GIT_ASKPASS": str(helper),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_SSH_COMMAND": ssh_command(private, self.pin),
            "GIT_TERMINAL_PROMPT": "0",
            "KVASIR_PASSWORD": self.credentials.password,
            "KVASIR_USERNAME": self.credentials.username,
        }

    async def _watch(self, process: Process) -> bool:
        """Ends the process when the repository outgrows its limit; whether it did."""
        while process.returncode is None:
            await asyncio.sleep(_POLL_SECONDS)
            if await asyncio.to_thread(folder_size, self.repository) > self.max_bytes:
                process.kill()
                return True
        return False


def ssh_command(folder: Path, pin: Pin | None) -> str:
    """What git calls for ssh: the account's own configuration, keys and agent stay out of it."""
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "ProxyCommand": "none",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(folder / "known_hosts"),
    }
    if pin is not None:
        options |= {"HostName": pin.address, "HostKeyAlias": pin.host}
    words = " ".join(f"-o {name}={shlex.quote(value)}" for name, value in options.items())
    return f"ssh -F /dev/null -i {shlex.quote(str(folder / 'key'))} {words}"


def folder_size(folder: Path) -> int:
    """Bytes of all files below; files that vanish meanwhile count nothing."""
    total = 0
    for directory, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                total += Path(directory, file).lstat().st_size
    return total


def failure(errors: str) -> KvasirError:
    """What git's complaint means. Only its last lines are shown; credentials never stand in them."""
    lines = [line for line in errors.splitlines() if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    told = " ".join(lines[-3:]) or errors.strip()[-300:] or "no reason given"
    lower = errors.lower()
    if any(words in lower for words in _MISSING_REF):
        return NotFoundError(f"The ref does not exist in the repository: {told}")
    if all(word in lower for word in _FORBIDDEN):
        return PermissionDeniedError(f"Git sources speak https and ssh only: {told}")
    if any(words in lower for words in _REDIRECTED):
        return UnavailableError(f"The repository has moved; set the url to where it is now: {told}")
    if any(words in lower for words in _DENIED):
        return PermissionDeniedError(f"The repository refuses us; check credentialsSecretRef: {told}")
    if any(words in lower for words in _MISSING):
        return NotFoundError(f"The repository does not exist: {told}")
    return UnavailableError(f"git cannot reach the repository: {told}")
