"""Questions with and without an answer in the knowledge base, and what was found for each, in numbers."""

import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answers.questions import load, numbered
from benchmarks.knowledge import PRINCIPAL, indexed, knowledge
from kvasir.ports.chat_model import ChatMessage
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Snapshot
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import Passages
from kvasir.rag.calibration import answerability
from kvasir.rag.condensation import standalone
from kvasir.rag.evidence import Evidence
from kvasir.rag.extraction import extract
from kvasir.rag.retrieval import Hit, Retriever, Target

ANSWERABLE, UNANSWERABLE, FOREIGN = "ANSWERABLE", "UNANSWERABLE", "FOREIGN"
_LIMIT = 10
_FOREIGN = 12
"""Questions about something else, for each article of a small knowledge base."""

Ask = Callable[[str], Awaitable[Sequence[Hit]]]
Paragraph = tuple[int, str, list[tuple[str, list[str]]]]


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `group`: article or conversation; `features`: as `kvasir.rag.calibration.Found` (cosine 0 without a model)."""

    kind: str
    group: int
    score: float
    features: NDArray[np.float64]


def case(kind: str, group: int, question: str, hits: Sequence[Hit], latest: str = "") -> Case:
    found = extract(question, Evidence(hits), latest=latest).found
    if found is None:
        return Case(kind, group, 0.0, np.zeros(5))
    features = np.array([found.words, found.share, found.chance, found.grams, found.cosine or 0.0])
    return Case(kind, group, answerability(found), features)


async def _ask(
    passages: Passages, snapshot: Snapshot, embedder: Embedder | None, question: str, limit: int = _LIMIT
) -> Sequence[Hit]:
    target = Target(snapshot, embedder)
    return await Retriever(passages).retrieve(PRINCIPAL, [target], question, Deadline.after(30), limit=limit)


async def xquad(folder: Path, embedding: Mapping[str, object], embedder: Embedder | None) -> tuple[Sequence[Case], int]:
    """Each question with its paragraph and with it left out; how many were skipped, for their answer stands elsewhere."""
    paragraphs = list(load(folder))
    texts = [text.lower() for _, text, _ in paragraphs]
    cases: list[Case] = []
    skipped = 0
    async with indexed(numbered([text for _, text, _ in paragraphs]), embedding) as (stores, snapshot):
        for number, (article, _, questions) in enumerate(paragraphs):
            for question, gold in questions:
                hits = await _ask(stores.passages, snapshot, embedder, question, _LIMIT + 1)
                cases.append(case(ANSWERABLE, article, question, hits[:_LIMIT]))
                others = [hit for hit in hits if hit.document.path != f"{number:03}.txt"][:_LIMIT]
                if any(one.lower() in texts[int(hit.document.path[:3])] for one in gold for hit in others):
                    skipped += 1
                else:
                    cases.append(case(UNANSWERABLE, article, question, others))
    return cases, skipped


async def small(
    folder: Path, embedding: Mapping[str, object], embedder: Embedder | None, articles: int
) -> Sequence[Case]:
    """XQuAD cut into knowledge bases of a few articles, of five paragraphs each.

    Each question with its paragraph, and with it deleted; and questions about other articles.
    """
    paragraphs = list(load(folder))
    names = sorted({article for article, _, _ in paragraphs})
    cases: list[Case] = []
    async with knowledge(embedding) as index:
        for start in range(0, len(names), articles):
            inside = [one for one in paragraphs if one[0] in names[start : start + articles]]
            texts = [text for _, text, _ in inside]
            stores, snapshot = await index(numbered(texts))
            ask = partial(_ask, stores.passages, snapshot, embedder)
            for article, _, questions in inside:
                for question, _ in questions:
                    cases.append(case(ANSWERABLE, article, question, await ask(question)))
            cases += await _foreign(ask, [one for one in paragraphs if one not in inside], texts, _FOREIGN * articles)
            for number, (article, _, questions) in enumerate(inside):
                others = texts[:number] + texts[number + 1 :]
                stores, snapshot = await index(numbered(others))
                for question, gold in questions:
                    if not _stands(gold, others):
                        hits = await _ask(stores.passages, snapshot, embedder, question)
                        cases.append(case(UNANSWERABLE, article, question, hits))
    return cases


async def _foreign(ask: Ask, others: Sequence[Paragraph], texts: Sequence[str], count: int) -> Sequence[Case]:
    able = [(article, question, gold) for article, _, questions in others for question, gold in questions]
    chosen = random.Random(len(texts)).sample(able, count)
    return [
        case(FOREIGN, article, question, await ask(question))
        for article, question, gold in chosen
        if not _stands(gold, texts)
    ]


def _stands(gold: Sequence[str], texts: Sequence[str]) -> bool:
    return any(one.lower() in text.lower() for one in gold for text in texts)


async def multi_turn(folder: Path, embedding: Mapping[str, object], embedder: Embedder | None) -> Sequence[Case]:
    """The last question of every conversation, condensed; all contexts of all tasks are one knowledge base."""
    tasks = [json.loads(line) for line in (folder / "multi-turn" / "tasks.jsonl").read_text("utf-8").splitlines()]
    contexts = {one["document_id"]: one["text"] for task in tasks for one in task["contexts"]}
    conversations = {
        name: number for number, name in enumerate(dict.fromkeys(task["conversation_id"] for task in tasks))
    }
    cases: list[Case] = []
    async with indexed(numbered(list(contexts.values())), embedding) as (stores, snapshot):
        for task in tasks:
            roles = {"user": "user", "agent": "assistant"}
            messages = [ChatMessage(roles[turn["speaker"]], turn["text"]) for turn in task["input"]]
            question = standalone(messages)
            hits = await _ask(stores.passages, snapshot, embedder, question)
            group = conversations[task["conversation_id"]]
            cases.append(case(task["answerability"][0], group, question, hits, messages[-1].content))
    return cases
