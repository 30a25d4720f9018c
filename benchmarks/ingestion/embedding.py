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
from kvasir.ingestion.workbench import IngestionLimits
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import RunState
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import Passage
from kvasir.wiring import IndexToolbox


async def _measure(corpora: Sequence[Path], model: str) -> dict[str, Any]:
    settings = json.dumps(
        {"splitting": {"size": 1500, "overlap": 180}, "engine": {"sentenceTransformers": {"model": model}}}
    )
    toolbox = IndexToolbox()
    tools = toolbox.tools(PRINCIPAL.tenant, settings)
    assert tools.embedder is not None
    await tools.embedder.embed_query("The model is loaded before either is timed.", Deadline.after(60))
    count, whole, alone = 0, 0.0, 0.0
    for corpus in corpora:
        passages, seconds = await _ingest(corpus, settings, toolbox)
        whole += seconds
        alone += await _embed(passages, tools.embedder)
        count += len(passages)
        print(corpus.stem, round(seconds, 1), round(whole, 1), round(alone, 1), flush=True)
    return {
        "model": "all-MiniLM-L6-v2, torch",
        "passages": count,
        "ingestion, passages/s": round(count / whole, 2),
        "embedder alone, passages/s": round(count / alone, 2),
        "share of the embedder's rate, %": round(100 * alone / whole, 1),
    }


async def _ingest(corpus: Path, settings: str, toolbox: IndexToolbox) -> tuple[Sequence[Passage], float]:
    """What one file became, in an empty knowledge base, and after how many seconds."""
    source = VolumeSource("files", corpus.parent, corpus.parent, include=[corpus.name])
    async with workbench(toolbox) as bench:
        started = time.monotonic()
        report = await run(bench, RunRequest("r", [source], settings))
        seconds = time.monotonic() - started
        assert report.run.state is RunState.SUCCEEDED, report.run.message
        assert report.snapshot is not None
        page = await bench.stores.passages.scan(PRINCIPAL, report.snapshot, Deadline.after(60), limit=100_000)
        return [one.passage for one in page.items], seconds


async def _embed(passages: Sequence[Passage], embedder: Embedder) -> float:
    """Seconds, in the batches of ingestion."""
    size = IngestionLimits().batch_passages
    started = time.monotonic()
    for at in range(0, len(passages), size):
        await embed(passages[at : at + size], embedder)
    return time.monotonic() - started


def measure_embedding(folder: Path, model: str) -> dict[str, Any]:
    """Both over the same passages of each file in turn, since a machine's speed changes; reading, splitting, writing and sealing
    count as ingestion.
    """
    return asyncio.run(_measure(sorted(folder.glob("*.md")), model))
