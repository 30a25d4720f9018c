from datetime import UTC, datetime
from itertools import islice

import pytest
from pydantic import ValidationError

from kvasir.resources import Schedule


def test_times_come_in_the_zone_of_the_schedule() -> None:
    nightly = Schedule(cron="0 3 * * *", time_zone="Europe/Oslo")
    times = list(islice(nightly.upcoming(datetime(2026, 3, 27, 12, tzinfo=UTC)), 3))
    # Oslo is an hour ahead in winter and two in summer; clocks change on 29 March 2026.
    assert times == [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((28, 2), (29, 1), (30, 1))]


def test_the_latest_time_is_at_or_before() -> None:
    hourly = Schedule(cron="0 * * * *")
    exact = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert hourly.latest(exact) == exact
    assert hourly.latest(exact.replace(minute=59)) == exact
    assert hourly.latest(exact.replace(hour=8, minute=59)) == exact.replace(hour=8)


@pytest.mark.parametrize("cron", ["* * * * *", "*/15 9-17 * * MON-FRI", "0 0 1,15 * *", "0 0 29 2 *", "0 0 L * *"])
def test_accepted(cron: str) -> None:
    assert next(Schedule(cron=cron).upcoming(datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("cron", ["0 0 31 2 *", "60 * * * *", "0 0 * *", "@daily", "0 0 0 * * *", "a b c d e", ""])
def test_refused(cron: str) -> None:
    with pytest.raises(ValidationError):
        Schedule(cron=cron)


@pytest.mark.parametrize("zone", ["Europe/Olso", "../etc/passwd", "+02:00", ""])
def test_zones_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        Schedule(cron="0 0 * * *", time_zone=zone)


def test_a_host_without_the_tz_database_takes_zones_on_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kvasir.resources.schedule.available_timezones", set[str])
    assert Schedule(cron="0 0 * * *", time_zone="Europe/Oslo").time_zone == "Europe/Oslo"
