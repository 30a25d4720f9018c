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
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pysbd

from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Stores, Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal
from kvasir.rag.extraction import extract
from kvasir.rag.retrieval import Retriever, Target
from kvasir.settings import Settings
from kvasir.wiring import IndexToolbox, open_embedded_stores, open_reader

RESULT = Path(__file__).parents[1] / "results" / "answers.json"
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


@asynccontextmanager
async def indexed(paragraphs: list[Any]) -> AsyncGenerator[tuple[Stores, Snapshot]]:
    """A knowledge base of the paragraphs, `NNN.txt` each, in real stores."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        opened, reader = open_embedded_stores(directory), open_reader(directory / "scratch", processes=1)
        toolbox = IndexToolbox()

        async def accept(_: object) -> list[str]:
            return []

        bench = Workbench(
            principal=PRINCIPAL,
            knowledge_base="xquad",
            stores=opened.stores,
            reader=reader,
            tools=lambda settings: toolbox.tools("bench", settings),
            verify=accept,
            scratch=directory / "scratch",
            progress=Progress(),
        )
        content = {f"{n:03}.txt": text.encode() for n, (text, _) in enumerate(paragraphs)}
        report = await run(bench, RunRequest("r", [MappingSource("x", content)], SETTINGS))
        assert report.snapshot is not None, report.run
        yield opened.stores, report.snapshot
        await reader.close()
        await opened.close()


async def measure(folder: Path) -> dict[str, Any]:
    paragraphs = list(load(folder))
    segmenter = pysbd.Segmenter(language="en", clean=False)
    right = first = too_long = total = length = 0
    async with indexed(paragraphs) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for _, questions in paragraphs:
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(snapshot, None)], question, Deadline.after(30), limit=10
                )
                found = extract(question, hits, limit=2)
                answer = " ".join(one.text for one in found)
                total += 1
                length += len(answer)
                if sum(len(segmenter.segment(one.text)) for one in found) > 2:
                    too_long += 1
                    continue
                right += any(normalised(one) in normalised(answer) for one in gold)
                first += any(normalised(one) in normalised(found[0].text) for one in gold)
    return {
        "date": date.today().isoformat(),
        "set": "xquad en, 240 paragraphs, no model",
        "questions": total,
        "contained": round(100 * right / total, 2),
        "contained in the first sentence": round(100 * first / total, 2),
        "over two sentences": too_long,
        "mean length": round(length / total, 1),
    }


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    result = asyncio.run(measure(data))
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
