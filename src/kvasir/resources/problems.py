"""What is wrong with a file: where, what, and how to fix it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kvasir.errors import InvalidInputError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a file.

    Attributes:
        file: path as the caller gave it.
        line: line of the fault, from 1; 0 when it concerns the file as a whole.
        column: column of the fault in characters, from 1; 0 when it concerns the file as a whole.
        path: field, such as `spec.sources[1].http.urls`; empty when it concerns the whole object.
        message: what is wrong.
        fix: what to do about it.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        field = f"{self.path}: " if self.path else ""
        return f"{place}: {field}{self.message} Fix: {self.fix}"


class InvalidResourceError(InvalidInputError):
    """A file holds something that cannot become a resource. `problems` lists every fault that was found."""

    code = "invalid_resource"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)), field=self.problems[0].path or None)

    def __str__(self) -> str:
        return self.message
