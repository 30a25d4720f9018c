"""Embedding models of OpenAI-compatible servers."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.adapters.openai.connection import OpenAIConnection
from kvasir.errors import InvalidInputError
from kvasir.ports.deadline import Deadline
from kvasir.ports.embedder import EmbedderSpec
from kvasir.text.windows import length_windows

_MAX_TOKENS: Final = 8191
_MAX_LENGTH: Final = 8000
"""Code points of a window: with any tokenizer fewer tokens than the limit of common servers."""


class OpenAIEmbedder:
    """Implements `ports.embedder.Embedder`. The server's name for the model stands for its weights."""

    def __init__(self, connection: OpenAIConnection, model: str, dimensions: int, *, batch_size: int = 64) -> None:
        self._connection = connection
        self._model = model
        self._dimensions = dimensions
        self._batch_size = batch_size

    async def spec(self, deadline: Deadline) -> EmbedderSpec:
        deadline.check("reading the model's settings")
        fingerprint = hashlib.sha256(f"openai\x1f{self._model}\x1f{self._dimensions}".encode()).hexdigest()[:32]
        return EmbedderSpec(fingerprint, self._dimensions, _MAX_TOKENS)

    def windows(self, text: str) -> Sequence[str]:
        return length_windows(text, _MAX_LENGTH)

    async def embed_documents(self, texts: Sequence[str], deadline: Deadline) -> NDArray[np.float32]:
        parts = [
            await self._embed(texts[start : start + self._batch_size], deadline)
            for start in range(0, len(texts), self._batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self._dimensions), np.float32)

    async def embed_query(self, text: str, deadline: Deadline) -> NDArray[np.float32]:
        return (await self._embed([text], deadline))[0]

    async def close(self) -> None:
        await self._connection.close()

    async def _embed(self, texts: Sequence[str], deadline: Deadline) -> NDArray[np.float32]:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        answer = await self._connection.post("embeddings", body, deadline)
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = np.array([row["embedding"] for row in rows], np.float32).reshape(len(rows), -1)
        if vectors.shape != (len(texts), self._dimensions):
            raise InvalidInputError(
                f"Model {self._model} gave {vectors.shape[0]} vectors of {vectors.shape[1]} dimensions "
                f"for {len(texts)} texts; {self._dimensions} were declared.",
                field="embedding.openAICompatible.dimensions",
            )
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
