"""Memory of a run does not grow with the documents that pass through it (figures: `benchmarks/ingestion`)."""

import asyncio
import tracemalloc
from pathlib import Path

import psutil

from kvasir.adapters.parsers.reader import ReadingLimits, SandboxedReader
from kvasir.adapters.sources.volume import VolumeSource
from kvasir.ingestion.progress import Progress, Step
from kvasir.ports.documents import RunState
from kvasir.testing.ingestion import Bench
from kvasir.testing.pdf_writer import lines, pdf

MEBIBYTE = 1 << 20


async def test_originals_pass_through_in_pieces(bench: Bench, tmp_path: Path) -> None:
    """From the source over the scratch folder into the blobs, and out of them for the reader."""
    folder = tmp_path / "volume"
    folder.mkdir()
    for number in range(3):
        with (folder / f"{number}.xyz").open("wb") as file:
            file.truncate(64 * MEBIBYTE)
    tracemalloc.start()
    try:
        report = await bench.run([VolumeSource("files", folder, folder)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.run.counts["quarantined"] == 3
    assert peak < 24 * MEBIBYTE


async def test_a_large_text_and_a_long_pdf(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    paragraph = b"This is a sentence with some words in it. And this is one more. " * 8 + b"\n\n"
    (folder / "large.txt").write_bytes(paragraph * (6 * MEBIBYTE // len(paragraph)))
    (folder / "long.pdf").write_bytes(
        pdf(lines([f"Page {number}, line {line}." for line in range(40)]) for number in range(200))
    )
    bench.reader = SandboxedReader(tmp_path / "scratch", limits=ReadingLimits(memory=300 * MEBIBYTE))
    me = psutil.Process()
    before = me.memory_info().rss
    grown: list[int] = []
    parsers: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.step is Step.INDEXING:
            grown.append(me.memory_info().rss - before)
            parsers.extend(child.memory_info().rss for child in me.children())

    bench.progress.listen = listen
    report = await asyncio.wait_for(bench.run([VolumeSource("files", folder, folder)], settings='{"size":1500}'), 280)
    await bench.reader.close()
    assert report.run.state is RunState.SUCCEEDED
    assert "quarantined" not in report.run.counts
    assert max(grown) < 60 * MEBIBYTE
    assert max(parsers) < 250 * MEBIBYTE
