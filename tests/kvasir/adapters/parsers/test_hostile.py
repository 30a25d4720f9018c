"""A hundred hostile or broken documents beside five good ones, through a whole run: none harms more than itself."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from kvasir.adapters.parsers.reader import ReadingLimits, SandboxedReader
from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.workbench import IngestionLimits
from kvasir.ports.documents import IndexState, RunState
from kvasir.testing.hostile import good_documents, hostile_documents
from kvasir.testing.ingestion import Bench
from kvasir.wiring import open_embedded_stores

SECONDS = 15.0


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    opened = open_embedded_stores(tmp_path / "data")
    limits = ReadingLimits(seconds=SECONDS, memory=400 << 20)
    reader = SandboxedReader(tmp_path / "scratch", processes=2, limits=limits)
    yield Bench(opened.stores, tmp_path / "scratch", reader=reader, limits=IngestionLimits(parallel_reads=2))
    await reader.close()
    await opened.close()


async def test_each_is_quarantined_with_its_reason_or_read_and_the_rest_is_ingested(
    bench: Bench, tmp_path: Path, running_parsers: Callable[[], list[int]]
) -> None:
    hostile = list(hostile_documents())
    assert len(hostile) > 100
    assert len({one.name for one in hostile}) == len(hostile)
    source = MappingSource("files", good_documents() | {one.name: one.content for one in hostile})
    report = await bench.run([source], settings='{"size":1500}')
    assert report.run.state is RunState.SUCCEEDED, report.run.message
    rows = await bench.documents(1)
    told = {path: (row.outcome.reason, row.outcome.message) for path, row in rows.items() if row.outcome}
    wrong = {one.name[-60:]: told[one.name] for one in hostile if told[one.name][0] not in one.outcomes}
    assert wrong == {}
    assert all(message for reason, message in told.values() if reason)
    assert not [message for _, message in told.values() if re.search(r"(?<!\.)\.\.(?!\.)", message)], (
        "a full stop twice"
    )
    texts = await bench.texts()
    assert set(good_documents()) <= set(texts)
    assert texts["good/table.csv"] == "Name: Ada | City: Oslo\nName: Bob | City: Bergen"
    written = {path for path, row in rows.items() if row.outcome and row.outcome.state is IndexState.WRITTEN}
    assert set(texts) == written
    assert not any("root:" in text for text in texts.values()), "an entity reached a file of ours"
    assert not list((tmp_path / "scratch").iterdir())
    assert not Path("/tmp/kvasir-was-here").exists()
    await bench.reader.close()
    assert running_parsers() == []
