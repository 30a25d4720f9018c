"""Keys to file names and back: any text, without traversal, the same on every file system.

Each segment of a key is a folder, the last one a file. Names of lower-case ASCII stand as they are; others (capitals too,
because some file systems fold case or normalise Unicode) become `=` and base32. Names over 200 bytes are cut into nested
folders, each but the last marked `+`. A blob's file ends in `@`, so that `a` and `a/b` can both exist.
"""

import re
from base64 import b32decode, b32encode
from pathlib import Path
from typing import Final

from kvasir.errors import InvalidInputError

MAX_KEY: Final = 512
"""Code points."""

_BLOB: Final = "@"
_CONTINUED: Final = "+"
_ENCODED: Final = "="
_PLAIN: Final = re.compile(r"[a-z0-9_-][a-z0-9._-]*")
_LONGEST: Final = 200


def checked(key: str) -> str:
    """The key, when it is a valid one (InvalidInputError)."""
    if not key or len(key) > MAX_KEY:
        raise _invalid(key, f"must have 1 to {MAX_KEY} characters")
    if any(segment in {"", ".", ".."} for segment in key.split("/")):
        raise _invalid(key, "must not have empty, '.' or '..' segments")
    _bytes(key)
    return key


def folder_of(root: Path, segments: list[str]) -> Path:
    """Where blobs below these segments are."""
    return root.joinpath(*(part for segment in segments for part in _parts(segment)))


def file_of(root: Path, key: str) -> Path:
    """Where the blob of a valid key is."""
    *folders, name = key.split("/")
    *parts, last = _parts(name)
    return folder_of(root, folders).joinpath(*parts, last + _BLOB)


def is_blob(name: str) -> bool:
    return name.endswith(_BLOB)


def is_continued(name: str) -> bool:
    """Whether a folder holds the rest of a long segment."""
    return name.endswith(_CONTINUED)


def segment_of(pieces: str) -> str:
    """The segment that file names, one after another, stand for."""
    name = pieces.replace(_CONTINUED, "").removesuffix(_BLOB)
    if not name.startswith(_ENCODED):
        return name
    code = name[1:].upper()
    return b32decode(code + "=" * (-len(code) % 8)).decode()


def _parts(segment: str) -> list[str]:
    name = segment
    if not _PLAIN.fullmatch(segment):
        name = _ENCODED + b32encode(_bytes(segment)).decode().rstrip("=").lower()
    cuts = [name[start : start + _LONGEST] for start in range(0, len(name), _LONGEST)]
    return [cut + _CONTINUED for cut in cuts[:-1]] + cuts[-1:]


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _invalid(text, "must be valid Unicode, without lone surrogates") from error


def _invalid(key: str, rule: str) -> InvalidInputError:
    return InvalidInputError(f"The blob key {key[:80]!a} {rule}.", field="key", fix="choose another key")
