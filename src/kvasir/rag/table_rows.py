"""What a row of a table stands for without naming it: the numbers of a range, or everything that no other row names."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from math import inf
from typing import Final

from kvasir.rag.evidence import Sentence, cells
from kvasir.text.analysis import stems, words

_NUMBER: Final = r"(\d[\d.,]*)"
_UNIT: Final = r"\s*(?:[%€$£]|[^\W\d]+\s)?\s*"
_RANGES: Final = (
    rf"(?:from|between|von|zwischen|de|entre)?\s*{_NUMBER}{_UNIT}(?:to|and|-|\u2013|\u2014|bis|und|à|a|y)\s*{_NUMBER}",
    rf"(?:more than|over|above|from|at least|>=?|\u2265|ab|mehr als|über|mindestens)\s*{_NUMBER}()",
    rf"{_NUMBER}(){_UNIT}(?:\+|(?:or|and) (?:more|above|over|older|longer)|(?:oder|und) mehr)",
    rf"(?:up to|under|below|less than|fewer than|at most|<=?|\u2264|bis zu|bis|unter|weniger als|höchstens)()\s*{_NUMBER}",
)
_RANGE: Final = re.compile("|".join(_RANGES), re.IGNORECASE)
_EVERYTHING_ELSE: Final = re.compile(
    r"\W*(?:(?:all |any |every)?others?\b|(?:every|any)(?:one|body|thing) else\b|(?:the )?rest\b|elsewhere\b|default\b"
    r"|(?:alle )?(?:anderen?|übrigen?)\b|sonstige\w*\b|sonst\b|(?:tou(?:te)?s les )?autres\b|(?:tod[oa]s l[oa]s )?(?:demás|otr[oa]s)\b)",
    re.IGNORECASE,
)


def implied(sentences: Sequence[Sentence], asked: Mapping[str, Mapping[str, float]]) -> Sequence[frozenset[str]]:
    """Of each sentence, terms of the question that it covers as a row of a table.

    Args:
        sentences: of one search; rows of a table follow each other.
        asked: per language, the question's terms with their weights.
    """
    named = frozenset[str]().union(*(one.stems for one in sentences))
    found: list[frozenset[str]] = []
    for (_, heads), rows in groupby(sentences, key=lambda one: (id(one.hit), one.heads)):
        table = list(rows)
        found += _of_table(table, asked[table[0].hit.passage.language], named) if heads else [frozenset()] * len(table)
    return found


def _of_table(rows: Sequence[Sentence], asked: Mapping[str, float], named: frozenset[str]) -> Sequence[frozenset[str]]:
    language = rows[0].hit.passage.language
    full = {term for term, weight in asked.items() if weight == max(asked.values())}
    numbers = {term for term in full if term.isdigit()}
    # The last cell is what the table tells, not what it is asked by.
    keys = [cells(one.text)[:-1] or [""] for one in rows]
    covered = [
        frozenset(one for one in numbers if any(low <= int(one) <= high for cell in row for low, high in ranges(cell)))
        for row in keys
    ]
    known = full & named
    for at, row in enumerate(keys):
        others = (" ".join(key) for key in keys[:at] + keys[at + 1 :])
        about = len(known.intersection(rows[at].stems)) > len(known) / 2
        if (
            about
            and _EVERYTHING_ELSE.match(row[0])
            and not any(full & set(stems(words(key), language)) for key in others)
        ):
            covered[at] |= full - numbers - named
    return covered


def ranges(cell: str) -> Sequence[tuple[float, float]]:
    """Of a cell, lowest and highest: "3 to 5", "10 or more", "up to 50"."""
    found: list[tuple[float, float]] = []
    for match in _RANGE.finditer(cell):
        groups = match.groups()
        low, high = next(pair for pair in zip(groups[::2], groups[1::2], strict=True) if any(pair))
        found.append((_value(low, 0.0), _value(high, inf)))
    return found


def _value(digits: str, absent: float) -> float:
    plain = re.sub(r"[.,](?=\d{3}\b)", "", digits.rstrip(".,")).replace(",", ".")
    return absent if not plain or plain.count(".") > 1 else float(plain)
