"""YAML front matter: title, access and attributes at the head of a Markdown or text file."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, cast

import yaml

from kvasir.adapters.parsers.assembly import storable
from kvasir.errors import InvalidInputError, said
from kvasir.ports.filters import MAX_ATTRIBUTES
from kvasir.ports.principal import Access

_BLOCK: Final = re.compile(
    r"\A(?:[ \t]*\n)*---[ \t]*\n(.*?)(?:\n)?^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_LOOKS_LIKE_MAPPING: Final = re.compile(r"\A\s*[\w\"'-][^:\n]*:(?:\s|\Z)")
_UNREADABLE_ACCESS: Final = re.compile(
    r"\A(?:[ \t]*\n)*(?:---|\+\+\+)[ \t]*\n(?:.*\n){0,40}?[\"']?(?:access|groups)[\"']?[ \t]*[:=]", re.IGNORECASE
)
_MAX_SIZE: Final = 16_384
_RESERVED: Final = frozenset({"title", "access", "groups"})


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the head of a file says about it, and where its body begins (code points)."""

    title: str = ""
    access: Access = None
    attributes: Mapping[str, str | float | bool] = field(default_factory=dict[str, str | float | bool])
    warnings: tuple[str, ...] = ()
    body: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """Reads the block between two `---` lines; a thematic break at the top is not front matter.

    Raises InvalidInputError when the block is meant as front matter but cannot be read: it may hold `access`, and a
    document whose readers are unknown must not be shown to everybody.
    """
    match = _BLOCK.match(text)
    if match is None or not _LOOKS_LIKE_MAPPING.match(match[1]):
        if _UNREADABLE_ACCESS.match(text[:_MAX_SIZE]):
            raise InvalidInputError("The head of the file looks like front matter with `access`, but it is no YAML "
                                    "between two lines of `---`.", fix="close it with a line of `---`")  # fmt: skip
        return FrontMatter()
    values = _load(match[1])
    attributes, warnings = _attributes(values)
    return FrontMatter(
        title=_title(values.get("title")),
        access=_access(values),
        attributes=attributes,
        warnings=warnings,
        body=match.end(),
    )


class _Loader(yaml.SafeLoader):
    """Without aliases, through which a few lines can name a billion values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not supported")
        return super().compose_node(parent, index)


def _load(block: str) -> Mapping[str, Any]:
    if len(block) > _MAX_SIZE:
        raise InvalidInputError(f"The front matter is longer than {_MAX_SIZE} code points.", fix="shorten it")
    try:
        loaded = yaml.load(storable(block), _Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = said(error)[:500].rstrip(".")
        raise InvalidInputError(f"The front matter is not valid YAML: {reason}.", fix="quote the value") from error
    if not isinstance(loaded, dict):
        raise InvalidInputError("The front matter is not a mapping of names to values.", fix="write `name: value`")
    return {_name(str(key)): value for key, value in cast("dict[Any, Any]", loaded).items()}


def _name(key: str) -> str:
    """`Access` means `access`: who may read must not depend on the shift key."""
    key = storable(key)
    return key.strip().lower() if key.strip().lower() in _RESERVED else key


def _title(value: Any) -> str:
    return storable(str(value)).strip() if isinstance(value, str | int | float | date) else ""


def _access(values: Mapping[str, Any]) -> Access:
    given: Any = values.get("access", values.get("groups"))
    if isinstance(given, dict):
        given = cast("dict[str, Any]", given).get("groups")
    if "access" not in values and "groups" not in values:
        return None
    if isinstance(given, str):
        return frozenset({storable(given)})
    if isinstance(given, list) and all(isinstance(group, str) for group in cast("list[Any]", given)):
        return frozenset(map(storable, cast("list[str]", given)))
    raise InvalidInputError("`access` must be a list of group names.", fix="write `access: [hr, legal]`")


def _attributes(values: Mapping[str, Any]) -> tuple[dict[str, str | float | bool], tuple[str, ...]]:
    attributes: dict[str, str | float | bool] = {}
    warnings: list[str] = []
    for key, value in values.items():
        if key in _RESERVED or value is None:
            continue
        scalar = _scalar(value)
        if scalar is None or len(key) > 64:
            warnings.append(f"front matter: {key[:64]!r} is neither a short text, a number, a date nor a list of them")
        elif len(attributes) == MAX_ATTRIBUTES:
            warnings.append(f"front matter: only the first {MAX_ATTRIBUTES} attributes are kept")
            break
        else:
            attributes[key] = scalar
    return attributes, tuple(warnings)


def _scalar(value: Any) -> str | float | bool | None:
    """As an attribute; None for what cannot be one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value) if abs(value) < 2**63 and math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in cast("list[Any]", value)):
        value = ", ".join(str(part) for part in cast("list[Any]", value))
    return storable(value) if isinstance(value, str) and len(value) <= 512 else None
