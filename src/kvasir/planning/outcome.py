"""What a plan comes to."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from kvasir.planning.units import Unit
from kvasir.resources.meta import Status

S_co = TypeVar("S_co", bound=Status, covariant=True)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S_co]):
    """Desired units in the order in which to realise them, the whole status, and when to look again (seconds)."""

    units: tuple[Unit, ...]
    status: S_co
    retry_after: float | None = None
