"""Golden questions: what a new generation must find before it takes over."""

from collections.abc import Sequence

from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import Passages
from kvasir.ports.principal import Principal
from kvasir.rag.retrieval import Retriever, Target

GoldenQuestion = tuple[str, Sequence[str], int]
"""The question, paths of documents of which one must be found, and the rank (1 is best) that it must reach."""


async def golden_failures(
    passages: Passages,
    principal: Principal,
    snapshot: Snapshot,
    embedder: Embedder | None,
    questions: Sequence[GoldenQuestion],
    *,
    threshold: float,
    deadline: Deadline,
) -> list[str]:
    """A sentence per failed question when fewer than `threshold` (0 to 1) of them succeed; else nothing."""
    retriever = Retriever(passages)
    failures: list[str] = []
    for question, expected, rank in questions:
        target = Target(snapshot, embedder)
        hits = await retriever.retrieve(principal, [target], question, deadline, limit=100)
        paths = list(dict.fromkeys(hit.document.path for hit in hits))
        if not set(paths[:rank]) & set(expected):
            found = next((n for n, path in enumerate(paths, 1) if path in expected), None)
            where = "is not found" if found is None else f"stands at rank {found}"
            failures.append(f"{question!r}: {' or '.join(expected)} {where}; rank {rank} is asked for.")
    share = 1 - len(failures) / len(questions) if questions else 1.0
    return failures if share < threshold else []
