"""Progress of a run: counts, what it is doing now, and when it last got anywhere."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

STUCK_SECONDS: Final = 420.0
"""A running step without any advance for this long is called stuck: longer than every per-document limit."""


class Step(StrEnum):
    """Where a run is."""

    WAITING = "Waiting"
    LISTING = "Listing"
    INDEXING = "Indexing"
    SEALING = "Sealing"
    VERIFYING = "Verifying"
    PUBLISHING = "Publishing"
    DONE = "Done"


@dataclass(slots=True)
class Progress:
    """Live numbers; `listen` is called on every change and must be quick.

    Attributes:
        counts: listed, fetched, unchanged, rejected, unreachable, removed, indexed, quarantined, passages, pending.
        doing: the documents being worked on.
    """

    listen: Callable[["Progress"], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    step: Step = Step.WAITING
    counts: Counter[str] = field(default_factory=Counter[str])
    doing: set[str] = field(default_factory=set[str])
    advanced: float = 0.0

    def enter(self, step: Step) -> None:
        self.step = step
        self._advance()

    def add(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount
        self._advance()

    def set(self, name: str, amount: int) -> None:
        self.counts[name] = amount
        self._advance()

    def start(self, document: str) -> None:
        self.doing.add(document)
        self._advance()

    def finish(self, document: str) -> None:
        self.doing.discard(document)
        self._advance()

    @property
    def idle_seconds(self) -> float:
        """Since anything advanced."""
        return self.clock() - self.advanced

    @property
    def stuck(self) -> bool:
        """Running, but without any advance for longer than any document may take."""
        return self.step not in {Step.WAITING, Step.DONE} and self.idle_seconds > STUCK_SECONDS

    def snapshot(self) -> Mapping[str, int]:
        return dict(self.counts)

    def _advance(self) -> None:
        self.advanced = self.clock()
        self.listen(self)
