"""Cost at 100,000 passages: `python -m benchmarks.scale [--passages 100000] [--queries 300] [--repeats 5]`.

Text: Debian documentation packages in a seeded order (fetched once by apt-get into .cache), and the 240 English and 240 German
paragraphs of xquad as needles. Vectors for the dense leg are random mixtures (384 dimensions, 100 clusters), because embedding
100,000 passages takes an hour here and the cost of a search does not depend on what they mean; needles and questions
have their real vectors. Times are CPU time of one thread; per query the best of `--repeats`, and also the first.
"""

import argparse
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import numpy as np

from benchmarks.retrieval import datasets
from benchmarks.retrieval.datasets import Passage
from benchmarks.retrieval.embeddings import embed
from benchmarks.retrieval.fusion import min_max_fuse
from benchmarks.retrieval.metrics import ndcg
from benchmarks.scale import corpus
from kvasir.text.language import detect
from kvasir.text.lexical import Budget, LexicalCandidates, LexicalIndex, Segment, SegmentBuilder, merge

RESULT = Path(__file__).parents[1] / "results" / "scale.json"
LEXICAL = (1.0, 1.0, 0.6, 0.4)
HYBRID = (*LEXICAL, 2.0)


def needles() -> tuple[list[Passage], dict[str, list[tuple[str, str]]]]:
    """Paragraphs of xquad, and per kind (question, id of its paragraph)."""
    passages: list[Passage] = []
    questions: dict[str, list[tuple[str, str]]] = {}
    for language in ("en", "de"):
        given = datasets.xquad(language)
        passages.extend(Passage(f"{language}-{p.id}", f"{language}-{p.id}", p.text) for p in given.passages)
        questions[language] = [(q.text, f"{language}-{next(iter(q.relevant))}") for q in given.questions]
    generator = random.Random(2026)
    questions["en, two typos"] = [(misspelt(text, generator), target) for text, target in questions["en"]]
    return passages, questions


def misspelt(text: str, generator: random.Random) -> str:
    """Two long words with two letters swapped or one left out."""
    words = text.split()
    for _ in range(2):
        places = [place for place, word in enumerate(words) if len(word) > 5]
        if places:
            place = generator.choice(places)
            word, at = words[place], generator.randrange(1, len(words[place]) - 2)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[place] = swapped if generator.random() < 0.5 else word[:at] + word[at + 1 :]
    return " ".join(words)


def build(passages: list[Passage], directory: Path, parts: int) -> dict[str, object]:
    """Builds `parts` segments, merges them into one; times in CPU seconds."""
    documents = [(key, list(group)) for key, group in groupby(passages, key=lambda passage: passage.document)]
    before = time.process_time()
    segments: list[Segment] = []
    for number in range(parts):
        builder = SegmentBuilder()
        for key, group in documents[number::parts]:
            builder.add(key, detect("\n".join(p.text for p in group)[:4000]), [(p.text, p.prefix) for p in group])
        segments.append(builder.build())
    built = time.process_time()
    merged = merge(segments)
    done = time.process_time()
    for number, segment in enumerate([merged, *segments]):
        (directory / str(number)).mkdir()
        segment.write(directory / str(number))
    size = sum(path.stat().st_size for path in (directory / "0").iterdir())
    return {"build_cpu_s": built - before, "merge_cpu_s": done - built, "segment_mb": size / 1e6}


def timed(run: Callable[[str], object], questions: list[str], repeats: int) -> dict[str, float]:
    """CPU milliseconds per question."""
    for question in questions[:30]:
        run(question)
    times = np.zeros((repeats, len(questions)))
    for repeat in range(repeats):
        for number, question in enumerate(questions):
            before = time.process_time()
            run(question)
            times[repeat, number] = (time.process_time() - before) * 1e3
    best, first = times.min(axis=0), times[0]
    return {
        "p50": float(np.percentile(best, 50)), "p99": float(np.percentile(best, 99)),
        "single_run_p50": float(np.percentile(first, 50)), "single_run_p99": float(np.percentile(first, 99)),
    }  # fmt: skip


def fused(found: LexicalCandidates) -> np.ndarray:
    scores = found.scores
    legs = np.stack([scores.words, scores.grams, scores.prefix, scores.document], axis=1)
    return min_max_fuse(legs, LEXICAL)


def quality(
    index: LexicalIndex, rows: dict[str, int], asked: list[tuple[str, str]], budget: Budget
) -> tuple[float, list]:
    """nDCG@10 of the needles, and the first ten rows of each question."""
    scores, tops = [], []
    for text, target in asked:
        found = index.search(text, budget=budget)
        order = fused(found)
        right = found.rows == rows[target]
        scores.append(ndcg(order, right) if right.any() else 0.0)
        tops.append(set(found.rows[np.argsort(-order, kind="stable")[:10]].tolist()))
    return 100 * float(np.mean(scores)), tops


def dense_leg(segment: Segment, texts: dict[str, str], questions: dict[str, np.ndarray]) -> Callable[[str], np.ndarray]:
    """A faiss IVF1024,SQ8 index, nprobe 32, top 100: rows for a question."""
    import faiss

    faiss.omp_set_num_threads(1)
    generator = np.random.default_rng(2026)
    centres = generator.standard_normal((100, 384)).astype(np.float32)
    vectors = centres[generator.integers(0, 100, segment.rows)]
    vectors += generator.standard_normal(vectors.shape).astype(np.float32)
    known = [number for number, key in enumerate(segment.keys) if key in texts]
    starts = segment.arrays["document_starts"]
    vectors[[int(starts[number]) for number in known]] = embed([texts[segment.keys[number]] for number in known])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = faiss.index_factory(384, "IVF1024,SQ8", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[generator.choice(len(vectors), min(len(vectors), 40_000), replace=False)])
    index.add(vectors)
    index.nprobe = 32

    def search(question: str) -> np.ndarray:
        _, rows = index.search(questions[question][None], 100)
        return rows[0]

    search.vectors = vectors  # type: ignore[attr-defined]
    return search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--exhaustive", type=int, default=100, help="questions per kind scored exhaustively")
    options = parser.parse_args()
    found, questions = needles()
    haystack = corpus.passages(options.passages, size=1000, overlap=150)
    generator = random.Random(2026)
    asked = {kind: generator.sample(pairs, options.queries) for kind, pairs in questions.items()}
    result: dict[str, object] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "numpy": version("numpy")},
        "load_average": os.getloadavg(),
        "text": "Debian documentation packages, seeded order: " + ", ".join(path.name for path in corpus.download()),
        "passages": options.passages + len(found),
        "budget": {name: getattr(Budget(), name) for name in Budget.__slots__},
    }
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        result |= build([*haystack, *found], directory, parts=4)
        one = Segment.open(directory / "0")
        before = time.process_time()
        index = LexicalIndex([one])
        result["open_cpu_s"] = time.process_time() - before
        result["languages"] = one.languages
        rows = {key: int(start) for key, start in zip(one.keys, one.arrays["document_starts"], strict=False)}
        several = LexicalIndex([Segment.open(directory / str(number)) for number in range(1, 5)])
        texts = {passage.document: passage.text for passage in found}
        everything = list(dict.fromkeys(text for pairs in asked.values() for text, _ in pairs))
        vectors = dict(zip(everything, embed(everything), strict=True))
        dense = dense_leg(one, texts, vectors)

        def hybrid(text: str) -> np.ndarray:
            near = dense(text)
            candidates = index.search(text, also=[near])
            scores = candidates.scores
            cosines = dense.vectors[candidates.rows] @ vectors[text]  # type: ignore[attr-defined]
            legs = np.stack([scores.words, scores.grams, scores.prefix, scores.document, cosines], axis=1)
            order = min_max_fuse(legs, HYBRID)
            return candidates.rows[np.argsort(-order, kind="stable")[:10]]

        dead = np.random.default_rng(1).random(one.documents) > 0.1
        with_deletions = LexicalIndex([one], [dead])
        permitted = [np.random.default_rng(2).random(one.documents) < 0.1]
        kinds: dict[str, dict[str, object]] = {}
        for kind, pairs in asked.items():
            texts_asked = [text for text, _ in pairs]
            few = pairs[: options.exhaustive]
            shipped, tops = quality(index, rows, few, Budget())
            reference, best = quality(index, rows, few, Budget(depth=10**9))
            kinds[kind] = {
                "lexical ms": timed(index.search, texts_asked, options.repeats),
                "hybrid ms": timed(hybrid, texts_asked, options.repeats),
                "lexical, 4 segments ms": timed(several.search, texts_asked[:100], options.repeats),
                "lexical, 10 % deleted ms": timed(with_deletions.search, texts_asked[:100], options.repeats),
                "lexical, 10 % allowed ms": timed(
                    lambda text: index.search(text, allowed=permitted), texts_asked[:100], options.repeats
                ),
                "ndcg@10": shipped,
                "ndcg@10 exhaustive": reference,
                "same first ten": float(np.mean([len(a & b) / 10 for a, b in zip(tops, best, strict=True)])),
            }
            print(kind, json.dumps(kinds[kind], indent=1), flush=True)
        result["questions"] = kinds
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "questions"}, indent=1))
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main()
