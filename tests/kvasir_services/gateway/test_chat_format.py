import orjson

from kvasir.rag.answers import AnswerEnd, Contradiction
from kvasir_services.gateway.chat_format import extension_of


def test_what_is_not_supported_and_what_is_contradicted_are_told() -> None:
    end = AnswerEnd(
        text="Three days. Four days.",
        finish_reason="stop",
        unsupported=((0, 11),),
        notice="SourcesDisagree",
        contradictions=(Contradiction(1, 2, ("3", "4")),),
    )
    body = orjson.loads(orjson.dumps(extension_of(end)))
    assert body["notice"] == "SourcesDisagree"
    assert body["unsupported"] == [[0, 11]]
    assert body["contradictions"] == [{"first": 1, "second": 2, "values": ["3", "4"]}]
