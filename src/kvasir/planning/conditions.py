"""Conditions by the Kubernetes convention and kstatus: Ready, Reconciling and Stalled, each always present.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from kvasir.planning.reasons import Reason
from kvasir.resources.meta import READY, RECONCILING, STALLED, Condition, Status

_MAX_MESSAGE: Final = 1024


class Progress(StrEnum):
    """What happens next to an object that is not where it should be."""

    SETTLED = "Settled"
    """Nothing is left to do."""
    RECONCILING = "Reconciling"
    """Work is going on or will be tried again."""
    STALLED = "Stalled"
    """Nothing more happens until somebody changes something."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an object serves, why, and what happens next.

    `cause` and `cause_message` say what it is working on or what holds it up; an object can serve and be stalled.
    """

    ready: bool
    reason: Reason
    message: str
    progress: Progress
    cause: Reason
    cause_message: str


def available(message: str) -> Verdict:
    """It serves, and nothing is left to do."""
    return Verdict(
        ready=True,
        reason=Reason.AVAILABLE,
        message=message,
        progress=Progress.SETTLED,
        cause=Reason.AVAILABLE,
        cause_message="",
    )


def serving_but(problem: Verdict, message: str) -> Verdict:
    """It serves what it has, while the problem lasts."""
    return replace(problem, ready=True, reason=Reason.AVAILABLE, message=message)


def waiting(reason: Reason, message: str) -> Verdict:
    """It does not serve yet and will without anybody's help."""
    return _unready(reason, message, Progress.RECONCILING)


def stalled(reason: Reason, message: str) -> Verdict:
    """It does not serve until somebody acts; the message says how."""
    return _unready(reason, message, Progress.STALLED)


def _unready(reason: Reason, message: str, progress: Progress) -> Verdict:
    return Verdict(ready=False, reason=reason, message=message, progress=progress, cause=reason, cause_message=message)


@dataclass(frozen=True, slots=True)
class Aspect:
    """A condition of a kind's own, e.g. `MassDeletion`."""

    type: str
    holds: bool
    reason: str
    message: str


def conditions(
    verdict: Verdict, aspects: Sequence[Aspect], former: Status, generation: int | None, now: datetime
) -> tuple[Condition, ...]:
    """All conditions of an object; one that did not change keeps its transition time."""
    own = (
        Aspect(READY, verdict.ready, verdict.reason, verdict.message),
        _progress(RECONCILING, Progress.RECONCILING, verdict),
        _progress(STALLED, Progress.STALLED, verdict),
    )
    return tuple(_condition(aspect, former, generation, now) for aspect in (*own, *aspects))


def _progress(kind: str, progress: Progress, verdict: Verdict) -> Aspect:
    if verdict.progress is progress:
        return Aspect(kind, holds=True, reason=verdict.cause, message=verdict.cause_message)
    return Aspect(kind, holds=False, reason=verdict.progress, message="")


def _condition(aspect: Aspect, former: Status, generation: int | None, now: datetime) -> Condition:
    status = "True" if aspect.holds else "False"
    before = former.condition(aspect.type)
    changed = before is None or before.status != status
    message = aspect.message if len(aspect.message) <= _MAX_MESSAGE else aspect.message[: _MAX_MESSAGE - 1] + "…"
    return Condition(
        type=aspect.type,
        status=status,
        observed_generation=generation,
        last_transition_time=now if changed or before is None else before.last_transition_time,
        reason=aspect.reason,
        message=message,
    )
