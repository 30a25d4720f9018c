# ruff: noqa: RUF001 - quotation marks of all languages are the subject here
"""Sentences as (start, end) spans in code points of the given text.

Used to split documents, to extract answers and to check citations, so the spans are exact: ordered, disjoint, without
surrounding whitespace, and together they hold every character of the text that is not whitespace.

Lines that are a unit of their own (headings, list items, table rows, lines of fenced or indented code) are never joined with their
neighbours; other single line ends are soft wraps. The rules are those of Golden Rules style segmenters (abbreviations, initials,
decimals, closing quotes), kept small and without a model; Chinese, Japanese, Arabic, Urdu, Devanagari, Khmer, Burmese,
Ethiopic and Armenian full stops end a sentence too.
"""

import re
import string
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]

#: Words that a point follows without ending the sentence, by language family, case-folded, without their last point.
ABBREVIATIONS: Final = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "mt",
        "gen",
        "col",
        "capt",
        "lt",
        "sgt",
        "maj",
        "rev",
        "hon",
        "pres",
        "gov",
        "sen",
        "rep",
        "vs",
        "etc",
        "eg",
        "e.g",
        "ie",
        "i.e",
        "cf",
        "al",
        "fig",
        "figs",
        "eq",
        "eqs",
        "sec",
        "ch",
        "vol",
        "no",
        "nos",
        "pp",
        "ed",
        "eds",
        "approx",
        "dept",
        "est",
        "inc",
        "ltd",
        "co",
        "corp",
        "bros",
        "llc",
        "plc",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "sep",
        "oct",
        "nov",
        "dec",
        "ave",
        "blvd",
        "rd",
        "ft",
        "ph.d",
        "m.d",
        "b.a",
        "m.a",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "u.n",
        "viz",
        "resp",
        "ref",
        "refs",
        "tel",
        "ext",
        "max",
        "min",
        "z.b",
        "d.h",
        "u.a",
        "o.ä",
        "u.ä",
        "bzw",
        "ca",
        "evtl",
        "ggf",
        "inkl",
        "nr",
        "abs",
        "art",
        "bd",
        "hrsg",
        "usw",
        "vgl",
        "zzgl",
        "bspw",
        "sog",
        "str",
        "dgl",
        "frl",
        "hr",
        "fr",
        "mio",
        "mrd",
        "m",
        "mme",
        "mlle",
        "mm",
        "p.ex",
        "av",
        "env",
        "ex",
        "sr",
        "sra",
        "srta",
        "ud",
        "uds",
        "ee.uu",
        "pág",
        "núm",
        "т.е",
        "т.к",
        "т.д",
        "т.п",
        "т.н",
        "г",
        "гг",
        "в",
        "вв",
        "им",
        "ул",
        "стр",
        "рис",
        "руб",
        "тыс",
        "млн",
        "млрд",
        "др",
        "пр",
        "см",
        "напр",
        "проф",
        "акад",
        "о",
        "обл",
        "р",
    ]
)
#: Words that follow an ordinal number in languages that write it with a point: 3. Mai, 19. Jahrhundert, 2. oktober.
AFTER_ORDINAL: Final = frozenset(
    [
        "januar",
        "jänner",
        "februar",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
        "jahrhundert",
        "jahrhunderts",
        "jahrhunderte",
        "marts",
        "maj",
        "oktober",
        "december",
        "januari",
        "februari",
        "mars",
        "tammikuuta",
        "helmikuuta",
        "maaliskuuta",
        "huhtikuuta",
        "toukokuuta",
        "kesäkuuta",
        "heinäkuuta",
        "elokuuta",
        "syyskuuta",
        "lokakuuta",
        "marraskuuta",
        "joulukuuta",
        "század",
        "weltkrieg",
        "weltkriegs",
    ]
)

_ASIAN_END: Final = "。！？｡\u1362\u17d4\u104b\u06d4\u061f\u0964\u0965\u0589"
_CLOSERS: Final = "\"'”’»）)\\]}」』】〉》"
_OPENERS: Final = "\"'“‘«¿¡（(\\[「『【〈《"
#: A run of terminators with the quotes and brackets that close after it.
_END: Final = re.compile(rf"(?:[.!?…]+|[{_ASIAN_END}]+)[{_CLOSERS}*_]*")
_NEXT_START: Final = re.compile(rf"[{_OPENERS}*_#\s]*((\S)\w*)")
_WORD_BEFORE: Final = re.compile(r"[^\s(\[{\"'“‘«]+$")
_BLOCK_LINE: Final = re.compile(
    r"[ \t]*(?:#{1,6}\s|[-*+•‣◦▪]\s|\d{1,3}[.)]\s|[a-z][.)]\s|\||>|```|~~~|(?:-{3,}|={3,}|\*{3,})\s*$)|[ ]{4}|\t"
)
_SMALL: Final = string.ascii_lowercase.encode()
_CAPITAL: Final = string.ascii_uppercase.encode()
_FENCE: Final = re.compile(r"[ \t]*(?:```|~~~)")
_MARKER: Final = re.compile(r"\s*(?:\d{1,3}|[a-zA-Z])[.)]\s+")
#: Longer stretches without any end are cut at whitespace, so that no span is unbounded.
MAX_SENTENCE: Final = 2_000


def sentences(text: str) -> list[Span]:
    """Spans of the sentences of `text`, in order."""
    caseless = _is_caseless(text)
    spans: list[Span] = []
    for start, end, whole in _blocks(text):
        pieces = iter([(start, end)]) if whole else _split(text, start, end, caseless=caseless)
        for piece_start, piece_end in pieces:
            spans.extend(_bounded(text, *_trimmed(text, piece_start, piece_end)))
    return spans


def _is_caseless(text: str) -> bool:
    """Whether capitals say nothing here: scripts without case, or text that was lowercased by somebody."""
    lower, upper = _cases(text[:20_000])
    return upper * 200 < lower or lower == 0


def _cases(text: str) -> tuple[int, int]:
    """Counts of small and of capital letters."""
    if not text.isascii():
        return sum(map(str.islower, text)), sum(map(str.isupper, text))
    plain = text.encode()
    return len(plain) - len(plain.translate(None, _SMALL)), len(plain) - len(plain.translate(None, _CAPITAL))


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is one unit): paragraphs, and lines that stand for themselves."""
    opened: int | None = None
    fenced = False
    at = 0
    for line in text.splitlines(keepends=True):
        end = at + len(line)
        fence = _FENCE.match(line) is not None
        alone = fenced or fence or _BLOCK_LINE.match(line) is not None
        if opened is not None and (alone or not line.strip()):
            yield opened, at, False
            opened = None
        if alone:
            yield at, end, fenced or fence or line.lstrip().startswith("|")
        elif opened is None and line.strip():
            opened = at
        fenced ^= fence
        at = end
    if opened is not None:
        yield opened, at, False


def _split(text: str, start: int, end: int, *, caseless: bool) -> Iterator[Span]:
    """Cuts one paragraph or list item after each end of a sentence."""
    marker = _MARKER.match(text, start, end)
    begin, search = start, marker.end() if marker else start
    for match in _END.finditer(text, search, end):
        if match.end() < end and _ends(text, begin, match, end, caseless=caseless):
            yield begin, match.end()
            begin = match.end()
    if begin < end:
        yield begin, end


def _ends(text: str, begin: int, match: re.Match[str], end: int, *, caseless: bool) -> bool:
    """Whether the terminators of `match` end a sentence, given what stands before and after."""
    mark = text[match.start()]
    if mark in _ASIAN_END:
        return True
    following = _NEXT_START.match(text, match.end(), end) if text[match.end()].isspace() else None
    if following is None or (following[2].islower() and not caseless):
        return False
    if mark != "." or match[0].startswith(".."):
        return True
    before = _WORD_BEFORE.search(text, max(begin, match.start() - 24), match.start())
    return not _belongs(before[0] if before else "", following[1])


def _belongs(word: str, following: str) -> bool:
    """Whether the point after `word` is part of it: an initial, an ordinal number or an abbreviation."""
    if len(word) == 1 and word.isalpha():
        return word.isupper()
    if word.isdigit() and len(word) <= 2:
        return following.casefold() in AFTER_ORDINAL
    return word.casefold() in ABBREVIATIONS


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The span itself, or several when it is longer than MAX_SENTENCE; cuts fall on whitespace where there is any."""
    while end - start > MAX_SENTENCE:
        cut = next((at for at in range(start + MAX_SENTENCE, start + MAX_SENTENCE // 2, -1) if text[at].isspace()), 0)
        cut = cut or start + MAX_SENTENCE
        yield _trimmed(text, start, cut)
        start = _trimmed(text, cut, end)[0]
    if start < end:
        yield start, end
