"""XQuAD English, its 240 paragraphs indexed without a model: what fitting, answering and abstaining are measured on."""

import json
import re
import string
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kvasir.adapters.sources.mapping import MappingSource
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunRequest, run
from kvasir.ingestion.workbench import Stores, Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.principal import Principal
from kvasir.rag.retrieval import Hit, Retriever, Target
from kvasir.wiring import IndexToolbox, open_embedded_stores, open_reader

NO_MODEL: Mapping[str, object] = {"none": {}}
PRINCIPAL = Principal.system("bench", "answers")


def normalised(text: str) -> str:
    """SQuAD v1.1: lower case, no punctuation, no articles, single spaces."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def load(folder: Path) -> Iterator[tuple[int, str, list[tuple[str, list[str]]]]]:
    """Article, paragraph, and its questions with gold answers."""
    for number, article in enumerate(json.loads((folder / "xquad" / "xquad.en.json").read_text("utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            questions = [(one["question"], [gold["text"] for gold in one["answers"]]) for one in paragraph["qas"]]
            yield number, paragraph["context"], questions


@asynccontextmanager
async def indexed(
    paragraphs: Sequence[str], embedding: Mapping[str, object] = NO_MODEL
) -> AsyncGenerator[tuple[Stores, Snapshot]]:
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
        content = {f"{n:03}.txt": text.encode() for n, text in enumerate(paragraphs)}
        settings = json.dumps({"splitting": {"size": 20000, "overlap": 0}, "embedding": embedding})
        report = await run(bench, RunRequest("r", [MappingSource("x", content)], settings))
        assert report.snapshot is not None, report.run
        yield opened.stores, report.snapshot
        await reader.close()
        await opened.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its gold answers, its paragraph, its article, and what retrieval found."""

    text: str
    gold: tuple[str, ...]
    paragraph: int
    article: int
    hits: tuple[Hit, ...]

    def answered_by(self, text: str) -> bool:
        """Whether a text contains a gold answer."""
        return any(normalised(one) in normalised(text) for one in self.gold)


async def ask_all(folder: Path, *, limit: int = 10) -> list[Asked]:
    """All 1,190 questions."""
    paragraphs = list(load(folder))
    asked: list[Asked] = []
    async with indexed([text for _, text, _ in paragraphs]) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for number, (article, _, questions) in enumerate(paragraphs):
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(snapshot, None)], question, Deadline.after(30), limit=limit
                )
                asked.append(Asked(question, tuple(gold), number, article, tuple(hits)))
    return asked
