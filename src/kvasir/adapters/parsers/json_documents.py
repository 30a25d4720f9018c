"""JSON and JSON Lines: one line per value, named by its path, so that each can be understood alone."""

import json
from collections.abc import Iterator
from typing import Any, Final, cast

from kvasir.adapters.parsers.assembly import TextAssembly
from kvasir.adapters.parsers.decoding import decode, lines
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument

_TITLE_KEYS: Final = ("title", "name")


def parse_json(content: bytes) -> ParsedDocument:
    """A document per file; each element of a top-level list is a block. Raises InvalidInputError."""
    text = decode(content)
    assembly = TextAssembly()
    title = ""
    try:
        value: Any = json.loads(text)
    except ValueError as error:  # a number of too many digits is no JSONDecodeError
        _add_lines(assembly, text, error)
        return assembly.document()
    for element in cast("list[Any]", value) if isinstance(value, list) else [value]:
        assembly.block("\n".join(_leaves(element)), "table")
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        title = next((str(fields[key]) for key in _TITLE_KEYS if isinstance(fields.get(key), str)), "")
    return assembly.document(title=title)


def _add_lines(assembly: TextAssembly, text: str, whole: ValueError) -> None:
    """One block per line, for what is JSON line by line; `whole` says why it is not JSON as a whole."""
    count = 0
    try:
        for line in lines(text):
            if line.strip():
                assembly.block("\n".join(_leaves(json.loads(line))), "table")
                count += 1
    except ValueError as error:
        where = f"line {count + 1}: {said(error)}" if count > 1 else said(whole)
        raise InvalidInputError(f"The file is not valid JSON: {where}.", fix="correct it") from error
    if count < 2:
        raise InvalidInputError(f"The file is not valid JSON: {said(whole)}.", fix="correct it") from whole


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
            shown = str(one).lower() if isinstance(one, bool) else str(one)
            yield f"{path}: {shown}" if path else shown
