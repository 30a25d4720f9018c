"""Stretches that are marked as something else than text: chat templates, tags of prompts, transcripts, hidden markup."""

import re
from collections.abc import Iterator
from typing import Final

_ROLE: Final = r"(?:system|assistant|developer|user|human|ai|bot|chatbot|model|gpt\w*|instructions?|prompts?|tool|function|inst|sys|admin\w*)"
_TOKEN: Final = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?(?:start|end|begin)_(?:of_)?\w{1,20}>|<</?[A-Z_ ]{2,30}>>|<{2,4}/?[A-Z_ ]{2,30}>{2,4}"
    rf"|\[{{1,2}}/?{_ROLE}(?:[_ -]\w{{1,20}})?\]{{1,2}}|<(?:/?{_ROLE}[_ -](?:prompt|message|instructions?|override|note|turn|calls?|results?|use|response|output|input)s?|/?system|system[_ -]\w+)\b[^<>\n]{{0,80}}>"
    r"|^#{2,4} ?(?:instructions?|response|system|assistant|human|user)\s?:|```(?:system|assistant|prompt|developer)\b",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSED: Final = re.compile(
    r"<(instructions?|prompt|assistant|developer|user|human|important|admin|command|override|answer|reply|final_answer|rules|tool_\w+|function_calls?|invoke|antml:\w+)\b[^<>\n]{0,80}>.{0,4000}?</\1>",
    re.DOTALL | re.IGNORECASE,
)
_CLOSER: Final = re.compile(
    r"</(context|documents?|sources?|data|input|passage|retrieved\w*|search_results?)>", re.IGNORECASE
)
_LINE_ROLE: Final = re.compile(
    r"^[^\w\n]{0,8}(?:(system|assistant|ai|ai assistant|developer|model|chatbot|bot|llm|gpt\S*|chatgpt|claude)|(user|human|q|question|customer|me|you|administrator|admin|operator))"
    r"(?: ?\([^)\n]{1,30}\)| (?:message|prompt|note|override|answer|correct \w+))?\s?:[ \t]*\S",
    re.IGNORECASE | re.MULTILINE,
)
_BANNER: Final = re.compile(
    r"^[=*_~+<\[\]-]{2,}[^\w\n]{0,3}(?:[\w ]{0,30})\b(?:system|model|assistant|ai|prompt|instructions?|context|documents?|llm)\b[\w ]{0,30}\W{0,8}$",
    re.IGNORECASE | re.MULTILINE,
)
_HIDDEN: Final = re.compile(
    r"<!--(?P<comment>.{0,4000}?)-->|^\[(?://|comment)\]: ?# ?[(\"'](?P<note>.{0,2000}?)[)\"']$"
    r"|<(?P<tag>\w+)[^<>]{0,300}?(?:display: ?none|visibility: ?hidden|font-size: ?[01](?:px|pt|em|%)?\b|opacity: ?0|\bhidden\b|color: ?(?:#fff|white|transparent)"
    r"|left: ?-\d{3,}|top: ?-\d{3,}|text-indent: ?-\d{3,}|height: ?[01](?:px)?;|width: ?[01](?:px)?;|clip: ?rect|aria-hidden)[^<>]{0,300}>(?P<inner>.{0,2000}?)</(?P=tag)>"
    r"|<(?P<quiet>template|noscript|script|title|desc|style|metadata)\b[^<>]{0,200}>(?P<kept>.{0,2000}?)</(?P=quiet)>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(
    r"\b(?:alt|title|aria-label|aria-description|content|label|summary|value|placeholder|data-[\w-]{1,30})\s?=\s?(?:\"([^\"]{8,1000})\"|'([^']{8,1000})')",
    re.IGNORECASE,
)
_IMAGE: Final = re.compile(r"!?\[([^\]\n]{12,500})\]\([^)\n]{0,300}?(?:[\"']([^\"'\n]{8,500})[\"'])?\)")
_BRACES: Final = re.compile(
    r"\{[^{}\n]{0,300}\"role\"\s*:\s*\"(?:system|developer|assistant)\".{0,600}?\}(?:\s*\]\s*\})?"
    r"|\"role\"\s*:\s*\"(?:system|developer|assistant)\"[^\n]{0,600}",
    re.DOTALL,
)
_CALL: Final = re.compile(
    r"\{\s?\"(?:system|assistant|developer)(?:_prompt|_message)?\"\s*:[^{}]{0,600}\}|\{[^{}\n]{0,60}\"(?:name|tool|action|function|tool_calls?|function_call)\"\s*:"
    r"[^\n]{0,300}\"(?:arguments|parameters|args|input|text|body|say)\"\s*:[^\n]{0,600}"
)
_FURTHEST: Final = 4_000


def framed(text: str) -> Iterator[tuple[int, int]]:
    """Stretches in the frame of a conversation with a model: from its first mark to its last."""
    if "<" in text or "[" in text or "```" in text or "##" in text:
        yield from _tokens(text)
        yield from (one.span() for one in _CLOSED.finditer(text))
        for one in _CLOSER.finditer(text):
            if f"<{one[1]}" not in text[: one.start()].casefold():
                yield one.start(), _paragraph_end(text, one.end())
    if ":" in text:
        yield from _transcript(text)
    if "\n" in text:
        yield from ((one.start(), _paragraph_end(text, one.end())) for one in _BANNER.finditer(text))


def called(text: str) -> Iterator[tuple[int, int]]:
    """Messages of a model's interface, as JSON."""
    if '"role"' in text:
        yield from (one.span() for one in _BRACES.finditer(text))


def hidden(text: str) -> Iterator[tuple[int, int, str]]:
    """What a reader of the page does not see, or only a program is meant to read, and its words."""
    if "<" in text or "[" in text:
        for one in _HIDDEN.finditer(text) if "</" in text or "<!--" in text or "]: " in text else ():
            yield one.start(), one.end(), one["comment"] or one["note"] or one["inner"] or one["kept"] or ""
        quoted = _ATTRIBUTE.finditer(text) if "=" in text and "<" in text else ()
        for one in (*quoted, *(_IMAGE.finditer(text) if "](" in text else ())):
            yield one.start(), one.end(), " ".join(part for part in one.groups() if part)
    if "{" in text and '"' in text:
        yield from ((one.start(), one.end(), one[0]) for one in _CALL.finditer(text))


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Runs of tokens with what stands between them; after a single one, the rest of its paragraph."""
    run: tuple[int, int, int] | None = None
    for one in _TOKEN.finditer(text):
        if run is not None and one.start() - run[1] <= _FURTHEST and run[2] < 40:
            run = (run[0], one.end(), run[2] + 1)
            continue
        if run is not None:
            yield _closed(text, *run)
        run = (one.start(), one.end(), 1)
    if run is not None:
        yield _closed(text, *run)


def _closed(text: str, start: int, end: int, tokens: int) -> tuple[int, int]:
    return start, max(end, _paragraph_end(text, end)) if tokens == 1 or not text[end : end + 1].isspace() else end


def _transcript(text: str) -> Iterator[tuple[int, int]]:
    """Lines that a model and its user are made to say."""
    first, last, sides = -1, -1, 0
    for one in _LINE_ROLE.finditer(text):
        if first >= 0 and one.start() - last > 600:
            if sides == 3:
                yield first, last
            first, sides = -1, 0
        first = one.start() if first < 0 else first
        last = _line_end(text, one.end())
        sides |= 1 if one[1] else 2
    if sides == 3:
        yield first, last


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _paragraph_end(text: str, at: int) -> int:
    end = text.find("\n\n", at + 1 if text[at : at + 1] == "\n" else at)
    if 0 <= end <= at + 2:
        end = text.find("\n\n", end + 2)
    return min(len(text) if end < 0 else end, at + 2_000)
