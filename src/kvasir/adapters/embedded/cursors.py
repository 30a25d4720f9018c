"""Opaque cursors: the sort key of the last item, so that inserts elsewhere do not move the pages."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import cast

import orjson

from kvasir.errors import InvalidInputError


def cursor(*key: str) -> str:
    """For `Page.after`."""
    return urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def position(after: str, parts: int) -> tuple[str, ...]:
    """The sort key that a cursor stands for. InvalidInputError when it is none of ours."""
    try:
        key: object = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError:  # bad base64, bad UTF-8 and bad JSON alike
        key = None
    names = cast("list[object]", key) if isinstance(key, list) else []
    if len(names) != parts or not all(isinstance(name, str) for name in names):
        raise InvalidInputError("This cursor is not valid here.", field="after", fix="pass `after` of the last page")
    return tuple(str(name) for name in names)


def checked_limit(limit: int, most: int = 10_000) -> int:
    """Items per page. InvalidInputError below 1; above `most` it is lowered."""
    if limit < 1:
        raise InvalidInputError(f"{limit} items per page are too few.", field="limit", fix="ask for at least 1")
    return min(limit, most)
