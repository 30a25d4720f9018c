"""Cursor paging as the OpenAI API does it: `after` and `before` are ids of items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from kvasir.errors import InvalidInputError


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=Identified)


class PageQuery(BaseModel):
    """Which part of a list is wanted."""

    limit: int = Field(default=20, ge=1, le=100)
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    before: str | None = None


PageParameters = Annotated[PageQuery, Query()]


@dataclass(frozen=True, slots=True)
class Part:
    """What every list says about itself."""

    first_id: str | None
    last_id: str | None
    has_more: bool


def cut(items: Sequence[Item], query: PageQuery) -> tuple[Sequence[Item], Part]:
    """The part that was asked for. `items` are oldest first; InvalidInputError for a cursor that is none of them."""
    ordered = list(items) if query.order == "asc" else list(reversed(items))
    ids = [item.id for item in ordered]
    start = 0 if query.after is None else _place(ids, query.after, "after") + 1
    end = len(ordered) if query.before is None else _place(ids, query.before, "before")
    more = end - start > query.limit
    # Without `after`, `before` means the page that ends there.
    if more and query.before is not None and query.after is None:
        start = end - query.limit
    chosen = ordered[start:end][: query.limit]
    return chosen, Part(chosen[0].id if chosen else None, chosen[-1].id if chosen else None, more)


def _place(ids: Sequence[str], wanted: str, field: str) -> int:
    try:
        return ids.index(wanted)
    except ValueError:
        raise InvalidInputError("This list has no such item.", field=field, fix="pass an id from a page") from None
