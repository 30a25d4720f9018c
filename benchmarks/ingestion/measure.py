"""One run over one folder, in a process of its own whose whole tree is watched from outside."""

import asyncio
import multiprocessing
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Figures:
    """Of one run. `peak_mib` is the most memory that the process tree held at once: the sum of proportional set sizes."""

    documents: int
    mebibytes: float
    passages: int
    quarantined: int
    seconds: float
    documents_per_second: float
    mebibytes_per_second: float
    peak_mib: float


def measure(folder: Path, *, processes: int = 1) -> dict[str, Any]:
    """Ingests a folder into a fresh data directory. The time of starting processes is part of it."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as data:
        arguments = (str(folder), data, processes, sender)
        child = multiprocessing.get_context("spawn").Process(target=_ingest, args=arguments)
        child.start()
        sender.close()
        peak = 0
        while not receiver.poll(SAMPLE_SECONDS):
            peak = max(peak, tree_memory(child.pid or 0))
        counts, seconds = receiver.recv()
        child.join()
    size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
    documents = counts["listed"]
    return asdict(
        Figures(
            documents=documents,
            mebibytes=round(size, 2),
            passages=counts.get("passages", 0),
            quarantined=counts.get("quarantined", 0),
            seconds=round(seconds, 2),
            documents_per_second=round(documents / seconds, 1),
            mebibytes_per_second=round(size / seconds, 2),
            peak_mib=round(peak / 2**20, 1),
        )
    )


def tree_memory(root: int) -> int:
    """Bytes that a process and all below it hold, shared pages counted once."""
    total = 0
    try:
        processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return total


def _ingest(folder: str, data: str, processes: int, sender: Connection) -> None:
    sender.send(asyncio.run(_run(Path(folder), Path(data), processes)))


async def _run(folder: Path, data: Path, processes: int) -> tuple[dict[str, int], float]:
    from kvasir.adapters.sources.volume import VolumeSource
    from kvasir.testing.ingestion import Bench
    from kvasir.wiring import open_embedded_stores, open_reader

    opened = open_embedded_stores(data)
    reader = open_reader(data / "scratch", processes=processes)
    bench = Bench(opened.stores, data / "scratch", reader=reader)
    started = time.monotonic()
    report = await bench.run([VolumeSource("files", folder, folder)], settings='{"size":1500}')
    seconds = time.monotonic() - started
    await reader.close()
    await opened.close()
    if report.run.message:
        raise SystemExit(f"The run failed: {report.run.message}")
    return dict(report.run.counts), seconds
