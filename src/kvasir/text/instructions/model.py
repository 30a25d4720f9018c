"""A linear model of orders to a reader: which words and parts a text has, and which stand beside and near each other.

The weights are a file of readable lines beside this module, fitted by `benchmarks.poison.fit` to planted wordings against ordinary
documents. Every piece of evidence belongs to one token or to two that are near each other, so that sums along a text give the log odds of
every stretch of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate, chain
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.instructions.lexicon import INSIDE, WORDS, Kind, kinds

_PLACED_WORDS: Final = (
    "the a an of and to that is you your with this all from words in only on for by as at be are was not no if when "
    "whenever whatever any every each it its it's what which who whoever must shall should will would may can could do does "
    "don't have has had now then here there before after until unless once instead but or so let please just one first last "
    "next following exactly nothing always never than whether how about into their they them he she his her i we us our my "
    "me been being were"
)
_PLACED: Final = frozenset(_PLACED_WORDS.split())
"""Words that are looked at though they play no part."""
LONGEST: Final = 90
"""Tokens of a text that are weighed together."""
SHORTEST: Final = 4
"""Tokens that an order has; no two pieces of a pair are further from each other."""
_UNSPACED: Final = re.compile("[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_LETTERS: Final = r"[^\W\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
_TOKEN: Final = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")  # noqa: RUF001 - a closing quote is the subject
_INSIDE_TOKEN: Final = re.compile(
    f"(?=[{''.join(sorted({one[0] for one in INSIDE}))}])(?:{'|'.join(map(re.escape, sorted(INSIDE, key=len, reverse=True)))})"
    rf"|{_LETTERS}(?:['’]{_LETTERS})?|\S"  # noqa: RUF001
)
"""The same, and the strings of languages without spaces between words; of a text in others, it finds the same."""
_NAMES: Final = "AI MACHINE OUTPUT USER TALK SAY DISMISS RULES PRIOR ONLY YOU ROLE SECRET TOOL DECODE"
_PARTS: Final = {1 << bit: name for bit, name in enumerate(_NAMES.split())}
_OTHER: Final = "·"
_DIGITS: Final = "digits"
"""Instead of letters, within a word."""
_LEET: Final = re.compile(r"[a-z]\d+[a-z]")
_STRANGE: Final = 3
"""Words of a text that may be misspelt to hide it."""
_KINDS: Final = 1280
"""Tokens that are told apart: each word that the lexicon knows, and each choice of parts of others."""
_MISSING: Final = -8_000
_MOST: Final = 1 << 18
"""Words that are remembered."""

Token = tuple[str, ...]
"""The word or sign itself, or `·`, and the parts that it plays."""


def evidence(plain: str) -> Iterator[str]:
    """What a case-folded text has, as often as it has it: `SAY`; `^ SAY` at its start; `your OUTPUT` side by side; `SAY .. that` near."""
    tokens = [_TOKENS[number] for number in _numbered(plain)[:LONGEST]]
    yield from (f"^ {one}" for one in (tokens[0] if tokens else ()))
    for at, token in enumerate(tokens):
        yield from token
        for other in tokens[at + 1 : at + 2]:
            yield from _beside(token, other)
        for other in tokens[at + 2 : at + SHORTEST]:
            yield from _near(token, other)


def _beside(one: Token, other: Token) -> Iterator[str]:
    return (f"{first} {second}" for first in one for second in other if first != _OTHER or second != _OTHER)


def _near(one: Token, other: Token) -> Iterator[str]:
    return (f"{first} .. {second}" for first in one for second in other if _OTHER not in (first, second))


def logit(plain: str) -> float:
    """Log odds that a case-folded text is an order: of its best `LONGEST` tokens in a row."""
    return Weighed([plain]).odds([(0, 1)])[0]


class Weighed:
    """Case-folded texts that follow each other, tokenised and summed up once.

    Attributes:
        strange: words are spelt backwards, rotated or with digits.
    """

    def __init__(self, plains: Sequence[str]) -> None:
        tokens = [_numbered(plain) for plain in plains]
        self._ends = np.array([0, *accumulate(map(len, tokens))], np.int64)
        flat = np.fromiter(chain.from_iterable(tokens), np.int64, int(self._ends[-1]))
        self._closing, self._opening = _sums(flat)
        self.strange = bool(np.count_nonzero(_MISSPELT[flat]) >= _STRANGE)

    def odds(self, runs: Sequence[tuple[int, int]]) -> list[float]:
        """Log odds of runs of texts, each from one number up to another, as those of the run as one text."""
        if not len(self._closing):
            return [-LONGEST] * len(runs)
        starts, ends = self._ends[np.array(runs, np.int64).reshape(-1, 2).T]
        last = np.maximum(ends - 1, 0)
        found = (self._closing[last] - self._opening[np.minimum(starts, last)]) / 100
        found[ends - starts < SHORTEST] = -LONGEST
        for at in np.flatnonzero(ends - starts > LONGEST):
            found[at] = self._best(starts[at], ends[at])
        return found.tolist()

    def _best(self, start: int, end: int) -> float:
        """Of `LONGEST` tokens in a row."""
        return (self._closing[start + LONGEST - 1 : end] - self._opening[start : end - LONGEST + 1]).max() / 100


def _sums(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hundredths such that a stretch has the value of its last token in the first less that of its first in the second.

    Up to its end, a pair counts with its second token; up to its start, with its first: the difference has the pairs within.
    """
    if len(numbers) < SHORTEST:
        return np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
    single, first = _SINGLE.values[numbers], _FIRST.values[numbers]
    pairs = [numbers[:-gap] * _KINDS + numbers[gap:] for gap in range(1, SHORTEST)]
    worths = [(_BESIDE if gap == 1 else _NEAR).values[one] for gap, one in enumerate(pairs, 1)]
    ends, starts = single.astype(np.int32), single.astype(np.int32)
    for gap, worth in enumerate(worths, 1):
        ends[gap:] += worth
        starts[:-gap] += worth
    if min(starts.min(), first.min()) < _MISSING:
        _SINGLE.fill(numbers)
        _FIRST.fill(numbers)
        for gap, one in enumerate(pairs, 1):
            (_BESIDE if gap == 1 else _NEAR).fill(one)
        return _sums(numbers)
    return np.cumsum(ends, dtype=np.int64), np.cumsum(starts, dtype=np.int64) - starts - first - _bias()


def _numbered(plain: str) -> list[int]:
    if _unspaced(plain):
        return list(map(_NUMBERS.__getitem__, _INSIDE_TOKEN.findall(plain)))
    return list(map(_NUMBERS.__getitem__, _TOKEN.findall(plain)))


def _unspaced(plain: str) -> bool:
    return not plain.isascii() and _UNSPACED.search(plain) is not None


class _Numbers(dict[str, int]):
    """Words by the number of their token, which they get when they are first asked for."""

    def __missing__(self, word: str) -> int:
        token = _token(word)
        with _LOCK:
            if token not in _NUMBER_OF and len(_TOKENS) < _KINDS:
                _NUMBER_OF[token] = len(_TOKENS)
                _TOKENS.append(token)
                if _misspelt(token):
                    _MISSPELT[_NUMBER_OF[token]] = True
        number = _NUMBER_OF.get(token, 0)
        if len(self) < _MOST:
            self[word] = number
        return number


def _token(word: str) -> Token:
    if len(word) == 1 and not word.isalnum() and word not in INSIDE:
        return (word,) if word.isascii() or word in _SIGNS else (_OTHER,)
    parts = kinds(word)
    if _LEET.search(word):
        return (_OTHER, _DIGITS)
    return (
        word if word in _PLACED or word in WORDS else _OTHER,
        *(name for bit, name in _PARTS.items() if parts & bit),
    )


class _Table:
    """Hundredths by number, each found when it is first asked for: until then far below any."""

    def __init__(self, size: int, worth: Callable[[int], int]) -> None:
        self._size = size
        self._worth = worth

    @cached_property
    def values(self) -> NDArray[np.int16]:
        """(size) made with the first text that is looked at."""
        return np.full(self._size, 2 * _MISSING, np.int16)

    def fill(self, numbers: NDArray[np.int64]) -> None:
        for number in np.unique(numbers[self.values[numbers] < _MISSING]).tolist():
            self.values[number] = self._worth(number)


def _worth(found: Iterable[str]) -> int:
    weights = _weights()
    return sum(weights.get(one, 0) for one in found)


def _misspelt(token: Token) -> bool:
    return _DIGITS in token or bool(kinds(token[0]) & (Kind.MIRRORED | Kind.REVERSED))


def _bias() -> int:
    return _weights().get("", 0)


@cache
def _weights() -> Mapping[str, int]:
    """Hundredths by piece of evidence; the bias under an empty name."""
    lines = files("kvasir.text.instructions").joinpath("weights.tsv").read_text("utf-8").splitlines()
    return {found: int(weight) for weight, _, found in (line.partition("\t") for line in lines)}


_SIGNS: Final = frozenset("“”„«»‘’「」『』：。，；！？–—…¿¡")  # noqa: RUF001 - signs of all scripts are the subject
_LOCK: Final = Lock()
_TOKENS: Final[list[Token]] = [(_OTHER,)]
_NUMBER_OF: Final[dict[Token, int]] = {(_OTHER,): 0}
_NUMBERS: Final = _Numbers()
_SINGLE: Final = _Table(_KINDS, lambda one: _worth(_TOKENS[one]))
_FIRST: Final = _Table(_KINDS, lambda one: _worth(f"^ {part}" for part in _TOKENS[one]))
_BESIDE: Final = _Table(_KINDS**2, lambda pair: _worth(_beside(_TOKENS[pair // _KINDS], _TOKENS[pair % _KINDS])))
_MISSPELT: Final = np.zeros(_KINDS, np.bool_)
"""By number, whether a token may be misspelt to hide it."""
_NEAR: Final = _Table(_KINDS**2, lambda pair: _worth(_near(_TOKENS[pair // _KINDS], _TOKENS[pair % _KINDS])))
