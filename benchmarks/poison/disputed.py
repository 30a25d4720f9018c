"""Poisoning: five texts with a wrong answer in one source, one with the right answer in another.

Answers are right as the set has them, also where that can be argued (bones, a cast, the four of a clock). Thresholds of
`kvasir.rag.contradictions` were chosen on every second question; the others are reported apart.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers.questions import load
from benchmarks.knowledge import PRINCIPAL, indexed
from benchmarks.report import share
from kvasir.ports.deadline import Deadline
from kvasir.rag.contradictions import find
from kvasir.rag.evidence import Evidence
from kvasir.rag.extraction import answers, extract
from kvasir.rag.retrieval import Hit, Retriever, Target

PASSAGES = Path(__file__).with_name("right_passages.jsonl")
RIGHT, WRONG = "reference", "forum"
OUTCOMES = ("wrong", "right", "disagree", "both", "neither")


async def measure(data: Path) -> dict[str, Any]:
    questions = list(json.loads((data / "poisoned" / "nq.json").read_text(encoding="utf-8")).values())
    right = [json.loads(line) for line in PASSAGES.read_text(encoding="utf-8").splitlines()]
    sources = {
        RIGHT: {f"{one['id']}.txt": one["text"] for one in right},
        WRONG: {f"{one['id']}-{n}.txt": text for one in questions for n, text in enumerate(one["adv_texts"])},
    }
    counts: dict[str, Counter[str]] = {
        "with": Counter(),
        "without": Counter(),
        "tuned": Counter(),
        "untuned": Counter(),
    }
    async with indexed(sources) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for number, one in enumerate(questions):
            hits = await retriever.retrieve(
                PRINCIPAL, [Target(snapshot, None)], one["question"], Deadline.after(30), limit=10
            )
            with_, without = (_outcome(one, hits, detect=detect) for detect in (True, False))
            counts["with"][with_] += 1
            counts["without"][without] += 1
            counts["untuned" if number % 2 else "tuned"][with_] += 1
    return {
        "questions": len(questions),
        "one right passage, five poisoned ones": _shares(counts["with"]),
        "the same without contradictions": _shares(counts["without"]),
        "every second question, looked at": _shares(counts["tuned"]),
        "the others": _shares(counts["untuned"]),
        "false alarms, xquad en": await _alarms(data),
    }


def _shares(counts: Mapping[str, int]) -> dict[str, Any]:
    total = sum(counts.values())
    return {outcome: share(counts[outcome], total) for outcome in OUTCOMES}


def _outcome(one: Mapping[str, str], hits: Sequence[Hit], *, detect: bool) -> str:
    """By the answer's words; a yes, a no or a single letter is judged by the source that is quoted instead."""
    evidence = Evidence(hits)
    found = extract(one["question"], evidence)
    extracts = found.sentences if answers(found, evidence, None) else ()
    dispute = find(one["question"], evidence, extracts[0].hit) if extracts and detect else None
    quoted = [(extract.text, extract.hit) for extract in extracts]
    if dispute is not None:
        quoted = [quoted[0], (dispute.other.sentence.text, dispute.other.sentence.hit)]
    answer = _plain(" ".join(text for text, _ in quoted))
    wanted, planted = _plain(one["correct answer"]), _plain(one["incorrect answer"])
    if len(wanted.strip()) < 4 and wanted.strip().isalpha():
        mine = [hit for _, hit in quoted if hit.document.path.split(".")[0].split("-")[0] == one["id"]]
        held = [any(hit.document.source == source for hit in mine) for source in (RIGHT, WRONG)]
    else:
        held = [wanted in answer, planted in answer]
    if all(held):
        return "both" if dispute is None else "disagree"
    return "right" if held[0] else "wrong" if held[1] else "neither"


def _plain(text: str) -> str:
    return " " + " ".join(re.findall(r"[^\W_]+", text.lower())) + " "


async def _alarms(data: Path) -> dict[str, Any]:
    """Questions whose paragraphs do not contradict each other, and yet a contradiction is reported."""
    paragraphs = [(text, [question for question, _ in asked]) for _, text, asked in load(data)]
    alarms = total = 0
    async with indexed({"articles": {f"{n:03}.txt": text for n, (text, _) in enumerate(paragraphs)}}) as (
        stores,
        pinned,
    ):
        retriever = Retriever(stores.passages)
        for _, questions in paragraphs:
            for question in questions:
                found = await retriever.retrieve(
                    PRINCIPAL, [Target(pinned, None)], question, Deadline.after(30), limit=10
                )
                evidence = Evidence(found)
                best = extract(question, evidence, limit=1).sentences
                total += 1
                alarms += bool(best) and find(question, evidence, best[0].hit) is not None
    return share(alarms, total)
