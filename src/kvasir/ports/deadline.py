"""Absolute deadlines, passed down every call so that the last hop knows what is left."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from kvasir.errors import DeadlineExceededError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment in Unix time (seconds). Absolute and serialisable, so that it crosses processes unchanged."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(at=time.time() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.time())

    def check(self, doing: str) -> None:
        """Raises DeadlineExceededError when nothing is left. Call before starting work that cannot be cancelled."""
        if self.remaining() <= 0:
            raise DeadlineExceededError(f"The deadline passed before {doing}.")

    async def bound(self, work: Awaitable[T], doing: str) -> T:
        """Awaits `work`, cancelling it and raising DeadlineExceededError when the time is up."""
        limit = asyncio.timeout(self.remaining())
        try:
            async with limit:
                return await work
        except TimeoutError as error:
            if not limit.expired():
                raise  # the work's own, not ours
            raise DeadlineExceededError(f"The deadline passed while {doing}.") from error
