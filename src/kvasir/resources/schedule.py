"""When work is due: a cron expression in a time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kvasir.resources.meta import Model
from kvasir.resources.scalars import CRON_PATTERN, TIME_ZONE_PATTERN

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_ONE_MINUTE = timedelta(minutes=1)


class Schedule(Model):
    """Times at which work starts. Hours that a change of clocks skips or repeats run once, as with Debian's cron."""

    cron: Annotated[str, Field(max_length=100, pattern=CRON_PATTERN)] = Field(
        description="Minute, hour, day of month, month and day of week.",
        examples=["0 3 * * *"],
    )
    time_zone: Annotated[str, Field(min_length=1, max_length=64, pattern=TIME_ZONE_PATTERN)] = Field(
        default="Etc/UTC",
        description="Time zone of the tz database.",
        examples=["Europe/Oslo"],
    )

    @model_validator(mode="after")
    def _has_times(self) -> Self:
        try:
            next(CronSim(self.cron, _ANY_DAY))
        except (CronSimError, StopIteration) as error:
            context = _blame("cron", self.cron, str(error).lower() or "no such day")
            raise PydanticCustomError("cron", "`{cron}` never comes: {reason}", context) from None
        # Without the tz database (slim images) nothing can be said here; `upcoming` then works for Etc/UTC only.
        if self.time_zone != "Etc/UTC" and (zones := available_timezones()) and self.time_zone not in zones:
            context = _blame("timeZone", self.time_zone, "unknown")
            raise PydanticCustomError("time_zone", "`{timeZone}` is not a time zone", context)
        return self

    def upcoming(self, after: datetime) -> Iterator[datetime]:
        """Yield the times after a moment, in UTC. Raises ZoneInfoNotFoundError where the host lacks the time zone."""
        for moment in CronSim(self.cron, after.astimezone(self._zone)):
            yield moment.astimezone(UTC)

    def latest(self, at: datetime) -> datetime:
        """Return the last time at or before a moment, in UTC. Raises as `upcoming`."""
        before = CronSim(self.cron, (at + _ONE_MINUTE).astimezone(self._zone), reverse=True)
        return next(moment for moment in before if moment <= at).astimezone(UTC)

    @property
    def _zone(self) -> tzinfo:
        return UTC if self.time_zone == "Etc/UTC" else ZoneInfo(self.time_zone)


def _blame(field: str, value: str, reason: str) -> dict[str, str]:
    return {field: value, "reason": reason, "path": field}
