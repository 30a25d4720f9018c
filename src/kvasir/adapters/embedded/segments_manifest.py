"""The manifest of one revision: which segments it reads and which documents it shows, to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from kvasir.durable_files import replace_file
from kvasir.errors import CorruptDataError, said
from kvasir.ports.documents import LiveDocument
from kvasir.ports.passages import SnapshotNotFoundError

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that defines a snapshot besides the segments' content. Documents are by id."""

    revision: int
    segments: tuple[str, ...]
    documents: Mapping[str, LiveDocument]


def manifest_path(folder: Path, revision: int) -> Path:
    return folder / f"revision-{revision:010d}.json"


def revisions(folder: Path) -> Sequence[int]:
    """Revisions that have a manifest, oldest first."""
    return sorted(int(path.stem.removeprefix("revision-")) for path in folder.glob("revision-*.json"))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replaces the revision's manifest in one step."""
    rows = [
        [
            one.id,
            one.version,
            one.source,
            one.path,
            one.title,
            None if one.access is None else sorted(one.access),
            dict(one.attributes),
            one.passages,
        ]
        for one in manifest.documents.values()
    ]
    content = {"format": _FORMAT, "revision": manifest.revision, "segments": manifest.segments, "documents": rows}
    replace_file(manifest_path(folder, manifest.revision), orjson.dumps(content))


def read_manifest(folder: Path, revision: int) -> Manifest:
    """Raises SnapshotNotFoundError; CorruptDataError for a damaged file."""
    path = manifest_path(folder, revision)
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise SnapshotNotFoundError(f"Revision {revision} is not in the passage store.") from None
    except orjson.JSONDecodeError as error:
        raise CorruptDataError(f"{path} is damaged: {said(error)}. Ingest the knowledge base again.") from error
    documents = (
        LiveDocument(name, version, source, path_, title, None if access is None else frozenset(access), attributes, n)
        for name, version, source, path_, title, access, attributes, n in content["documents"]
    )
    return Manifest(content["revision"], tuple(content["segments"]), {one.id: one for one in documents})
