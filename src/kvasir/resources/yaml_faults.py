"""What makes a text malformed YAML, in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from kvasir.errors import said


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int


class YAMLFault(Exception):  # noqa: N818 - it becomes a Problem, which names the file
    """The text is not YAML that kubectl would read."""

    def __init__(self, place: Place, message: str, fix: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.fix = fix


def place_of(text: str, offset: int) -> Place:
    """Return the line and column of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    return Place(text.count("\n", 0, offset) + 1, offset - start + 1)


_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML 1.1 counts as the end of a line."""
_EXPLANATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "mapping values are not allowed in this context": (
        "a `:` stands where no value can follow.",
        "Check the indentation, or quote a text that contains `: `.",
    ),
    "did not find expected key": (
        "the indentation does not fit the lines above.",
        "Indent fields of one object alike, and quote texts with special characters.",
    ),
    "could not find expected ':'": (
        "a field has no `:`.",
        "Write `name: value`, or check the indentation.",
    ),
    "did not find expected '-' indicator": (
        "the indentation does not fit the list above.",
        "Start each item with `- ` in the same column.",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot start here.",
        "Start it on a line of its own, or check the indentation.",
    ),
    "did not find expected ',' or ']'": (
        "a list in brackets is not closed.",
        "Separate items by `,` and end with `]`.",
    ),
    "did not find expected ',' or '}'": (
        "a mapping in braces is not closed.",
        "Separate fields by `,`, end with `}`, and quote texts that contain braces.",
    ),
    "did not find expected node content": ("a value is missing.", "Write the value, or check the brackets."),
    "found unexpected end of stream": ("a quote is not closed.", "End the text with the quote that starts it."),
    "found unknown escape character": (
        "an escape in double quotes is not known.",
        "Double the backslash, or use single quotes.",
    ),
    "did not find expected <document start>": (
        "the document has ended, yet more text follows.",
        "Check the indentation, or separate documents by `---`.",
    ),
}


def explained(error: yaml.YAMLError, text: str) -> YAMLFault:
    """Return a parser's error in words, at the place to look at."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return YAMLFault(Place(1, 1), f"{said(error)}.", "Check the text against YAML's syntax.")
    row, column, problem = error.problem_mark.line, error.problem_mark.column, str(error.problem)
    lines = _BREAK.split(text)
    line = "".join(lines[row : row + 1])
    place = Place(row + 1, column + 1)
    if "\t" in line[: column + 1]:
        return YAMLFault(Place(row + 1, line.index("\t") + 1), "a tab cannot indent YAML.", "Use spaces.")
    if problem == "found character that cannot start any token":
        return YAMLFault(place, f"`{line[column : column + 1]}` cannot start a value.", "Put the value in quotes.")
    at_end = not "".join([line[column:], *lines[row + 1 :]]).strip()
    if at_end and error.context_mark is not None:
        # What is not closed shows only at the end of the text: the start is the place to look at.
        place = Place(error.context_mark.line + 1, error.context_mark.column + 1)
    message, fix = _EXPLANATIONS.get(problem, (f"{problem}.", "Check the indentation, quotes and brackets above."))
    return YAMLFault(place, message, fix)
