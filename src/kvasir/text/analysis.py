"""From text to index terms: surface words, their stems, and the character grams within them.

A *surface word* is NFKC-normalised and case-folded. camelCase and snake_case give the whole identifier and its parts,
digit groups lose their separators (18,000 -> 18000), versions stay whole (v1.2.3), text without spaces gives overlapping
character pairs. A *stem* belongs to a language; `und` has none. A *gram* is four characters of a surface word with
its boundaries marked, so grams depend on the vocabulary alone and never on the order of words.

Everything here is a pure function; `VERSION` changes whenever any output changes and is part of the index fingerprint.
"""

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

import Stemmer

from kvasir.text.language import SNOWBALL
from kvasir.text.scripts import HANGUL, MARKS, UNSPACED, fold, has_unspaced

VERSION: Final = "1"
GRAM: Final = 4
BOUNDARY: Final = "\x02"
#: Longer words are cut: base64 and minified code would fill the vocabulary with words nobody searches.
MAX_WORD: Final = 64

_NUMBER: Final = r"[vV]?\d+(?:[.,\u066b\u066c]\d+)+\w*"
_SHARP: Final = r"\b[A-Za-z](?:\+\+|\#)(?!\w)"
_ACRONYM: Final = r"\b(?:[^\W\d_]\.){2,}"
_PLAIN: Final = rf"[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[{MARKS}])"
TOKENS: Final = (rf"{_NUMBER}|{_SHARP}|{_ACRONYM}|\w+", rf"{_NUMBER}|{_SHARP}|{_ACRONYM}|[{UNSPACED}]+|{_PLAIN}*")
"""What a token is, in ASCII and in any text; read from left to right."""
# The same, twice as fast: what begins no token is passed over at once, and most words begin with a letter that neither a
# number nor an acronym of one letter and a point can begin with.
_ASCII_TOKEN: Final = re.compile(rf"(?=\w)(?:[A-UW-Za-uw-z_]\w+|{TOKENS[0]})", re.ASCII)
_TOKEN: Final = re.compile(rf"(?=[\w{UNSPACED}])(?:(?![\dvV]){_PLAIN}+|{TOKENS[1]})")
_UNSPACED_RUN: Final = re.compile(f"[{UNSPACED}]+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_CAMEL: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HANGUL: Final = re.compile(f"[{HANGUL}]")


def words(text: str) -> list[str]:
    """Surface words of `text` in order; identifiers contribute themselves and then their parts."""
    found: list[str] = []
    for token in tokens(text):
        found.extend(_surfaces(token))
    return found


def tokens(text: str) -> list[str]:
    """What `surfaces` makes words of: numbers, identifiers, runs of an unspaced script, as written."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    return _TOKEN.findall(unicodedata.normalize("NFKC", text))


def surfaces(token: str) -> tuple[str, ...]:
    """Surface words of one token."""
    if has_unspaced(token) and _UNSPACED_RUN.fullmatch(token):
        return _pairs(token)
    if "." in token or "," in token:
        word = _number(token) if any(map(str.isdigit, token)) else token.replace(".", "").casefold()
        return (word[:MAX_WORD],)
    parts = [part for piece in token.split("_") for part in _CAMEL.split(piece)]
    whole = token.strip("_").casefold()
    if not whole:
        return ()
    if len(parts) == 1:
        return (whole[:MAX_WORD],)
    kept = (part.casefold() for part in parts if len(part) > 1 or part.isdigit())
    return tuple(dict.fromkeys(word[:MAX_WORD] for word in (whole, *kept)))


_surfaces = lru_cache(maxsize=200_000)(surfaces)


def _number(token: str) -> str:
    """Digit groups joined, a decimal comma made a point, versions left alone."""
    token = token.casefold().replace("\u066b", ".").replace("\u066c", ",")
    if _GROUPED.fullmatch(token):
        mark = "," if "," in token and (token.find(",") < token.find(".") or "." not in token) else "."
        return token.replace(mark, "").replace(",", ".")
    return token.replace(",", ".") if token.count(",") == 1 and "." not in token else token


def _pairs(run: str) -> tuple[str, ...]:
    """Overlapping character pairs of a run without spaces; a lone character stands for itself."""
    run = run.casefold()
    if len(run) == 1:
        return (run,)
    return tuple(run[at : at + 2] for at in range(len(run) - 1))


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - PyStemmer's name
    def stemWords(self, words: Sequence[str]) -> list[str]: ...  # noqa: N802


_local = threading.local()


def _stemmer(language: str) -> _Stemmer | None:
    """A Snowball stemmer is not safe for use by several threads, so each thread has its own."""
    known: dict[str, _Stemmer | None] = _local.__dict__
    if language not in known:
        algorithm = SNOWBALL.get(language)
        known[language] = Stemmer.Stemmer(algorithm, maxCacheSize=0) if algorithm else None
    return known[language]


def stem(word: str, language: str) -> str:
    """The index term of a surface word: its Snowball stem where the language has one, folded in any case."""
    stemmer = _stemmer(language)
    return fold(stemmer.stemWord(word) if stemmer else word)


def stems(spoken: Sequence[str], language: str) -> list[str]:
    """`stem` of each word, four times as fast."""
    stemmer = _stemmer(language)
    found = stemmer.stemWords(spoken) if stemmer else spoken
    return [word if word.isascii() else fold(word) for word in found]


def grams(word: str) -> tuple[str, ...]:
    """Character grams of a surface word, repeated ones included; whole for words too short to have any.

    Pairs of unspaced scripts are their own gram; Hangul syllables carry more than letters do, so they go by two.
    """
    word = fold(word)
    if has_unspaced(word):
        return (word,)
    size = 2 if not word.isascii() and _HANGUL.search(word) else GRAM
    marked = f"{BOUNDARY}{word}{BOUNDARY}"
    if len(marked) <= size:
        return (marked,)
    return tuple(marked[at : at + size] for at in range(len(marked) - size + 1))
