"""Probe texts: does the model behind a name still give the vectors that the generation was built with?

A generation stores the vectors of 32 fixed texts. A model whose vectors disagree (cosine under 0.99) would search a wrong index
silently; it is refused instead.
"""

import io
from typing import Final

import numpy as np

from kvasir.errors import KvasirError, NotFoundError
from kvasir.ingestion.workbench import Workbench, knowledge_base_prefix
from kvasir.ports.deadline import Deadline
from kvasir.ports.embedder import Embedder

MIN_COSINE: Final = 0.99
_SUBJECTS: Final = ("The invoice", "A new employee", "The database", "Our customer", "The contract", "This machine",
                    "The patient", "A quarterly report")  # fmt: skip
_PREDICATES: Final = (
    "is checked twice by the responsible team before anything is approved for the following month",
    "was moved to another location on 14 March because the former one could no longer be used",
    "needs a written agreement, signed by both sides, which is kept for at least ten years",
    "has not been updated since the last release, although several people asked for it",
)
PROBES: Final = tuple(f"{subject} {predicate}." for subject in _SUBJECTS for predicate in _PREDICATES)


class ModelMismatchError(KvasirError):
    """The model is not the one that the generation was built with."""

    code = "model_mismatch"


async def check_probes(bench: Workbench, generation: int, embedder: Embedder | None) -> None:
    """Stores the probes' vectors with a new generation and compares them with an old one's.

    Raises ModelMismatchError.
    """
    if embedder is None:
        return
    key = f"{knowledge_base_prefix(bench.knowledge_base)}generations/{generation}/probes.npy"
    vectors = await embedder.embed_documents(PROBES, Deadline.after(600))
    try:
        stored = np.load(io.BytesIO(await bench.stores.blobs.get(bench.principal, key, bench.deadline)))
    except NotFoundError:
        buffer = io.BytesIO()
        np.save(buffer, vectors)
        await bench.stores.blobs.put(bench.principal, key, buffer.getvalue(), bench.deadline)
        return
    agreement = float((stored * vectors).sum(axis=1).min()) if stored.shape == vectors.shape else -1.0
    if agreement < MIN_COSINE:
        raise ModelMismatchError(
            f"The embedding model no longer gives the vectors of generation {generation} (cosine {agreement:.3f}). "
            "Bring the former model back, or name the new one in the spec to build a new generation."
        )
