"""How strictly answers are held to their sources."""

from enum import StrEnum

from pydantic import Field

from kvasir.resources.meta import Model
from kvasir.resources.scalars import Fraction


class GroundingMode(StrEnum):
    """What happens to a sentence that no source supports."""

    STRICT = "Strict"
    """It is dropped before anybody sees it."""
    CITE_OR_SAY = "CiteOrSay"
    """It is sent, and flagged as unsupported."""
    OPEN = "Open"
    """It is sent; the model may use what it knows."""


class Grounding(Model):
    """Defaults of a knowledge base."""

    mode: GroundingMode = Field(
        default=GroundingMode.CITE_OR_SAY,
        description="Strict drops unsupported sentences, CiteOrSay sends and flags them, Open allows them.",
    )
    abstain_below: Fraction | None = Field(
        default=None,
        description="Probability, 0 to 1, that what was found answers the question, under which it is refused; absent "
        "means the calibrated default.",
        examples=[0.5],
    )


class GroundingOverride(Model):
    """Settings of a chat deployment; what is absent comes from the strictest of its knowledge bases."""

    mode: GroundingMode | None = Field(default=None, description="Strict, CiteOrSay or Open.")
    abstain_below: Fraction | None = Field(
        default=None,
        description="Probability, 0 to 1, that what was found answers the question, under which it is refused.",
        examples=[0.5],
    )
