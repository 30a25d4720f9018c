"""Vectors for the dense leg.

10,000 passages of the haystack, all needles and all questions are really embedded (MiniLM; about 20 CPU minutes once, kept in
.cache/scale). Embedding 100,000 would take hours here, so the others get mixtures of two real vectors and noise: as near to a
question as real passages are. `hard` are the generated vectors that indexes do worst on (few clusters, latent dimension 64).
"""

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.datasets import Passage
from benchmarks.retrieval.embeddings import model
from benchmarks.scale.corpus import CACHE

Vectors = NDArray[np.float32]

REAL = 10_000
SEED = 2026
DIMENSIONS = 384


def real(haystack: Sequence[Passage]) -> tuple[NDArray[np.int64], Vectors]:
    """Numbers of the embedded passages, and their vectors."""
    numbers = sorted(random.Random(SEED).sample(range(len(haystack)), min(REAL, len(haystack))))
    store = CACHE / f"minilm-{len(haystack)}-{len(numbers)}-{SEED}.npy"
    if not store.exists():
        texts = [haystack[number].text for number in numbers]
        found = model().encode(texts, batch_size=16, normalize_embeddings=True, show_progress_bar=False)
        np.save(store, np.asarray(found, np.float32))
    return np.array(numbers), np.load(store)


def filled(count: int, numbers: NDArray[np.int64], known: Vectors) -> Vectors:
    """`count` unit vectors: those of `numbers` as they are, the others mixtures."""
    generator = np.random.default_rng(SEED)
    first, second = generator.integers(0, len(known), (2, count))
    share = generator.uniform(0.5, 0.9, (count, 1)).astype(np.float32)
    noise = generator.standard_normal((count, DIMENSIONS), np.float32) * np.float32(0.3 / np.sqrt(DIMENSIONS))
    vectors = share * known[first] + (1 - share) * known[second] + noise
    kept = numbers < count
    vectors[numbers[kept]] = known[kept]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def hard(count: int, queries: int) -> tuple[Vectors, Vectors]:
    """20 clusters, latent dimension 64, unit length; and held-out queries of the same kind."""
    generator = np.random.default_rng(SEED)
    centres = generator.standard_normal((20, 64), np.float32)
    latent = centres[generator.integers(0, 20, count + queries)]
    latent = latent + generator.standard_normal(latent.shape, np.float32)
    vectors = latent @ generator.standard_normal((64, DIMENSIONS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[:count], vectors[count:]
