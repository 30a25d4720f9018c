"""Runs ingestion in children that are killed; each line of stdin is a trial, each line of stdout its outcome.

The children are forked from this process, which has one thread and everything imported: a trial costs a fifth of a second.

A trial: {"data": folder of the stores, "documents": folder, "size": passages' length, "kill_event": N, "kill_after": s}.
An outcome: {"status": as os.waitpid's exit code} and of a run that ended: {"events": how many, "boundaries": the last
event of each step, "digest": of everything visible}.
"""

import asyncio
import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from kvasir.adapters.sources.volume import VolumeSource
from kvasir.ingestion.progress import Progress, Step
from kvasir.ports.documents import Snapshot
from kvasir.ports.passages import PassageQuery
from kvasir.testing.builders import KNOWLEDGE_BASE, soon, system
from kvasir.testing.ingestion import Bench
from kvasir.text.language import detect
from kvasir.wiring import open_embedded_stores

WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "secret",
    "install",
    "upgrade",
    "number",
    "common",
    "guide",
    "fresh",
    "rare",
    "section",
    "text",
]


async def trial(job: dict[str, Any]) -> dict[str, Any]:
    events = 0
    boundaries: dict[Step, int] = {}

    def listen(progress: Progress) -> None:
        nonlocal events
        events += 1
        boundaries[progress.step] = events
        if events == job.get("kill_event"):
            os.kill(os.getpid(), signal.SIGKILL)

    opened = open_embedded_stores(Path(job["data"]))
    bench = Bench(opened.stores, Path(job["data"]) / "scratch", progress=Progress(listen=listen))
    source = VolumeSource("files", Path(job["documents"]), Path(job["documents"]))
    report = await bench.run([source], settings=f'{{"size":{job["size"]}}}')
    content = await visible(bench)
    await opened.close()
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {
        "state": report.run.state,
        "events": events,
        "boundaries": list(boundaries.values()),
        "digest": digest,
        "passages": len(content["passages"]),
    }


async def visible(bench: Bench) -> dict[str, Any]:
    """Everything that a reader of any kept generation can see, and the keys of all blobs."""
    content: dict[str, Any] = {
        "generations": [],
        "passages": [],
        "live": [],
        "scores": [],
        "blobs": await bench.blobs(),
    }
    for one in await bench.stores.generations.list(system(), KNOWLEDGE_BASE, soon()):
        snapshot = Snapshot(KNOWLEDGE_BASE, one.number, one.revision)
        content["generations"].append([one.number, str(one.state), one.active])
        for found in await bench.passages(snapshot):
            passage = found.passage
            content["passages"].append(
                [
                    one.number,
                    str(passage.id),
                    passage.text,
                    passage.start,
                    passage.end,
                    passage.prefix,
                    passage.language,
                ]
            )
        for live in await bench.stores.generations.live(system(), snapshot, soon()):
            access = None if live.access is None else sorted(live.access)
            content["live"].append([one.number, live.id, live.version, live.title, access, dict(live.attributes)])
        content["scores"].append([await scores(bench, snapshot, word) for word in WORDS])
    return content


async def scores(bench: Bench, snapshot: Snapshot, word: str) -> list[Any]:
    """What the statistics of a term make of every passage, on every leg."""
    query = PassageQuery(word, limit=10_000)
    found = await bench.stores.passages.search(system(), snapshot, query, soon())
    rows = [
        [str(identity), *(round(float(found.legs[leg][row]), 3) for leg in sorted(found.legs))]
        for row, identity in enumerate(found.ids)
    ]
    return [word, round(float(found.self_score), 3), sorted(rows)]


def main() -> None:
    detect("Load the language model once, before anything is forked from here.")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


def run(job: dict[str, Any]) -> dict[str, Any]:
    reader, writer = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reader)
        outcome = asyncio.run(trial(job))
        os.write(writer, json.dumps(outcome).encode())
        os._exit(0)
    os.close(writer)
    if "kill_after" in job:
        time.sleep(job["kill_after"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - started
    return {"status": os.waitstatus_to_exitcode(status), "seconds": seconds, **json.loads(answer or b"{}")}


if __name__ == "__main__":
    main()
