"""What commands print: tables for people, YAML and JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kvasir.resources import Resource
from kvasir.resources.meta import Column

_UNBOUNDED: Final = 1000
"""Columns where no terminal sets them: what a program reads is never wrapped."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _UNBOUNDED)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def warn(messages: Iterable[str]) -> None:
    """One line each on standard error; the exit code stays."""
    for message in messages:
        errors.print(f"warning: {message}", style="yellow", markup=False)


class Format(StrEnum):
    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


def print_data(data: Any, output: Format) -> None:
    """YAML or JSON, plain, so that it can be piped."""
    if output is Format.JSON:
        print(json.dumps(data, indent=2, ensure_ascii=False, default=str))
    else:
        print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), end="")


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns without lines, as kubectl prints them."""
    table = Table(*[header.upper() for header in headers], box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*[Text("" if cell is None else str(cell)) for cell in row])
    console.print(table)


def resource_table(model: type[Resource], items: Sequence[Mapping[str, Any]]) -> None:
    """The kind's printer columns, and its age."""
    columns = [column for column in model.facts.columns if column.priority == 0]
    namespaced = any(item["metadata"].get("namespace") for item in items)
    headers = [*(["Namespace"] if namespaced else []), "Name", *(column.name for column in columns), "Age"]
    rows = [
        [
            *([item["metadata"].get("namespace", "")] if namespaced else []),
            item["metadata"]["name"],
            *(value_at(item, column) for column in columns),
            age(item["metadata"].get("creationTimestamp")),
        ]
        for item in items
    ]
    print_table(headers, rows)


def value_at(item: Mapping[str, Any], column: Column) -> Any:
    """The value of a printer column: dotted names, and the one filter that conditions need."""
    path = column.path.removeprefix(".")
    if "[?(@.type==" in path:
        kind = path.split("'")[1]
        found = condition(item, kind)
        return None if found is None else found.get(path.rsplit(".", 1)[1])
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]


def condition(item: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """A condition of an object by its type."""
    found = item.get("status", {}).get("conditions", [])
    return next((one for one in found if one["type"] == kind), None)


def age(timestamp: str | None) -> str:
    """As kubectl: 45s, 12m, 3h, 5d."""
    if not timestamp:
        return ""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(timestamp)).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(0, seconds)}s"
