"""The same model run another way: its vectors are compared, then it takes over; nothing is indexed again."""

import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvasir.ingestion.workbench import IndexTools
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import RunState
from kvasir.ports.embedder import EmbedderSpec
from kvasir.rag.splitting import StructureSplitter
from kvasir.testing.builders import KNOWLEDGE_BASE, soon
from kvasir.testing.ingestion import Bench


class Turned:
    """Vectors in a plane, turned by some degrees against those of the exact engine."""

    def __init__(self, degrees: float) -> None:
        self._turn = math.radians(degrees)

    async def spec(self, deadline: Deadline) -> EmbedderSpec:
        deadline.check("naming the model")
        return EmbedderSpec("turned", 2, 256)

    def windows(self, text: str) -> Sequence[str]:
        return [text]

    async def embed_documents(self, texts: Sequence[str], deadline: Deadline) -> NDArray[np.float32]:
        deadline.check("embedding")
        angles = np.array([len(text) % 90 for text in texts]) * math.pi / 180 + self._turn
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    async def embed_query(self, text: str, deadline: Deadline) -> NDArray[np.float32]:
        return (await self.embed_documents([text], deadline))[0]


def settings(model: str, degrees: float, size: int = 200) -> str:
    return json.dumps({"embedding": {"model": model}, "engine": {"degrees": degrees}, "size": size})


def tools(text: str) -> IndexTools:
    found = json.loads(text)
    return IndexTools(StructureSplitter(found["size"], 0), Turned(found["engine"]["degrees"]))


async def kept(bench: Bench) -> list[tuple[int, float]]:
    """Number and engine of each generation."""
    rows = await bench.stores.generations.list(bench.principal, KNOWLEDGE_BASE, soon())
    return [(row.number, json.loads(row.settings)["engine"]["degrees"]) for row in rows]


async def test_an_engine_that_agrees_takes_over(bench: Bench) -> None:
    bench.tools = tools
    bench.source.content = {"a.md": b"Something to find."}
    first = (await bench.run(settings=settings("m", 0))).snapshot
    report = await bench.run(settings=settings("m", 5))
    assert report.run.state is RunState.SUCCEEDED
    assert "indexed" not in report.run.counts
    assert await bench.head() == first
    assert await kept(bench) == [(1, 5)]


async def test_one_that_disagrees_does_not(bench: Bench) -> None:
    bench.tools = tools
    bench.source.content = {"a.md": b"Something to find."}
    first = (await bench.run(settings=settings("m", 0))).snapshot
    report = await bench.run(settings=settings("m", 20))
    assert (report.run.state, report.run.reason) == (RunState.FAILED, "ModelMismatch")
    assert "cosine 0.940" in report.run.message
    assert await bench.head() == first
    assert await kept(bench) == [(1, 0)]


async def test_another_model_is_another_generation(bench: Bench) -> None:
    bench.tools = tools
    bench.source.content = {"a.md": b"Something to find."}
    await bench.run(settings=settings("m", 0))
    await bench.run(settings=settings("n", 20))
    assert await kept(bench) == [(1, 0), (2, 20)]


async def test_all_generations_of_the_model_are_run_the_new_way(bench: Bench) -> None:
    bench.tools = tools
    bench.source.content = {"a.md": b"Something to find."}
    await bench.run(settings=settings("m", 0))
    await bench.run(settings=settings("m", 5, size=100))
    assert await kept(bench) == [(1, 5), (2, 5)]
