"""A knowledge base for measurements: real stores, real ingestion, whole documents as passages."""

import json
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Stores, Workbench
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal
from kvasir.wiring import IndexToolbox, open_embedded_stores, open_reader

NO_MODEL: Mapping[str, object] = {"none": {}}
PRINCIPAL = Principal.system("bench", "measurement")


async def accept(_: object) -> list[str]:
    """A verification that finds nothing wrong."""
    return []


@asynccontextmanager
async def workbench(toolbox: IndexToolbox) -> AsyncGenerator[Workbench]:
    """Empty stores, one parser process, and what the toolbox makes of a generation's settings."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        opened, reader = open_embedded_stores(directory), open_reader(directory / "scratch", processes=1)
        yield Workbench(
            principal=PRINCIPAL,
            knowledge_base="bench",
            stores=opened.stores,
            reader=reader,
            tools=lambda settings: toolbox.tools(PRINCIPAL.tenant, settings),
            verify=accept,
            scratch=directory / "scratch",
            progress=Progress(),
        )
        await reader.close()
        await opened.close()


Index = Callable[[Mapping[str, Mapping[str, str]]], Awaitable[tuple[Stores, Snapshot]]]
"""Makes one knowledge base hold these sources, each with its texts by path, and no others."""


@asynccontextmanager
async def knowledge(embedding: Mapping[str, object] = NO_MODEL) -> AsyncGenerator[Index]:
    """One knowledge base, empty at first."""
    settings = json.dumps({"splitting": {"size": 20000, "overlap": 0}, "engine": embedding})
    async with workbench(IndexToolbox()) as bench:
        numbers = count()

        async def index(sources: Mapping[str, Mapping[str, str]]) -> tuple[Stores, Snapshot]:
            given = [
                MappingSource(source, {path: text.encode() for path, text in texts.items()})
                for source, texts in sources.items()
            ]
            report = await run(bench, RunRequest(f"r{next(numbers)}", given, settings, confirmed=True))
            assert report.snapshot is not None, report.run
            assert not report.run.counts.get("quarantined"), report.run
            return bench.stores, report.snapshot

        yield index


@asynccontextmanager
async def indexed(
    sources: Mapping[str, Mapping[str, str]], embedding: Mapping[str, object] = NO_MODEL
) -> AsyncGenerator[tuple[Stores, Snapshot]]:
    """One knowledge base of several sources."""
    async with knowledge(embedding) as index:
        yield await index(sources)
