"""Knowledge bases for the two halves: real stores, real ingestion, no model."""

import json
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Stores, Workbench
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal
from kvasir.wiring import IndexToolbox, open_embedded_stores, open_reader

SETTINGS = '{"splitting": {"size": 20000, "overlap": 0}, "embedding": {"none": {}}}'
PRINCIPAL = Principal.system("bench", "poison")


@asynccontextmanager
async def indexed(sources: Mapping[str, Mapping[str, str]]) -> AsyncGenerator[tuple[Stores, Snapshot]]:
    """One knowledge base of several sources, each with its texts by path."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        opened, reader = open_embedded_stores(directory), open_reader(directory / "scratch", processes=1)
        toolbox = IndexToolbox()

        async def accept(_: object) -> list[str]:
            return []

        bench = Workbench(
            principal=PRINCIPAL,
            knowledge_base="poison",
            stores=opened.stores,
            reader=reader,
            tools=lambda settings: toolbox.tools("bench", settings),
            verify=accept,
            scratch=directory / "scratch",
            progress=Progress(),
        )
        given = [
            MappingSource(source, {path: text.encode() for path, text in texts.items()})
            for source, texts in sources.items()
        ]
        report = await run(bench, RunRequest("r", given, SETTINGS))
        assert report.snapshot is not None, report.run
        assert not report.run.counts.get("quarantined"), report.run
        yield opened.stores, report.snapshot
        await reader.close()
        await opened.close()


def paragraphs_of(data: Path) -> list[tuple[str, list[str]]]:
    """XQuAD English: paragraphs with their questions."""
    articles = json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    return [
        (part["context"], [one["question"] for one in part["qas"]])
        for article in articles
        for part in article["paragraphs"]
    ]
