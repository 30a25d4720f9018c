"""What both engines share: one thread, bounded batches, prompts, windows and unit vectors."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from kvasir.adapters.models.repository import ModelRepository
from kvasir.ports.deadline import Deadline
from kvasir.ports.embedder import EmbedderSpec
from kvasir.text.windows import token_windows

T = TypeVar("T")
Vectors = NDArray[np.float32]

_BATCH_TOKENS: Final = 4096
"""Padded tokens of one batch: bounds the memory of activations."""
_BATCH_TEXTS: Final = 32


class EmbeddingModel(Protocol):
    """A loaded model. Called from one thread at a time."""

    dimensions: int

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Code points of each token, special tokens left out. Safe from any thread."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, dimensions), before normalisation."""
        ...


class LocalEmbedder:
    """Implements `ports.embedder.Embedder` over a model that loads when it is first needed."""

    def __init__(self, repository: ModelRepository, load: Callable[[], EmbeddingModel]) -> None:
        self._repository = repository
        self._load = load
        self._model: EmbeddingModel | None = None
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    async def spec(self, deadline: Deadline) -> EmbedderSpec:
        return await self._run(self._spec, deadline, "loading the embedding model")

    def windows(self, text: str) -> Sequence[str]:
        limit = self._repository.max_tokens - 2
        if len(text) <= limit:
            return [text]  # no tokenizer makes more tokens than code points, but for byte fallbacks, which it truncates
        return token_windows(text, self._loaded().offsets(text), limit)

    async def embed_documents(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        prompted = [self._repository.document_prompt + text for text in texts]
        return await self._run(lambda: self._embed(prompted, deadline), deadline, "embedding passages")

    async def embed_query(self, text: str, deadline: Deadline) -> Vectors:
        prompted = [self._repository.query_prompt + text]
        return (await self._run(lambda: self._embed(prompted, deadline), deadline, "embedding the question"))[0]

    async def close(self) -> None:
        """Idempotent."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self, work: Callable[[], T], deadline: Deadline, doing: str) -> T:
        return await deadline.bound(asyncio.get_running_loop().run_in_executor(self._thread, work), doing)

    def _loaded(self) -> EmbeddingModel:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _spec(self) -> EmbedderSpec:
        return EmbedderSpec(self._repository.fingerprint, self._loaded().dimensions, self._repository.max_tokens)

    def _embed(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        """Sorted by length, so that a batch holds little padding; results in the order of the texts."""
        model = self._loaded()
        result = np.zeros((len(texts), model.dimensions), np.float32)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        for batch in _batches(order, texts):
            deadline.check("embedding")
            result[batch] = unit(model.encode([texts[n] for n in batch]))
        return result


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


def _batches(order: Sequence[int], texts: Sequence[str]) -> Sequence[Sequence[int]]:
    batches: list[list[int]] = []
    for n in order:
        tokens = max(16, len(texts[n]) // 4)
        if not batches or len(batches[-1]) == _BATCH_TEXTS or tokens * (len(batches[-1]) + 1) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(n)
    return batches
