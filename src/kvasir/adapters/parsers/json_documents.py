"""JSON and JSON Lines: one line per value, named by its path, so that each can be understood alone."""

import json
from collections.abc import Iterator
from typing import Any, Final, cast

from kvasir.adapters.parsers.assembly import TextAssembly
from kvasir.adapters.parsers.decoding import decode
from kvasir.errors import InvalidInputError
from kvasir.ports.reading import ParsedDocument

_TITLE_KEYS: Final = ("title", "name")


def parse_json(content: bytes) -> ParsedDocument:
    """A document per file; each element of a top-level list is a block. Raises InvalidInputError."""
    text = decode(content)
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError as error:
        value = _lines(text, error)
    assembly = TextAssembly()
    for element in cast("list[Any]", value) if isinstance(value, list) else [value]:
        assembly.block("\n".join(_leaves(element)), "table")
    title = ""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        title = next((str(fields[key]) for key in _TITLE_KEYS if isinstance(fields.get(key), str)), "")
    return assembly.document(title=title)


def _lines(text: str, error: json.JSONDecodeError) -> list[Any]:
    try:
        values = [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError:
        values = []
    if len(values) < 2:
        raise InvalidInputError(
            f"The file is not valid JSON: {error.msg} in line {error.lineno}.", fix="correct it"
        ) from error
    return values


def _leaves(value: Any) -> Iterator[str]:
    """`path: value` of every leaf, in order, without recursion."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            members = [
                (f"{path}.{key}" if path else str(key), child) for key, child in cast("dict[str, Any]", one).items()
            ]
            waiting.extend(reversed(members))
        elif isinstance(one, list):
            items = [(f"{path}[{number}]", child) for number, child in enumerate(cast("list[Any]", one))]
            waiting.extend(reversed(items))
        elif one is not None and one != "":
            yield f"{path}: {one}" if path else str(one)
