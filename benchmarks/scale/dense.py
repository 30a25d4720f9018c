"""The dense leg alone: how much of the exact first ten it finds, and what it costs."""

import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale.vectors import Vectors
from kvasir.adapters.embedded.segments_dense import DenseIndex, write_dense_index

FIRST = 10
LIMIT = 60
TOLERANCE = 1e-6


def measured(vectors: Vectors, queries: Vectors) -> dict[str, float]:
    """Recall of the first ten against exact search, CPU milliseconds a query, CPU seconds and megabytes of the index."""
    starts = np.arange(len(vectors) + 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = time.process_time()
        write_dense_index(folder, vectors)
        built = time.process_time() - before
        index = DenseIndex.open(folder, vectors, starts)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        found: list[NDArray[np.int64]] = []
        times: list[float] = []
        for query in [*queries[:20], *queries]:
            before = time.thread_time_ns()
            rows, _ = index.search(query, None, LIMIT)
            times.append((time.thread_time_ns() - before) / 1e6)
            found.append(rows[:FIRST])
    hits = 0
    for query, rows in zip(queries, found[20:], strict=True):
        cosines = vectors @ query
        # Of equal passages (documentation repeats itself) any will do.
        hits += int(np.count_nonzero(cosines[rows] >= np.partition(cosines, -FIRST)[-FIRST] - TOLERANCE))
    return {
        "vectors": len(vectors), "queries": len(queries), "recall@10": hits / (FIRST * len(queries)),
        "p50_ms": float(np.percentile(times[20:], 50)), "p99_ms": float(np.percentile(times[20:], 99)),
        "build_cpu_s": built, "index_mb": size,
    }  # fmt: skip
