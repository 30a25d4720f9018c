"""Passages in the embedded store, written and sealed as ingestion does it, and asked through the retriever."""

import hashlib
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.datasets import Passage as Given
from kvasir.adapters.embedded.passages import FilePassages
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.embedder import EmbedderSpec
from kvasir.ports.passages import EmbeddedPassage, Passage, PassageId
from kvasir.ports.principal import Principal
from kvasir.rag.retrieval import Hit, Retriever, Target
from kvasir.text.language import detect

Vectors = NDArray[np.float32]

READER = Principal("tenant", "reader")
BASE = "knowledge"
BATCH = 1000
WAIT = 3600.0
#: Shares of the passages that are sealed one after another: sizes that the tiers leave apart.
TIERS = (0.965, 0.028, 0.006, 0.001)


class Known:
    """An embedder whose vectors are known beforehand, so that embedding costs nothing."""

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = vectors

    async def spec(self, deadline: Deadline) -> EmbedderSpec:
        deadline.check("naming the model")
        return EmbedderSpec("known", 384, 256)

    def windows(self, text: str) -> Sequence[str]:
        return [text]

    async def embed_documents(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        deadline.check("embedding")
        return np.stack([self._vectors[text] for text in texts])

    async def embed_query(self, text: str, deadline: Deadline) -> Vectors:
        deadline.check("embedding")
        return self._vectors[text]


def documents(given: Sequence[Given], vectors: Vectors) -> list[list[EmbeddedPassage]]:
    """The passages of each document in order, each with its vector; neighbours of one name are one document."""
    found: list[list[EmbeddedPassage]] = []
    for key, members in groupby(enumerate(given), key=lambda pair: pair[1].document):
        held = list(members)
        text = "\n".join(passage.text for _, passage in held)
        version, language = hashlib.sha256(text.encode()).hexdigest(), detect(text[:4000])
        found.append(
            [
                EmbeddedPassage(
                    Passage(
                        PassageId(key, version, ordinal), one.text, one.start, one.end, one.prefix, language=language
                    ),
                    vectors[number : number + 1],
                )
                for ordinal, (number, one) in enumerate(held)
            ]
        )
    return found


class Store:
    """A knowledge base in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passages = FilePassages(folder)
        self.snapshot = Snapshot(BASE, 1, 1)

    @property
    def generation(self) -> Path:
        return self.folder / READER.tenant / BASE / "1"

    async def fill(self, given: list[list[EmbeddedPassage]], shares: Sequence[float] = (1.0,)) -> dict[str, float]:
        """Writes and seals in as many steps as there are shares; CPU seconds of each part."""
        reached = np.cumsum([len(document) for document in given])
        ends = (np.searchsorted(reached, np.cumsum(shares) * reached[-1], side="right") + 1).tolist()
        ends[-1] = len(given)
        system = Principal.system(READER.tenant, "bench")
        live: list[LiveDocument] = []
        spent = {"write_cpu_s": 0.0, "seal_cpu_s": 0.0}
        for revision, (start, end) in enumerate(zip([0, *ends], ends, strict=False), start=1):
            group = given[start:end]
            every = [one for document in group for one in document]
            before = time.process_time()
            for at in range(0, len(every), BATCH):
                await self.passages.write(system, BASE, 1, every[at : at + BATCH], Deadline.after(WAIT))
            written = time.process_time()
            live += [_live(document) for document in group]
            self.snapshot = Snapshot(BASE, 1, revision)
            await self.passages.seal(system, self.snapshot, live, Deadline.after(WAIT))
            spent["write_cpu_s"] += written - before
            spent["seal_cpu_s"] += time.process_time() - written
            await self.passages.purge(system, BASE, {1: revision}, Deadline.after(WAIT))
        return spent

    def sizes(self) -> dict[str, float]:
        """Megabytes on disk by kind."""
        found = {"lexical_mb": 0.0, "dense_mb": 0.0, "vectors_mb": 0.0, "rows_mb": 0.0}
        kinds = {"lexical.kvs": "lexical_mb", "dense.faiss": "dense_mb", "vectors.npy": "vectors_mb"}
        for path in self.generation.rglob("*"):
            if path.is_file():
                found[kinds.get(path.name, "rows_mb")] += path.stat().st_size / 1e6
        return found

    def segments(self) -> list[Path]:
        return sorted(self.generation.glob("segment-*"))


class Asking:
    """Questions to a store through the retriever."""

    def __init__(self, store: Store, embedder: Known | None) -> None:
        self._retriever = Retriever(store.passages)
        self._targets = [Target(store.snapshot, embedder)]

    async def ask(self, question: str) -> Sequence[Hit]:
        return await self._retriever.retrieve(READER, self._targets, question, Deadline.after(60), limit=10)

    async def timed(self, questions: Sequence[str], repeats: int) -> dict[str, float]:
        """CPU milliseconds of the whole process: percentiles of each question's median, and of the first round alone."""
        for question in questions[:30]:
            await self.ask(question)
        times = np.zeros((repeats, len(questions)))
        for repeat in range(repeats):
            for number, question in enumerate(questions):
                before = time.process_time_ns()
                await self.ask(question)
                times[repeat, number] = (time.process_time_ns() - before) / 1e6
        middle, first = np.median(times, axis=0), times[0]
        return {
            "p50": float(np.percentile(middle, 50)), "p99": float(np.percentile(middle, 99)),
            "first_round_p50": float(np.percentile(first, 50)), "first_round_p99": float(np.percentile(first, 99)),
        }  # fmt: skip


def _live(document: list[EmbeddedPassage]) -> LiveDocument:
    identity = document[0].passage.id
    return LiveDocument(
        id=identity.document, version=identity.version, source="debian", path=identity.document,
        title=identity.document, access=None, attributes={}, passages=len(document),
    )  # fmt: skip
