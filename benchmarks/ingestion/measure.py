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

from kvasir.ingestion.progress import Progress, Step

SAMPLE_SECONDS = 0.05
STEPS = [str(step) for step in Step]


@dataclass(frozen=True)
class Figures:
    """Of one run.

    Attributes:
        peak_mib: the most memory that the process tree held at once: the sum of proportional set sizes.
        peak_mib_by_step: the same while the run was in each of its steps.
    """

    documents: int
    mebibytes: float
    passages: int
    quarantined: int
    seconds: float
    documents_per_second: float
    mebibytes_per_second: float
    peak_mib: float
    peak_mib_by_step: dict[str, float]


def measure(folder: Path, *, processes: int = 1) -> dict[str, Any]:
    """Ingests a folder into a fresh data directory. The time of starting processes is part of it."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as data:
        step = multiprocessing.get_context("spawn").Value("i", 0)
        arguments = (str(folder), data, processes, sender, step)
        child = multiprocessing.get_context("spawn").Process(target=_ingest, args=arguments)
        child.start()
        sender.close()
        peaks = dict.fromkeys(STEPS, 0)
        while not receiver.poll(SAMPLE_SECONDS):
            now = STEPS[step.value]
            peaks[now] = max(peaks[now], tree_memory(child.pid or 0))
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
            peak_mib=round(max(peaks.values()) / 2**20, 1),
            peak_mib_by_step={name: round(peak / 2**20, 1) for name, peak in peaks.items() if peak},
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


def _ingest(folder: str, data: str, processes: int, sender: Connection, step: Any) -> None:
    sender.send(asyncio.run(_run(Path(folder), Path(data), processes, step)))


async def _run(folder: Path, data: Path, processes: int, step: Any) -> tuple[dict[str, int], float]:
    from kvasir.adapters.sources.volume import VolumeSource
    from kvasir.testing.ingestion import Bench
    from kvasir.wiring import open_embedded_stores, open_reader

    def listen(progress: Progress) -> None:
        step.value = STEPS.index(str(progress.step))

    opened = open_embedded_stores(data)
    reader = open_reader(data / "scratch", processes=processes)
    bench = Bench(opened.stores, data / "scratch", reader=reader, progress=Progress(listen=listen))
    started = time.monotonic()
    report = await bench.run([VolumeSource("files", folder, folder)], settings='{"size":1500}')
    seconds = time.monotonic() - started
    await reader.close()
    await opened.close()
    if report.run.message:
        raise SystemExit(f"The run failed: {report.run.message}")
    return dict(report.run.counts), seconds
