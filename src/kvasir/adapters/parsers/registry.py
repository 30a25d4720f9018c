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

_ROOM: Final = "kvasir.adapters.parsers"
_PARSERS: Final = {
    "code": f"{_ROOM}.source_code:parse_source_code",
    "csv": f"{_ROOM}.records:parse_csv",
    "docx": f"{_ROOM}.docx:parse_docx",
    "html": f"{_ROOM}.html:parse_html",
    "json": f"{_ROOM}.json_documents:parse_json",
    "markdown": f"{_ROOM}.markdown:parse_markdown",
    "pdf": f"{_ROOM}.pdf:parse_pdf",
    "pptx": f"{_ROOM}.pptx:parse_pptx",
    "text": f"{_ROOM}.plain_text:parse_plain_text",
    "xlsx": f"{_ROOM}.xlsx:parse_xlsx",
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES: Final = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/x-ndjson": "json",
    "application/xhtml+xml": "html",
    "application/xml": "code",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/plain": "text",
    "text/x-markdown": "markdown",
    "text/tab-separated-values": "csv",
    "text/xml": "code",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.wordprocessingml.document": "docx",
}
_CODE: Final = (
    "bash", "c", "cc", "cfg", "conf", "cpp", "cs", "css", "dart", "go", "gradle", "h", "hcl", "hpp", "ini", "java", "js",
    "jsx", "kt", "lua", "m", "mjs", "php", "pl", "properties", "proto", "ps1", "py", "r", "rb", "rs", "scala", "sh", "sql",
    "swift", "tf", "toml", "ts", "tsx", "vue", "xml", "yaml", "yml", "zsh",
)  # fmt: skip
_EXTENSIONS: Final = {
    "csv": "csv",
    "docx": "docx",
    "htm": "html",
    "html": "html",
    "json": "json",
    "jsonl": "json",
    "log": "text",
    "markdown": "markdown",
    "md": "markdown",
    "ndjson": "json",
    "pdf": "pdf",
    "pptx": "pptx",
    "rst": "text",
    "text": "text",
    "tsv": "csv",
    "txt": "text",
    "xhtml": "html",
    "xlsx": "xlsx",
    **dict.fromkeys(_CODE, "code"),
}
_UNSPECIFIC: Final = frozenset({"", "application/octet-stream", "text/plain", "binary/octet-stream"})


def parser_for(media_type: str, path: str) -> ParseFunction:
    """The parser of a document.

    A specific media type wins over the extension; an unspecific one (`text/plain`, `application/octet-stream`) does not.
    Raises UnsupportedError naming both.
    """
    kind = media_type.partition(";")[0].strip().lower()
    place = path.partition("?")[0] if "://" in path else path
    extension = PurePosixPath(place).suffix.lower().lstrip(".")
    name = None if kind in _UNSPECIFIC else _MEDIA_TYPES.get(kind)
    name = (
        name or _EXTENSIONS.get(extension) or _MEDIA_TYPES.get(kind) or ("text" if kind.startswith("text/") else None)
    )
    if name is None:
        raise UnsupportedError(f"No parser reads {kind or 'files'} named *.{extension or '(no extension)'}.")
    module, function = _PARSERS[name].split(":")
    return cast("ParseFunction", getattr(import_module(module), function))
