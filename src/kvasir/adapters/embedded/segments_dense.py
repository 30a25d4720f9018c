"""The dense leg of one segment: exact below `EXACT_LIMIT` windows, else codes of four bits for up to three dimensions.

The codes are compared sixteen at once (Andre et al. 2017, faiss fast scan), so all of them are, and the nearest are looked at again
exactly. Figures, and what was tried instead: docs/decisions/0003-scale.md, benchmarks/results/scale.json.
"""

from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from kvasir.ports.passages import Vector

EXACT_LIMIT: Final = 10_000
"""Exact search costs about 0.05 ms for each 1,000 windows."""
_FILE: Final = "dense.faiss"
_RERANK: Final = 4
_RERANK_LEAST: Final = 200
"""Windows looked at again exactly: per candidate wanted, and in any case."""
_SHARED: Final = 256
"""Dimensions from which on three, or two, share a code; of fewer each has its own."""
_SCANNED: Final = 200_000
"""Windows whose codes are all compared, which takes 2 ms; of more, about so many in the nearest of `_LISTS` lists."""
_LISTS: Final = 512
_TRAINING: Final = 32_768
_SEED: Final = 1234

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


def write_dense_index(folder: Path, vectors: Vector) -> None:
    """Writes an approximate index beside the vectors, when there are enough of them."""
    count, dimensions = vectors.shape
    if count < EXACT_LIMIT:
        return
    lists = 1 if count <= _SCANNED else _LISTS
    shared = next(n for n in (3, 2, 1) if dimensions % n == 0 and (n == 1 or dimensions >= _SHARED))
    index = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dimensions), dimensions, lists, dimensions // shared, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = False
    index.nprobe = max(1, lists * _SCANNED // count) if lists > 1 else 1
    index.cp.seed = index.pq.cp.seed = _SEED
    chosen = np.random.default_rng(_SEED).permutation(count)[:_TRAINING]
    training: Any = np.ascontiguousarray(vectors[np.sort(chosen)])
    index.train(training)
    for start in range(0, count, 65_536):
        index.add(np.ascontiguousarray(vectors[start : start + 65_536]))
    faiss.write_index(index, str(folder / _FILE))


class DenseIndex:
    """Cosine search over the windows of a segment's rows. A row scores as its best window."""

    def __init__(self, vectors: Vector, window_starts: Rows, approximate: Any) -> None:
        # Plain views of the mapped files: numpy is slower on its memmap type.
        self._vectors = np.asarray(vectors)
        self._starts = np.asarray(window_starts)
        self._approximate = approximate
        self._window_rows = np.repeat(np.arange(len(window_starts) - 1), np.diff(window_starts))

    @classmethod
    def open(cls, folder: Path, vectors: Vector, window_starts: Rows) -> "DenseIndex":
        path = folder / _FILE
        approximate: Any = None
        if path.exists():
            approximate = faiss.read_index(str(path), faiss.IO_FLAG_READ_ONLY)
        return cls(vectors, window_starts, approximate)

    def search(self, vector: Vector, allowed: NDArray[np.bool_] | None, limit: int) -> tuple[Rows, Scores]:
        """The best rows, at most `limit`, among those allowed (None allows all); distinct, best first."""
        windows = self._windows(vector, allowed, max(limit * _RERANK, _RERANK_LEAST))
        rows = self._window_rows.take(windows)
        scores = self._vectors.take(windows, axis=0) @ vector
        order = np.lexsort((rows, -scores))
        if len(self._window_rows) > len(self._starts) - 1:
            _, first = np.unique(rows[order], return_index=True)
            first.sort()
            order = order[first]
        kept = order[:limit]
        return rows[kept], scores[kept]

    def score(self, vector: Vector, rows: Rows) -> Scores:
        """The cosine of each row; -1 for a row without windows."""
        starts = self._starts[rows]
        sizes = self._starts[rows + 1] - starts
        result = np.full(len(rows), -1.0, dtype=np.float32)
        held = np.flatnonzero(sizes)
        if len(held):
            cosines = self._vectors.take(_spread(starts, sizes), axis=0) @ vector
            result[held] = np.maximum.reduceat(cosines, (sizes.cumsum() - sizes)[held])
        return result

    def _windows(self, vector: Vector, allowed: NDArray[np.bool_] | None, limit: int) -> Rows:
        permitted = None if allowed is None else allowed[self._window_rows]
        if self._approximate is None:
            scores = self._vectors @ vector
            if permitted is not None:
                scores = np.where(permitted, scores, -np.inf)
            limit = min(limit, len(scores) if permitted is None else int(permitted.sum()))
            if limit == 0:
                return np.zeros(0, np.int64)
            return np.argpartition(-scores, limit - 1)[:limit]
        parameters: Any = faiss.SearchParametersIVF()
        parameters.nprobe = self._approximate.nprobe
        if permitted is not None:
            bits = np.packbits(permitted, bitorder="little")
            parameters.sel = faiss.IDSelectorBitmap(len(permitted), faiss.swig_ptr(bits))
        _, found = self._approximate.search(vector.reshape(1, -1), limit, params=parameters)
        return found[0][found[0] >= 0]


def _spread(starts: Rows, sizes: Rows) -> Rows:
    """Places start, start + 1, ... of each of n stretches, one after another."""
    ends = sizes.cumsum()
    places = np.repeat(starts - (ends - sizes), sizes)
    places += np.arange(len(places))
    return places
