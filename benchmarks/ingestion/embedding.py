"""Ingestion with a model against the model alone: what everything around the embedder costs."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.knowledge import PRINCIPAL, workbench
from kvasir.adapters.sources.volume import VolumeSource
from kvasir.ingestion.indexing import embed
from kvasir.ingestion.run import RunRequest, run
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import RunState
from kvasir.ports.passages import Passage
from kvasir.wiring import IndexToolbox


async def _measure(folder: Path, model: str) -> dict[str, Any]:
    settings = json.dumps(
        {"splitting": {"size": 1500, "overlap": 180}, "engine": {"sentenceTransformers": {"model": model}}}
    )
    toolbox = IndexToolbox()
    tools = toolbox.tools(PRINCIPAL.tenant, settings)
    assert tools.embedder is not None
    await tools.embedder.embed_query("The model is loaded before either is timed.", Deadline.after(60))
    async with workbench(toolbox) as bench:
        started = time.monotonic()
        report = await run(bench, RunRequest("r", [VolumeSource("files", folder, folder)], settings))
        whole = time.monotonic() - started
        assert report.run.state is RunState.SUCCEEDED, report.run.message
        assert report.snapshot is not None
        passages: list[Passage] = []
        after: str | None = None
        while True:
            page = await bench.stores.passages.scan(PRINCIPAL, report.snapshot, Deadline.after(60), after=after)
            passages += [one.passage for one in page.items]
            after = page.after
            if after is None:
                break
        size = bench.limits.batch_passages
        batches: Sequence[Sequence[Passage]] = [passages[at : at + size] for at in range(0, len(passages), size)]
        started = time.monotonic()
        for batch in batches:
            await embed(batch, tools.embedder)
        alone = time.monotonic() - started
    return {
        "model": "all-MiniLM-L6-v2, torch",
        "passages": len(passages),
        "ingestion, passages/s": round(len(passages) / whole, 2),
        "embedder alone, passages/s": round(len(passages) / alone, 2),
        "share of the embedder's rate, %": round(100 * alone / whole, 1),
    }


def measure_embedding(folder: Path, model: str) -> dict[str, Any]:
    """Both over the same passages, one after the other; reading, splitting, writing and sealing count as ingestion."""
    return asyncio.run(_measure(folder, model))
