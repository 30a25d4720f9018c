"""What a plan comes to."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from kvasir.planning.units import Unit
from kvasir.resources.meta import Status

S = TypeVar("S", bound=Status)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """Desired units in the order in which to realise them, the whole status, and when to look again (seconds)."""

    units: tuple[Unit, ...]
    status: S
    retry_after: float | None = None
