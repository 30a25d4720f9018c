from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.kvasir.rag.knowledge import PAGES, Knowledge, knowledge

from kvasir.ports.chat_model import ChatMessage
from kvasir.ports.filters import Comparison
from kvasir.ports.principal import Principal
from kvasir.rag.answering import ExtractiveAgent
from kvasir.rag.answers import AnswerDelta, AnswerEnd, AnswerRequest
from kvasir.rag.citations import quote_stands, verify
from kvasir.rag.golden import golden_failures
from kvasir.rag.question_types import AnswerType, answer_type, fit
from kvasir.rag.refusals import NO_EVIDENCE
from kvasir.rag.retrieval import Retriever, Target
from kvasir.rag.verification import support
from kvasir.testing.builders import member, soon, system
from kvasir.text.instructions.instruction import Instruction


async def answer(
    at: Knowledge, question: str, *, by: Principal | None = None, former: Sequence[str] = ()
) -> tuple[list[str], AnswerEnd]:
    messages = tuple(ChatMessage("user", one) for one in (*former, question))
    request = AnswerRequest("r", by or system(), "assistant", messages, soon())
    agent = ExtractiveAgent(at.passages, [Target(at.snapshot, None)])
    events = [event async for event in agent.answer(request)]
    assert isinstance(events[-1], AnswerEnd)
    deltas = [event.text for event in events[:-1] if isinstance(event, AnswerDelta)]
    assert len(deltas) == len(events) - 1
    return deltas, events[-1]


async def test_an_answer_is_made_of_quotes_that_stand_where_they_say(tmp_path: Path) -> None:
    async with knowledge(tmp_path) as at:
        deltas, end = await answer(at, "How many days of leave do employees have?")
    assert "".join(deltas) == end.text
    assert "26 days" in end.text
    assert end.grounded
    assert end.snapshots == ("handbook@1.1",)
    for citation in end.citations:
        page = PAGES[citation.path]
        assert page[citation.start : citation.end] == citation.quote
        assert end.text[citation.answer_start : citation.answer_end] == citation.quote
        assert f"[{citation.number}]" in end.text
        assert citation.verified


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the allowance in Norway?", "64 euros"),
        ("How soon must a lost laptop be reported?", "2 hours"),
        ("When do unused days expire?", "31 March"),
    ],
)
async def test_rows_and_sentences_answer_but_headings_do_not(tmp_path: Path, question: str, words: str) -> None:
    async with knowledge(tmp_path) as at:
        _, end = await answer(at, question)
    assert words in end.text
    assert "#" not in end.text
    assert "|---|" not in end.text


async def test_access_decides_what_is_quoted(tmp_path: Path) -> None:
    question = "When does the board decide about the merger?"
    async with knowledge(tmp_path) as at:
        _, closed = await answer(at, question, by=member("sales"))
        _, opened = await answer(at, question, by=member("board"))
    assert "merger" not in closed.text
    assert "5 June" in opened.text


async def test_without_any_passage_it_says_so(tmp_path: Path) -> None:
    async with knowledge(tmp_path, {}) as at:
        deltas, end = await answer(at, "Anything?")
    assert deltas == [NO_EVIDENCE["en"]]
    assert end.notice == "NoEvidence"
    assert not end.grounded
    assert end.citations == ()


@pytest.mark.parametrize(
    "question", ["Who is the CEO of the company?", "What is the capital of Norway?", "Where is the parking garage?"]
)
async def test_what_the_pages_do_not_answer_is_refused(tmp_path: Path, question: str) -> None:
    async with knowledge(tmp_path) as at:
        _, end = await answer(at, question)
    assert (end.text, end.notice) == (NO_EVIDENCE["en"], "NoEvidence")


async def test_a_follow_up_is_answered_and_not_its_former_question(tmp_path: Path) -> None:
    async with knowledge(tmp_path) as at:
        _, place = await answer(at, "And in Norway?", former=["What is the allowance in France?"])
        _, time = await answer(at, "And when do they expire?", former=["How many days of leave do employees have?"])
    assert "64 euros" in place.text
    assert "38 euros" not in place.text, "another row of the same table"
    assert time.text.startswith("Unused days expire on 31 March.")


async def test_several_knowledge_bases_are_one_ranking(tmp_path: Path) -> None:
    async with (
        knowledge(tmp_path / "a") as one,
        knowledge(tmp_path / "a", {"menu.md": "The canteen serves fish on Fridays."}, name="canteen") as two,
    ):
        retriever = Retriever(one.passages)
        targets = [Target(one.snapshot, None), Target(two.snapshot, None)]
        hits = await retriever.retrieve(system(), targets, "When is fish served?", soon())
        assert hits[0].snapshot.knowledge_base == "canteen"
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        again = await retriever.retrieve(system(), targets, "When is fish served?", soon())
        assert [hit.passage.id for hit in again] == [hit.passage.id for hit in hits]
        nothing = await retriever.retrieve(system(), targets, "fish", soon(), condition=Comparison("eq", "team", "hr"))
        assert nothing == []


async def test_golden_questions_name_what_is_not_found(tmp_path: Path) -> None:
    questions = [
        ("How many days of leave?", ["leave.md"], 1),
        ("What is the allowance in Norway?", ["security.md"], 1),
    ]
    async with knowledge(tmp_path) as at:
        failures = await golden_failures(
            at.passages, system(), at.snapshot, None, questions, threshold=1.0, deadline=soon()
        )
        assert len(failures) == 1
        assert "security.md" in failures[0]
        assert "rank" in failures[0]
        half = await golden_failures(
            at.passages, system(), at.snapshot, None, questions, threshold=0.5, deadline=soon()
        )
        assert half == []


async def test_a_quote_that_does_not_stand_is_not_verified(tmp_path: Path) -> None:
    async with knowledge(tmp_path) as at:
        _, end = await answer(at, "How many days of leave do employees have?")
        first = end.citations[0]
        (passage,) = [
            one.passage
            for one in (await at.passages.scan(system(), at.snapshot, soon())).items
            if one.passage.id.document == first.path
        ]
    sound = support(first.quote, first.quote, "en")
    assert verify(first, passage, sound).verified
    assert not verify(first, passage, support("They have 27 days.", first.quote, "en")).verified
    assert not verify(first, replace(passage, instructions=(Instruction(first.start, first.end),)), sound).verified
    assert not quote_stands(passage, first.start + 1, first.end + 1, first.quote)
    assert not quote_stands(passage, first.start, passage.end + 5, first.quote)
    other = replace(first, version="0" * 64)
    assert not verify(other, passage, sound).verified


@pytest.mark.parametrize(
    ("question", "kind", "fitting", "other"),
    [
        ("How many days?", AnswerType.NUMBER, "There are twenty or 26 days.", "There are some."),
        ("In which year did it open?", AnswerType.DATE, "It opened in 1998.", "It opened late."),
        ("Who decides?", AnswerType.NAME, "It is decided by Ada Lovelace.", "it is decided later."),
    ],
)
def test_answers_have_a_type(question: str, kind: AnswerType, fitting: str, other: str) -> None:
    assert answer_type(question) is kind
    assert fit(kind, fitting) == 1.0
    assert fit(kind, other) == 0.0
    assert fit(answer_type("Warum?"), other) == 0.5
