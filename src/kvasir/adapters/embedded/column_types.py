"""How values that SQLite does not know are kept: JSON as text, times as microseconds."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

from kvasir.errors import InvalidInputError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Json(TypeDecorator[Any]):
    """A mapping or list. NaN and infinities have no JSON (InvalidInputError)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        if not value:
            return "[]" if isinstance(value, list | tuple) else "{}"
        if any(isinstance(part, float) and not math.isfinite(part) for part in _parts(value)):
            raise InvalidInputError("NaN and infinities cannot be stored.", fix="leave the attribute out")
        return orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return {} if value is None or value == "{}" else orjson.loads(value)


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownVariableType]


class Groups(TypeDecorator[frozenset[str] | None]):
    """Names as a sorted JSON list, so that equal sets are equal text; NULL where access is not restricted."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else orjson.dumps(sorted(value)).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:  # noqa: ARG002
        return None if value is None else frozenset(orjson.loads(value))


class UtcTime(TypeDecorator[datetime]):
    """An aware time to the microsecond; read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInputError(f"The time {value} has no time zone.", fix="use an aware datetime")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _MICROSECOND
