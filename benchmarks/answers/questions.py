"""XQuAD English, its 240 paragraphs indexed without a model: what fitting, answering and abstaining are measured on."""

import json
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.knowledge import PRINCIPAL, indexed
from kvasir.ports.deadline import Deadline
from kvasir.rag.retrieval import Hit, Retriever, Target


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


def numbered(paragraphs: Sequence[str]) -> dict[str, dict[str, str]]:
    """One source with each paragraph at `NNN.txt`."""
    return {"paragraphs": {f"{n:03}.txt": text for n, text in enumerate(paragraphs)}}


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
    async with indexed(numbered([text for _, text, _ in paragraphs])) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for number, (article, _, questions) in enumerate(paragraphs):
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(snapshot, None)], question, Deadline.after(30), limit=limit
                )
                asked.append(Asked(question, tuple(gold), number, article, tuple(hits)))
    return asked
