"""The columns of the table: other systems over the same documents and questions."""

import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.datasets import Document, Passage, Question
from benchmarks.retrieval.embeddings import embed
from benchmarks.retrieval.pools import Collection
from benchmarks.retrieval.scoring import judge_one

ENVIRONMENT = Path(__file__).parents[2] / ".cache" / "rivals"
PACKAGES = ("langchain-text-splitters", "langchain-community", "faiss-cpu", "llama-index-core", "tiktoken", "numpy")
DEPTH = 100


@cache
def _python() -> str:
    """The rivals' environment, made on first use."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", str(ENVIRONMENT)], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--link-mode", "copy", "-p", str(python), *PACKAGES], check=True)
    return str(python)


def versions() -> dict[str, str]:
    """Of the rivals' packages."""
    code = "import importlib.metadata as m, json, sys; print(json.dumps({p: m.version(p) for p in sys.argv[1:]}))"
    return json.loads(subprocess.run([_python(), "-c", code, *PACKAGES], check=True, capture_output=True).stdout)


def _run(arguments: list[str], given: object) -> list:
    script = Path(__file__).with_name("rivals.py")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [_python(), str(script), *arguments],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=False,
        env=environment,
    )
    if done.returncode:
        raise SystemExit(f"rivals.py {arguments} failed:\n{done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)


@cache
def _chunks(system: str, documents: tuple[Document, ...]) -> list[Passage]:
    given = [{"id": document.key, "text": document.text} for document in documents]
    chunks = _run(["split", system], given)
    return [
        Passage(str(n), c["document"], c["text"], "", c["start"], c["start"] + len(c["text"]))
        for n, c in enumerate(chunks)
    ]


@cache
def _hits(system: str, documents: tuple[Document, ...], questions: tuple[str, ...]) -> list[list[tuple[int, float]]]:
    chunks = _chunks(system, documents)
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, vectors=embed([chunk.text for chunk in chunks]), questions=embed(questions))
        file.flush()
        return _run(["search", system, file.name, str(DEPTH)], [{"text": chunk.text} for chunk in chunks])


def judge_rival(system: str, documents: list[Document], questions: list[Question], metric: str) -> NDArray[np.float64]:
    """Metric per question; a chunk counts for the document it was cut from where ranks are judged."""
    chunks = _chunks(system, tuple(documents))
    hits = _hits(system, tuple(documents), tuple(question.text for question in questions))
    collection = Collection(chunks, [chunk.document for chunk in chunks], questions)
    results: list[float] = []
    for question, found in zip(questions, hits, strict=True):
        rows = np.array([row for row, _ in found], np.int64)
        scores = np.array([score for _, score in found])
        results.append(judge_one(collection, question, rows, scores, metric))
    return np.array(results)


def judge_bm25s(
    documents: list[Document], questions: list[Question], metric: str, *, language: str, stemmed: bool
) -> NDArray[np.float64]:
    """bm25s with its defaults; English with its stop words and Snowball, others with its plain tokenizer.

    Documents are cut as LangChain cuts them, except where they are the passages that are judged.
    """
    import bm25s
    import Stemmer

    if "@" in metric:
        chunks = [Passage(document.key, document.key, document.text) for document in documents]
    else:
        chunks = _chunks("langchain", tuple(documents))
    stemmer = Stemmer.Stemmer("english") if stemmed else None
    options = {"stopwords": "en" if language == "en" else None, "stemmer": stemmer, "show_progress": False}
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize([chunk.text for chunk in chunks], **options), show_progress=False)
    collection = Collection(chunks, [chunk.document for chunk in chunks], questions)
    results: list[float] = []
    for question in questions:
        tokens = bm25s.tokenize([question.text], return_ids=False, **options)
        scores = retriever.get_scores(tokens[0]) if tokens[0] else np.zeros(len(chunks))
        results.append(judge_one(collection, question, np.arange(len(chunks)), scores.astype(np.float64), metric))
    return np.array(results)
