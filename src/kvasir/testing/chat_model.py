"""What every chat model must do: inherit `ChatModelSuite` and give it a model that answers `ANSWER` to whatever it is asked."""

from collections.abc import AsyncGenerator
from typing import Final, cast

import pytest

from kvasir.errors import DeadlineExceededError
from kvasir.ports.chat_model import ChatEvent, ChatMessage, ChatModel, ChatRequest, Completion, TextDelta
from kvasir.testing.builders import passed, soon

ANSWER: Final = "Employees have 26 days of leave, naïve Zoë said: 26 天."


def request(max_tokens: int | None = None) -> ChatRequest:
    return ChatRequest((ChatMessage("system", "Be brief."), ChatMessage("user", "How many days?")), max_tokens)


async def events_of(model: ChatModel, asked: ChatRequest) -> list[ChatEvent]:
    return [event async for event in model.generate(asked, soon())]


class ChatModelSuite:
    """Behaviour of `ports.chat_model.ChatModel`."""

    @pytest.fixture
    def model(self) -> ChatModel:
        raise NotImplementedError

    async def test_text_then_exactly_one_completion(self, model: ChatModel) -> None:
        *deltas, end = await events_of(model, request())
        assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
        assert "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)) == ANSWER
        assert isinstance(end, Completion)
        assert end.finish_reason == "stop"

    async def test_a_limit_of_tokens_ends_the_answer_and_says_so(self, model: ChatModel) -> None:
        *deltas, end = await events_of(model, request(max_tokens=2))
        said = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
        assert ANSWER.startswith(said)
        assert len(said) < len(ANSWER)
        assert isinstance(end, Completion)
        assert end.finish_reason == "length"

    async def test_requests_do_not_leave_traces(self, model: ChatModel) -> None:
        assert await events_of(model, request()) == await events_of(model, request())

    async def test_closing_in_the_middle_is_no_error(self, model: ChatModel) -> None:
        events = cast("AsyncGenerator[ChatEvent]", model.generate(request(), soon()))
        assert isinstance(await anext(events), TextDelta)
        await events.aclose()
        end = (await events_of(model, request()))[-1]
        assert isinstance(end, Completion)
        assert end.finish_reason == "stop"

    async def test_a_passed_deadline(self, model: ChatModel) -> None:
        with pytest.raises(DeadlineExceededError):
            async for _ in model.generate(request(), passed()):
                pass

    def test_counts_of_tokens_grow_with_the_text(self, model: ChatModel) -> None:
        assert model.count_tokens("") >= 0
        assert 0 < model.count_tokens("word") <= model.count_tokens("word " * 50)
        assert model.context_tokens > 0
