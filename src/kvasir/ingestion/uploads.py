"""Uploaded files, and what attaches them to the `upload` source of a knowledge base.

A file is a blob with a record beside it; an attachment is a record under the knowledge base. Both live in the blob
store, so uploads need no store of their own and survive every adapter.
"""

import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from kvasir.errors import InvalidInputError, NotFoundError
from kvasir.ports.blobs import Blobs
from kvasir.ports.deadline import Deadline
from kvasir.ports.filters import MAX_ATTRIBUTES, Attributes
from kvasir.ports.principal import Access, Principal
from kvasir.ports.sources import Fetched, SourceItem

_FILES: Final = "files/"
_ATTACHMENTS: Final = "uploads/"
_MAX_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One uploaded file. `created` is Unix time in seconds, `bytes` its size."""

    id: str
    filename: str
    bytes: int
    sha256: str
    created: int
    purpose: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in an `upload` source. The file's name is the document's path; attaching the same name again replaces."""

    file: UploadedFile
    attached: int
    access: Sequence[str] | None = None
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])


@dataclass(frozen=True, slots=True)
class Place:
    """A source that a file is attached to; `key` is of the attachment."""

    knowledge_base: str
    source: str
    key: str


class Uploads:
    """Files of one tenant. Raises as `ports.blobs.Blobs`."""

    def __init__(self, blobs: Blobs, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._blobs = blobs
        self._clock = clock

    async def add(
        self,
        principal: Principal,
        filename: str,
        content: bytes | AsyncIterator[bytes],
        deadline: Deadline,
        *,
        purpose: str = "assistants",
        media_type: str = "",
    ) -> UploadedFile:
        """Stores a file. InvalidInputError for a name that is empty, too long or has control characters."""
        check_filename(filename)
        identity = f"file-{uuid.uuid4().hex}"
        blob = await self._blobs.put(principal, f"{_FILES}{identity}/content", content, deadline)
        created = int(self._clock().timestamp())
        file = UploadedFile(identity, filename, blob.size, blob.sha256, created, purpose, media_type)
        await self._blobs.put(principal, f"{_FILES}{identity}/record", orjson.dumps(asdict(file)), deadline)
        return file

    async def get(self, principal: Principal, file: str, deadline: Deadline) -> UploadedFile:
        """NotFoundError for an unknown or foreign id."""
        content = await self._blobs.get(principal, f"{_FILES}{_checked(file)}/record", deadline)
        return UploadedFile(**orjson.loads(content))

    async def content(self, principal: Principal, file: str, deadline: Deadline) -> bytes:
        """The bytes of a file. NotFoundError for an unknown or foreign id."""
        return await self._blobs.get(principal, f"{_FILES}{_checked(file)}/content", deadline)

    def stream(
        self, principal: Principal, file: str, deadline: Deadline, *, each: float | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes in pieces, as `Blobs.stream`. NotFoundError for an unknown or foreign id."""
        return self._blobs.stream(principal, f"{_FILES}{_checked(file)}/content", deadline, each=each)

    async def places(self, principal: Principal, deadline: Deadline) -> Mapping[str, Sequence[Place]]:
        """Where files are attached, by file id. Only keys are read, no attachment."""
        found: dict[str, list[Place]] = {}
        async for key in self._keys(principal, _ATTACHMENTS, deadline):
            knowledge_base, source, _, file = key.removeprefix(_ATTACHMENTS).split("/")
            found.setdefault(file, []).append(Place(knowledge_base, source, key))
        return found

    async def attachment(self, principal: Principal, place: Place, deadline: Deadline) -> Attachment:
        """NotFoundError for one that is gone."""
        return _attachment(orjson.loads(await self._blobs.get(principal, place.key, deadline)))

    async def list(self, principal: Principal, deadline: Deadline) -> Sequence[UploadedFile]:
        """Oldest first."""
        keys = [key async for key in self._keys(principal, _FILES, deadline) if key.endswith("/record")]
        files = [UploadedFile(**orjson.loads(await self._blobs.get(principal, key, deadline))) for key in keys]
        return sorted(files, key=lambda file: (file.created, file.id))

    async def delete(self, principal: Principal, file: str, deadline: Deadline) -> None:
        """Deletes a file and detaches it everywhere; knowledge bases drop it with their next run."""
        await self.get(principal, file, deadline)
        keys = [key async for key in self._keys(principal, _ATTACHMENTS, deadline) if key.endswith(f"/{file}")]
        for key in keys:
            await self._blobs.delete(principal, key, deadline)
        for name in ("record", "content"):
            await self._blobs.delete(principal, f"{_FILES}{file}/{name}", deadline)

    async def attach(
        self,
        principal: Principal,
        knowledge_base: str,
        source: str,
        file: str,
        deadline: Deadline,
        *,
        access: Access = None,
        attributes: Attributes | None = None,
    ) -> Attachment:
        """Puts a file into a source; an attachment of the same file name makes way."""
        if attributes and len(attributes) > MAX_ATTRIBUTES:
            raise InvalidInputError(f"At most {MAX_ATTRIBUTES} attributes are allowed.", field="attributes")
        attachment = Attachment(
            file=await self.get(principal, file, deadline),
            attached=int(self._clock().timestamp()),
            access=None if access is None else sorted(access),
            attributes=attributes or {},
        )
        place = _attachment_place(knowledge_base, source, attachment.file.filename)
        former = [key async for key in self._keys(principal, place, deadline)]
        await self._blobs.put(principal, f"{place}{file}", orjson.dumps(asdict(attachment)), deadline)
        for key in former:
            if key != f"{place}{file}":
                await self._blobs.delete(principal, key, deadline)
        return attachment

    async def detach(
        self, principal: Principal, knowledge_base: str, source: str, file: str, deadline: Deadline
    ) -> None:
        """Takes a file out of a source. Idempotent."""
        prefix = _source_prefix(knowledge_base, source)
        keys = [key async for key in self._keys(principal, prefix, deadline) if key.endswith(f"/{_checked(file)}")]
        for key in keys:
            await self._blobs.delete(principal, key, deadline)

    async def attachments(
        self, principal: Principal, knowledge_base: str, source: str, deadline: Deadline
    ) -> Sequence[Attachment]:
        """By file name; of two with one name (a replacement that was cut short) the newer."""
        by_name: dict[str, Attachment] = {}
        async for key in self._keys(principal, _source_prefix(knowledge_base, source), deadline):
            found = _attachment(orjson.loads(await self._blobs.get(principal, key, deadline)))
            former = by_name.get(found.file.filename)
            if former is None or (former.attached, former.file.id) < (found.attached, found.file.id):
                by_name[found.file.filename] = found
        return [by_name[name] for name in sorted(by_name)]

    async def _keys(self, principal: Principal, prefix: str, deadline: Deadline) -> AsyncIterator[str]:
        after: str | None = None
        while True:
            page = await self._blobs.list(principal, prefix, deadline, after=after)
            for blob in page.items:
                yield blob.key
            after = page.after
            if after is None:
                return


@dataclass(frozen=True, slots=True)
class UploadSource:
    """The attachments of one source, as documents."""

    name: str
    uploads: Uploads
    principal: Principal
    knowledge_base: str
    access: Access = None

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:  # noqa: ARG002 - the port's signature
        attachments = await self.uploads.attachments(self.principal, self.knowledge_base, self.name, deadline)
        for one in attachments:
            yield SourceItem(
                path=one.file.filename,
                validators={"file": one.file.id, "sha256": one.file.sha256},
                media_type=one.file.media_type,
                access=self.access if one.access is None else frozenset(one.access),
                attributes=one.attributes,
                modified=datetime.fromtimestamp(one.file.created, UTC),
            )

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        pieces = self.uploads.stream(self.principal, item.validators.get("file", ""), deadline)
        return Fetched(item, pieces)

    async def close(self) -> None:
        """Nothing to release."""


def check_filename(filename: str) -> None:
    """Raises InvalidInputError naming what is wrong."""
    if not filename or len(filename) > _MAX_NAME or any(not char.isprintable() for char in filename):
        raise InvalidInputError(
            f"A file name has 1 to {_MAX_NAME} printable characters.", field="filename", fix="rename the file"
        )


def _checked(file: str) -> str:
    if not file.removeprefix("file-").isalnum():
        raise NotFoundError(f"No file {file[:64]!r}.")
    return file


def attachments_prefix(knowledge_base: str) -> str:
    """Of all attachments of a knowledge base."""
    return f"{_ATTACHMENTS}{knowledge_base}/"


def _source_prefix(knowledge_base: str, source: str) -> str:
    return f"{attachments_prefix(knowledge_base)}{source}/"


def _attachment_place(knowledge_base: str, source: str, filename: str) -> str:
    """Of all attachments with one file name: attaching looks at these alone."""
    name = hashlib.blake2b(filename.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{_source_prefix(knowledge_base, source)}{name}/"


def _attachment(values: Mapping[str, Any]) -> Attachment:
    return Attachment(
        file=UploadedFile(**values["file"]),
        attached=values["attached"],
        access=values["access"],
        attributes=values["attributes"],
    )
