"""`python -m benchmarks.answers`: share of questions whose extractive answer contains a gold answer.

XQuAD English, 1,190 questions, all 240 paragraphs indexed without a model. Answers of at most two sentences by pysbd
(a fixed public splitter); longer ones count as wrong. Strings are normalised as SQuAD does.
"""

import asyncio
import json
import re
import string
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysbd

from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal
from kvasir.rag.extraction import extract
from kvasir.rag.retrieval import Retriever, Target
from kvasir.settings import Settings
from kvasir.wiring import IndexToolbox, open_embedded_stores, open_reader

SETTINGS = '{"splitting": {"size": 20000, "overlap": 0}, "embedding": {"none": {}}}'
PRINCIPAL = Principal.system("bench", "answers")


def normalised(text: str) -> str:
    """SQuAD v1.1: lower case, no punctuation, no articles, single spaces."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def load(folder: Path) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Paragraphs with their questions and gold answers."""
    for article in json.loads((folder / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            questions = [(one["question"], [gold["text"] for gold in one["answers"]]) for one in paragraph["qas"]]
            yield paragraph["context"], questions


async def measure(folder: Path) -> dict[str, Any]:
    paragraphs = list(load(folder))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        stores, reader = open_embedded_stores(directory), open_reader(directory / "scratch", processes=1)
        toolbox = IndexToolbox()

        async def accept(_: object) -> list[str]:
            return []

        bench = Workbench(
            PRINCIPAL,
            "xquad",
            stores.stores,
            reader,
            lambda s: toolbox.tools("bench", s),
            accept,
            directory / "s",
            Progress(),
        )
        content = {f"{n:03}.txt": text.encode() for n, (text, _) in enumerate(paragraphs)}
        report = await run(bench, RunRequest("r", [MappingSource("x", content)], SETTINGS))
        assert report.snapshot is not None, report.run
        retriever = Retriever(stores.stores.passages)
        segmenter = pysbd.Segmenter(language="en", clean=False)
        right = right_one = too_long = total = length = 0
        wrong: list[tuple[str, str, str]] = []
        for _, questions in paragraphs:
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(report.snapshot, None)], question, Deadline.after(30), limit=20
                )
                found = extract(question, hits, limit=2)
                answer = " ".join(one.text for one in found)
                total += 1
                length += len(answer)
                if sum(len(segmenter.segment(one.text)) for one in found) > 2:
                    too_long += 1
                    continue
                holds = [normalised(one) in normalised(answer) for one in gold]
                right += any(holds)
                right_one += bool(found) and any(normalised(one) in normalised(found[0].text) for one in gold)
                if not any(holds):
                    wrong.append((question, gold[0], answer))
        await reader.close()
        await stores.close()
    if "-v" in sys.argv:
        for row in wrong[::6]:
            print(*row, sep="\n  ")
    return {
        "questions": total,
        "contained": round(100 * right / total, 2),
        "contained_in_first": round(100 * right_one / total, 2),
        "over_two_sentences": too_long,
        "mean_length": round(length / total, 1),
    }


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    print(json.dumps(asyncio.run(measure(data)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
