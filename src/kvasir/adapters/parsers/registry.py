"""Which parser reads what: by media type, else by file extension. Parsers are imported when first needed."""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath
from typing import Final, cast

from kvasir.errors import UnsupportedError
from kvasir.ports.reading import ParsedDocument

ParseFunction = Callable[[bytes], ParsedDocument]

REVISION: Final = "1"
"""Goes into every generation's fingerprint: raise it when any parser's canonical text changes."""

_PARSERS: Final = {
    "markdown": "kvasir.adapters.parsers.markdown:parse_markdown",
    "text": "kvasir.adapters.parsers.plain_text:parse_plain_text",
}
_MEDIA_TYPES: Final = {
    "text/markdown": "markdown",
    "text/plain": "text",
}
_EXTENSIONS: Final = {
    "md": "markdown",
    "markdown": "markdown",
    "txt": "text",
    "text": "text",
    "rst": "text",
    "log": "text",
}
_UNSPECIFIC: Final = frozenset({"", "application/octet-stream", "text/plain", "binary/octet-stream"})


def parser_for(media_type: str, path: str) -> ParseFunction:
    """The parser of a document.

    A specific media type wins over the extension; an unspecific one (`text/plain`, `application/octet-stream`) does not.
    Raises UnsupportedError naming both.
    """
    kind = media_type.partition(";")[0].strip().lower()
    extension = PurePosixPath(path).suffix.lower().lstrip(".")
    name = None if kind in _UNSPECIFIC else _MEDIA_TYPES.get(kind)
    name = name or _EXTENSIONS.get(extension) or _MEDIA_TYPES.get(kind)
    if name is None:
        raise UnsupportedError(f"No parser reads {kind or 'files'} named *.{extension or '(no extension)'}.")
    module, function = _PARSERS[name].split(":")
    return cast("ParseFunction", getattr(import_module(module), function))
