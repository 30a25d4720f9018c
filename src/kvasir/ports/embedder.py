"""Embedding models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kvasir.ports.deadline import Deadline


@dataclass(frozen=True, slots=True)
class EmbedderSpec:
    """What makes vectors comparable.

    Attributes:
        fingerprint: hash of weights, tokenizer, pooling, normalisation and prompts; engine and precision are not in it.
        dimensions: of every vector.
        max_tokens: longest input that is embedded whole; longer texts are cut into windows by the caller.
    """

    fingerprint: str
    dimensions: int
    max_tokens: int


class Embedder(Protocol):
    """Texts to unit vectors of shape (n, dimensions), float32.

    Raises:
        UnavailableError: the model or its endpoint does not answer.
        DeadlineExceededError
        InvalidInputError: the endpoint refuses the input.
    """

    async def spec(self, deadline: Deadline) -> EmbedderSpec:
        """Loads the model when that has not happened yet."""
        ...

    def windows(self, text: str) -> Sequence[str]:
        """The text cut into pieces that the model takes whole; the text itself when it is short enough."""
        ...

    async def embed_documents(self, texts: Sequence[str], deadline: Deadline) -> NDArray[np.float32]: ...

    async def embed_query(self, text: str, deadline: Deadline) -> NDArray[np.float32]:
        """Shape (dimensions,)."""
        ...
