"""Cursor paging, the same for every list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in a stable order; `after` is an opaque cursor for the next page, None at the end."""

    items: Sequence[Item]
    after: str | None = None
