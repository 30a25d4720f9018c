"""What is said when nothing supports an answer or sources disagree, in the question's language."""

from collections.abc import Mapping
from typing import Final

from kvasir.text.language import detect

NO_EVIDENCE: Final[Mapping[str, str]] = {
    "ar": "لا تحتوي المستندات على ما يجيب عن هذا السؤال.",
    "de": "Die Dokumente enthalten nichts, was diese Frage beantwortet.",
    "en": "The documents hold nothing that answers this question.",
    "es": "Los documentos no contienen nada que responda a esta pregunta.",
    "fr": "Les documents ne contiennent rien qui réponde à cette question.",
    "it": "I documenti non contengono nulla che risponda a questa domanda.",
    "nl": "De documenten bevatten niets dat deze vraag beantwoordt.",
    "pt": "Os documentos não contêm nada que responda a esta pergunta.",
    "ru": "В документах нет ничего, что отвечало бы на этот вопрос.",
    "zh": "文档中没有能回答这个问题的内容。",
}


def no_evidence(question: str) -> str:
    """English where the question's language is not known."""
    return NO_EVIDENCE.get(detect(question), NO_EVIDENCE["en"])


SOURCES_DISAGREE: Final[Mapping[str, str]] = {
    "ar": "المصادر لا تتفق على الإجابة.",
    "de": "Die Quellen widersprechen sich.",
    "en": "The sources disagree.",
    "es": "Las fuentes se contradicen.",
    "fr": "Les sources se contredisent.",
    "it": "Le fonti si contraddicono.",
    "nl": "De bronnen spreken elkaar tegen.",
    "pt": "As fontes contradizem-se.",
    "ru": "Источники противоречат друг другу.",
    "zh": "来源之间相互矛盾。",
}


def sources_disagree(question: str) -> str:
    """English where the question's language is not known."""
    return SOURCES_DISAGREE.get(detect(question), SOURCES_DISAGREE["en"])
