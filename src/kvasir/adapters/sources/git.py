"""Files of a Git repository at one ref, from a bare, shallow copy that later runs bring up to date."""

import asyncio
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kvasir.adapters.sources.addresses import NetworkPolicy, permitted_addresses
from kvasir.adapters.sources.git_blobs import BlobReader
from kvasir.adapters.sources.git_command import Git, GitCredentials, Pin, folder_size
from kvasir.adapters.sources.selection import Selection
from kvasir.errors import ExhaustedError, InvalidInputError, NotFoundError, PermissionDeniedError, UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, SourceItem

PROTOCOLS: Final = frozenset({"https", "ssh"})
_PORTS: Final = {"http": 80, "https": 443, "ssh": 22}
_SCP_LIKE: Final = re.compile(r"(?:[^@/:\s]+@)?([A-Za-z0-9.-]+):(?!//)\S+")
_BAD_REF: Final = re.compile(r"^[-/+.]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|\.lock$|[/.]$")
_HEAD: Final = "refs/kvasir/head"
_MOST_PACKS: Final = 50
_DAMAGED: Final = ("corrupt", "bad object", "bad pack", "not a git repository", "missing blob", "unable to read")
_LFS: Final = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Repository:
    """What to read: `resources.sources.GitSource`, with the credentials of its Secret.

    Attributes:
        path: folder within the repository; `.` for all of it.
        max_bytes: of one file; larger ones are not even transferred where the server can leave them out.
        max_repository_bytes: of the whole copy on disk.
        timeout_seconds: of one fetch.
    """

    url: str
    ref: str = "HEAD"
    path: str = "."
    selection: Selection = field(default_factory=Selection)
    credentials: GitCredentials = field(default_factory=GitCredentials)
    max_bytes: int = 64 << 20
    max_repository_bytes: int = 4 << 30
    timeout_seconds: float = 1800


class GitSource:
    """Implements `ports.sources.Source`. Symbolic links and submodules are left out.

    A file's validator is its blob id, so that a new commit fetches only what differs.
    """

    def __init__(
        self,
        name: str,
        repository: Repository,
        policy: NetworkPolicy,
        folder: Path,
        access: Access = None,
        *,
        protocols: frozenset[str] = PROTOCOLS,
    ) -> None:
        """`folder` belongs to this source alone and is kept between runs where possible; `protocols` is for tests."""
        self.name = name
        self._spec = repository
        self._policy = policy
        self._access = access
        place = hashlib.blake2b(f"{repository.url}\x1f{repository.ref}".encode(), digest_size=16).hexdigest()
        self._git = Git(folder / place, protocols, repository.max_repository_bytes, repository.credentials)
        self._blobs = BlobReader(folder / "bodies")
        self._sizes: Mapping[str, int] | None = None

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:  # noqa: ARG002 - the blob ids tell
        deadline.check(f"listing {self.name}")
        await self._blobs.close()
        await self._fetch(min(self._spec.timeout_seconds, deadline.remaining()))
        self._sizes = await self._local_blobs()
        for mode, kind, blob, path in await self._tree():
            if kind == "blob" and mode in {"100644", "100755"} and self._spec.selection.takes(path):
                yield SourceItem(path=path, validators={"blob": blob}, access=self._access)

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        deadline.check(f"reading {item.path}")
        blob = item.validators.get("blob", "")
        if self._sizes is None:
            self._sizes = await self._local_blobs()
        size = self._sizes.get(blob)
        if not re.fullmatch("[0-9a-f]{40,64}", blob) or (size is None and not await self._named(blob)):
            raise NotFoundError(f"{item.path} is gone.")
        if size is None or size > self._spec.max_bytes:
            raise ExhaustedError(f"{item.path} is larger than {self._spec.max_bytes:,} bytes.")
        spool = await self._blobs.read(self._git, blob)
        if spool.head(len(_LFS)) == _LFS:
            spool.discard()
            raise InvalidInputError(f"{item.path} is stored with Git LFS.", fix="keep the file in Git itself")
        return Fetched(item, spool.take())

    async def close(self) -> None:
        await self._blobs.close()

    async def _fetch(self, seconds: float) -> None:
        git = replace(self._git, pin=await self._pinned())
        fresh = await asyncio.to_thread(self._prepare)
        try:
            await self._fetch_into(git, seconds)
        except UnavailableError as error:
            if fresh or not any(word in str(error).lower() for word in _DAMAGED):
                raise
            await asyncio.to_thread(shutil.rmtree, self._git.repository, ignore_errors=True)
            await self._fetch_into(git, seconds)

    async def _fetch_into(self, git: Git, seconds: float) -> None:
        self._git.repository.parent.mkdir(parents=True, exist_ok=True)
        if not (git.repository / "HEAD").exists():
            await git.run("init", "--quiet", "--bare", seconds=seconds)
        if _BAD_REF.search(self._spec.ref):
            raise NotFoundError(f"{self._spec.ref!r} cannot be the name of a branch, tag or commit.")
        limit = f"--filter=blob:limit={self._spec.max_bytes + 1}"
        options = ["--quiet", "--depth=1", limit, "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        try:
            await git.run(
                "fetch", *options, "origin", f"+{self._spec.ref}:{_HEAD}",
                seconds=seconds, config={"remote.origin.url": self._spec.url},
            )  # fmt: skip
        except NotFoundError as error:
            raise NotFoundError(f"{self._spec.url}, ref {self._spec.ref!r}: {error}") from error

    async def _pinned(self) -> Pin | None:
        """Raises PermissionDeniedError for a protocol or an address that the platform does not allow."""
        host, port, protocol = _endpoint(self._spec.url)
        if protocol not in self._git.protocols:
            raise PermissionDeniedError(f"Git sources speak https and ssh only, not {protocol}.")
        return Pin(host, port, (await permitted_addresses(host, port, self._policy))[0])

    def _prepare(self) -> bool:
        """Whether the copy starts afresh. Removes locks that a killed git left, and a copy that has grown stale."""
        repository = self._git.repository
        if len(list(repository.glob("objects/pack/*.pack"))) > _MOST_PACKS or folder_size(repository) > (
            self._spec.max_repository_bytes
        ):
            shutil.rmtree(repository, ignore_errors=True)
        for lock in repository.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        return not repository.exists()

    async def _local_blobs(self) -> Mapping[str, int]:
        """Sizes of the blobs that were transferred; what a tree names besides was over the limit."""
        if not (self._git.repository / "HEAD").exists():
            return {}
        shape = "--batch-check=%(objecttype) %(objectname) %(objectsize)"
        output = await self._git.run("cat-file", "--batch-all-objects", "--unordered", shape, seconds=600)
        rows = (line.split() for line in output.decode().splitlines())
        return {row[1]: int(row[2]) for row in rows if row[0] == "blob"}

    async def _tree(self) -> Sequence[tuple[str, str, str, str]]:
        """(mode, kind, object, path relative to the folder) of every entry, by path."""
        folder = self._spec.path.strip("/").removeprefix("./")
        place = _HEAD if folder in {"", "."} else f"{_HEAD}:{folder}"
        try:
            output = await self._git.run("ls-tree", "-r", "-z", "--full-tree", place, seconds=600)
        except (UnavailableError, NotFoundError) as error:
            raise NotFoundError(f"The repository has no folder {folder!r} at {self._spec.ref}.") from error
        entries: list[tuple[str, str, str, str]] = []
        for row in output.split(b"\x00")[:-1]:
            head, _, path = row.partition(b"\t")
            mode, kind, blob = head.decode().split()
            entries.append((mode, kind, blob, path.decode("utf-8", "replace")))
        return entries

    async def _named(self, blob: str) -> bool:
        """Whether the tree at the ref names a blob."""
        return any(entry[2] == blob for entry in await self._tree())


def _endpoint(url: str) -> tuple[str, int, str]:
    """Host, port and protocol of a URL or of `user@host:path`."""
    if match := _SCP_LIKE.fullmatch(url):
        return match[1].lower(), _PORTS["ssh"], "ssh"
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise InvalidInputError(f"The port in {url!r} is no number.", fix="correct it") from error
    if not parts.hostname:
        raise PermissionDeniedError("Git sources speak https and ssh only, not local files.")
    return parts.hostname, port, parts.scheme
