"""Questions with and without an answer in the knowledge base, and the raw features of the best passage found for each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answers.questions import load, numbered
from benchmarks.knowledge import PRINCIPAL, indexed
from kvasir.ports.chat_model import ChatMessage
from kvasir.ports.deadline import Deadline
from kvasir.ports.embedder import Embedder
from kvasir.ports.passages import Leg
from kvasir.rag.condensation import standalone
from kvasir.rag.retrieval import Hit, Retriever, Target

ANSWERABLE, UNANSWERABLE = "ANSWERABLE", "UNANSWERABLE"
_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `group`: article or conversation; `features`: coverage, words share, cosine (0 without a model)."""

    kind: str
    group: int
    score: float
    features: NDArray[np.float64]


def case(kind: str, group: int, hits: Sequence[Hit]) -> Case:
    """The best of the hits speaks for the question."""
    if not hits:
        return Case(kind, group, 0.0, np.zeros(3))
    best = max(hits, key=lambda hit: hit.relevance)
    share = best.legs.get(Leg.WORDS, 0.0) / best.self_score if best.self_score > 0 else 0.0
    cosine = max(hit.legs.get(Leg.DENSE, 0.0) for hit in hits)
    return Case(kind, group, best.relevance, np.array([best.legs.get(Leg.COVERAGE, 0.0), share, cosine]))


async def xquad(folder: Path, embedding: dict[str, object], embedder: Embedder | None) -> tuple[list[Case], int]:
    """Each question with its paragraph and with it left out; how many were skipped, for their answer stands elsewhere."""
    paragraphs = list(load(folder))
    texts = [text.lower() for _, text, _ in paragraphs]
    cases: list[Case] = []
    skipped = 0
    async with indexed(numbered([text for _, text, _ in paragraphs]), embedding) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for number, (article, _, questions) in enumerate(paragraphs):
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(snapshot, embedder)], question, Deadline.after(30), limit=_LIMIT
                )
                cases.append(case(ANSWERABLE, article, hits))
                others = [hit for hit in hits if hit.document.path != f"{number:03}.txt"]
                if any(one.lower() in texts[int(hit.document.path[:3])] for one in gold for hit in others):
                    skipped += 1
                else:
                    cases.append(case(UNANSWERABLE, article, others))
    return cases, skipped


async def multi_turn(folder: Path, embedding: dict[str, object], embedder: Embedder | None) -> list[Case]:
    """The last question of every conversation, condensed; all contexts of all tasks are one knowledge base."""
    tasks = [json.loads(line) for line in (folder / "multi-turn" / "tasks.jsonl").read_text("utf-8").splitlines()]
    contexts = {one["document_id"]: one["text"] for task in tasks for one in task["contexts"]}
    conversations = {
        name: number for number, name in enumerate(dict.fromkeys(task["conversation_id"] for task in tasks))
    }
    cases: list[Case] = []
    async with indexed(numbered(list(contexts.values())), embedding) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for task in tasks:
            roles = {"user": "user", "agent": "assistant"}
            messages = [ChatMessage(roles[turn["speaker"]], turn["text"]) for turn in task["input"]]
            hits = await retriever.retrieve(
                PRINCIPAL, [Target(snapshot, embedder)], standalone(messages), Deadline.after(30), limit=_LIMIT
            )
            cases.append(case(task["answerability"][0], conversations[task["conversation_id"]], hits))
    return cases
