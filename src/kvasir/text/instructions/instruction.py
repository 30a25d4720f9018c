"""A stretch of a text that may be an order to a model, and from which score on it counts as what."""

from typing import Final, NamedTuple

SUSPECTED: Final = 0.05
"""Perhaps an order: nothing is lost without it where it has nothing to do with the question."""
LIKELY: Final = 0.5
"""Named in a document's warnings; withheld from prompts where nothing tells whether it answers."""
SURE: Final = 0.8
"""Withheld from every prompt, never quoted."""


class Instruction(NamedTuple):
    """Start and end in code points, and how sure it is an order: `SUSPECTED` to 1."""

    start: int
    end: int
    score: float = 1.0
