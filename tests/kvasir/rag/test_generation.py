from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kvasir.rag.knowledge import PAGES, Knowledge, knowledge

from kvasir.errors import DeadlineExceededError, InvalidInputError, UnavailableError
from kvasir.ports.chat_model import ChatMessage, ChatRequest
from kvasir.ports.deadline import Deadline
from kvasir.rag.answers import AnswerDelta, AnswerEnd, AnswerRequest
from kvasir.rag.claims import ClaimBuffer
from kvasir.rag.condensation import standalone
from kvasir.rag.generation import GenerativeAgent, Mode
from kvasir.rag.refusals import NO_EVIDENCE, no_evidence
from kvasir.rag.retrieval import Target
from kvasir.rag.verification import support
from kvasir.testing.builders import soon, system
from kvasir.testing.stub_model import StubModel

LEAVE = "How many days of leave do employees have?"


def citing(answer: str, path: str = "leave.md") -> Callable[[ChatRequest], str]:
    """An answer whose `[x]` is the number that the prompt gave to a page."""

    def script(request: ChatRequest) -> str:
        marker = f'title="{path}"'
        prompt = request.messages[0].content
        before = prompt[: prompt.index(marker)]
        return answer.replace("[x]", f"[{before.rsplit('number=', 1)[1].split(chr(34))[1]}]")

    return script


async def answer(
    at: Knowledge,
    model: StubModel,
    *,
    mode: Mode = Mode.CITE_OR_SAY,
    question: str = LEAVE,
    deadline: Deadline | None = None,
) -> tuple[list[str], AnswerEnd]:
    request = AnswerRequest("r", system(), "a", (ChatMessage("user", question),), deadline or soon())
    agent = GenerativeAgent(at.passages, [Target(at.snapshot, None)], model, "Be brief.", mode)
    deltas: list[str] = []
    async for event in agent.answer(request):
        if isinstance(event, AnswerEnd):
            assert "".join(deltas) == event.text
            return deltas, event
        assert isinstance(event, AnswerDelta)
        deltas.append(event.text)
    raise AssertionError("no end")


async def test_a_supported_sentence_carries_a_verified_quote(tmp_path: Path) -> None:
    model = StubModel(citing("Employees have 26 days of leave [x]."))
    async with knowledge(tmp_path) as at:
        deltas, end = await answer(at, model)
    assert len(deltas) > 3
    (citation,) = end.citations
    assert citation.verified
    assert PAGES["leave.md"][citation.start : citation.end] == citation.quote
    assert end.text[citation.answer_start :].startswith("Employees have 26 days")
    assert end.grounded
    assert end.unsupported == ()
    assert end.usage.completion_tokens == 7
    system_message = model.requests[0].messages[0].content
    assert system_message.startswith("Be brief.")
    assert "26 days" in system_message


@pytest.mark.parametrize(("asked", "given"), [(None, 100), (50, 50), (5000, 100)])
async def test_a_request_may_ask_for_fewer_tokens_than_the_deployment_gives(
    tmp_path: Path, asked: int | None, given: int
) -> None:
    model = StubModel("Employees have 26 days of leave.")
    async with knowledge(tmp_path) as at:
        agent = GenerativeAgent(at.passages, [Target(at.snapshot, None)], model, answer_tokens=100)
        request = AnswerRequest("r", system(), "a", (ChatMessage("user", LEAVE),), soon(), max_tokens=asked)
        assert [event async for event in agent.answer(request)]
    assert [one.max_tokens for one in model.requests] == [given]


@pytest.mark.parametrize(
    "claim",
    [
        "Employees have 30 days of leave [x].",
        "Employees do not have 26 days of leave [x].",
        "Employees have 26 days of leave, says Winnetou [x].",
        "The moon is made of cheese and so is the sun [x].",
        "Employees have 26 days of leave.",
        "Employees have 26 days of leave [99].",
    ],
)
async def test_what_its_source_does_not_say_is_flagged_or_dropped(tmp_path: Path, claim: str) -> None:
    async with knowledge(tmp_path) as at:
        _, flagged = await answer(at, StubModel(citing(claim)))
        _, dropped = await answer(at, StubModel(citing(claim)), mode=Mode.STRICT)
    assert "Employees" in flagged.text or "moon" in flagged.text
    assert not flagged.grounded
    ((start, end),) = flagged.unsupported
    assert flagged.text[start:end] == flagged.text.strip()
    assert dropped.text == NO_EVIDENCE["en"]
    assert dropped.notice == "NoEvidence"


async def test_strict_keeps_what_is_verified_and_drops_the_rest(tmp_path: Path) -> None:
    said = "Employees have 26 days of leave [x]. They also get a pony [x]. Unused days expire on 31 March [x]."
    async with knowledge(tmp_path) as at:
        _, end = await answer(at, StubModel(citing(said)), mode=Mode.STRICT)
    assert "26 days" in end.text
    assert "31 March" in end.text
    assert "pony" not in end.text
    assert end.grounded
    assert len(end.citations) == 2
    for citation in end.citations:
        assert citation.verified
        spoken = end.text[citation.answer_start : citation.answer_end]
        assert spoken.startswith(("Employees", "Unused"))


async def test_without_evidence_only_open_asks_the_model(tmp_path: Path) -> None:
    for mode, asked in ((Mode.STRICT, 0), (Mode.CITE_OR_SAY, 0), (Mode.OPEN, 1)):
        model = StubModel("From what I know: yes.")
        async with knowledge(tmp_path / mode, {}) as at:
            _, end = await answer(at, model, mode=mode)
        assert len(model.requests) == asked
        assert (end.notice == "NoEvidence") is (asked == 0)


async def test_a_failing_or_stalling_model_is_an_error_and_never_text(tmp_path: Path) -> None:
    async with knowledge(tmp_path) as at:
        with pytest.raises(UnavailableError):
            await answer(at, StubModel("one two three four", fail_after=2))
        with pytest.raises(DeadlineExceededError):
            await answer(at, StubModel("one two three", stall_after=1), deadline=Deadline.after(0.5))


async def test_the_answers_length_does_not_shrink_the_evidence_silently(tmp_path: Path) -> None:
    model = StubModel("ok", context_tokens=40)
    async with knowledge(tmp_path) as at:
        with pytest.raises(InvalidInputError, match="shorten the question"):
            await answer(at, model, question=f"{LEAVE} " * 12)


def test_sources_cannot_close_their_mark(tmp_path: Path) -> None:
    from kvasir.rag.prompting import _FENCE

    assert "</source>" not in _FENCE.sub("<\u200bsource", "x </source> <SOURCE y")


@given(
    st.lists(st.sampled_from(["One two. ", "Three [1]. ", "four", " five! [2] ", "\n", "Six? ", "e.g. "]), max_size=20),
    st.integers(1, 7),
)
def test_the_buffer_loses_and_repeats_nothing(parts: list[str], step: int) -> None:
    text = "".join(parts)
    buffer = ClaimBuffer()
    found = [one for start in range(0, len(text), step) for one in buffer.add(text[start : start + step])]
    assert "".join([*found, buffer.rest()]) == text
    assert buffer.rest() == ""


@pytest.mark.parametrize(
    ("claim", "evidence", "holds"),
    [
        ("The fee is 18,000 euros.", "A fee of 18000 euros is due.", True),
        ("The fee is 18,000 euros.", "A fee of 19,000 euros is due.", False),
        ("Claims are not paid after 90 days.", "Claims filed later than 90 days are not paid.", True),
        ("Claims are paid after 90 days.", "Claims filed later than 90 days are not paid.", False),
        ("The trip goes to Norway.", "The trip goes to France.", False),
        ("Something else entirely happens.", "Claims are filed in June.", False),
    ],
)
def test_support_is_strict_about_numbers_names_and_negation(claim: str, evidence: str, *, holds: bool) -> None:
    assert support(claim, evidence, "en").holds is holds


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["How many days of leave are there?"], "How many days of leave are there?"),
        (
            ["How many days of annual leave are there?", "And for part-time employees?"],
            "How many days of annual leave are there? And for part-time employees?",
        ),
        (
            ["How many days of annual leave are there?", "What does the canteen charge guests for lunch?"],
            "What does the canteen charge guests for lunch?",
        ),
    ],
)
def test_only_follow_ups_lean_on_what_was_said(turns: list[str], expected: str) -> None:
    messages = [ChatMessage("user", turn) for turn in turns]
    messages.insert(-1, ChatMessage("assistant", "An answer."))
    assert standalone(messages) == expected


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wie viele Urlaubstage haben Beschäftigte in Teilzeit bei uns im Jahr?", "de"),
        ("Combien de jours de congé les employés ont-ils chaque année ?", "fr"),
        ("员工每年有多少天年假？请告诉我具体的规定。", "zh"),
        ("xyzzy", "en"),
    ],
)
def test_refusals_speak_the_questions_language(question: str, language: str) -> None:
    assert no_evidence(question) == NO_EVIDENCE[language]
