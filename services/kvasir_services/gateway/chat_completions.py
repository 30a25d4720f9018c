"""`POST /v1/chat/completions`, plain and streamed."""

from typing import Final

from starlette.responses import Response

from kvasir.ports.principal import Scope
from kvasir.rag.answers import AnswerEnd, AnswerRequest
from kvasir.rag.engine import Catalogue
from kvasir_services.gateway.answer_pump import AnswerPump, Finished
from kvasir_services.gateway.chat_format import ChatCompletion, Envelope
from kvasir_services.gateway.chat_schemas import ChatCompletionBody
from kvasir_services.gateway.file_ids import file_ids
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import Call, CurrentCall
from kvasir_services.gateway.streaming import AnswerStream

_SECONDS: Final = 120.0


async def create_chat_completion(body: ChatCompletionBody, call: CurrentCall) -> Response:
    """An answer from the deployment's documents, with citations.

    Failures have their own status unless they come after the first event of a stream, or after a second without one:
    then the stream ends with an error event and without `[DONE]`.
    """
    catalogue = await call.catalogue()
    envelope = Envelope.of(catalogue.deployment(body.model), include_usage=body.include_usage)
    pump = _pump(call, catalogue, body)
    streaming = False
    try:
        if not body.stream:
            return json_reply(envelope.completion(await pump.whole()))
        await pump.news(call.runtime.timing.first_ping)
        if pump.error is not None:
            raise pump.error
        streaming = True
        return AnswerStream(pump, envelope, call.runtime.timing)
    finally:
        if not streaming:
            await pump.close()


def _pump(call: Call, catalogue: Catalogue, body: ChatCompletionBody) -> AnswerPump:
    request = AnswerRequest(
        id=call.request_id,
        principal=call.principal,
        deployment=body.model,
        messages=tuple(message.chat_message() for message in body.messages),
        deadline=call.deadline,
        max_tokens=body.most_tokens,
        temperature=body.temperature,
        top_p=body.top_p,
        stop=tuple(body.stop or ()),
        seed=body.seed,
    )

    async def finish(end: AnswerEnd) -> Finished:
        places = {(one.knowledge_base, one.source, one.document) for one in end.citations}
        return Finished(end, await file_ids(call, catalogue, places))

    return AnswerPump(call.runtime.engine.answer(catalogue, request), finish, call.deadline, call.receive)


OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/chat/completions",
        create_chat_completion,
        Scope.CHAT,
        response=ChatCompletion,
        body=ChatCompletionBody,
        hot=True,
        seconds=_SECONDS,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    ),
)
