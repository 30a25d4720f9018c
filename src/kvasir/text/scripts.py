"""Scripts without spaces between words, and the combining marks that belong to a word.

Ranges are from the Unicode 15 block table (https://www.unicode.org/Public/UCD/latest/ucd/Blocks.txt), written as regular-expression
class bodies so that no table is computed at import time.
"""

import re
import unicodedata
from typing import Final

HAN: Final = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA: Final = "\u3040-\u30ff\u31f0-\u31ff"
#: Thai, Lao, Tibetan, Myanmar and Khmer letters with their vowel signs, without their digits.
SOUTH_EAST: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ece\u0f40-\u0fbc\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
)
#: Letters of scripts written without spaces between words.
UNSPACED: Final = HAN + KANA + SOUTH_EAST
HANGUL: Final = "\uac00-\ud7a3\u1100-\u11ff"

#: Marks that may be removed without changing which word it is (Latin, Cyrillic, Hebrew and Arabic points).
OPTIONAL_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
)
#: All marks that continue a word: the optional ones, Indic vowel signs, and the (non-)joiners.
MARKS: Final = (
    OPTIONAL_MARKS
    + "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u0a01-\u0a03\u0a3c-\u0a4d"
    "\u0a70\u0a71\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56"
    "\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d81-\u0d83\u0dca-\u0ddf\u200c\u200d"
)

_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_OPTIONAL_MARKS: Final = re.compile(f"[{OPTIONAL_MARKS}\u0640\u200c\u200d]+")
#: Letters that do not decompose but that writers exchange (Latin strokes and ligatures; Arabic and Persian variants).
_LETTERS: Final = str.maketrans(
    {
        "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00f0": "d", "\u00fe": "th", "\u0131": "i", "\u00e6": "ae",
        "\u0153": "oe", "\u0649": "\u064a", "\u06cc": "\u064a", "\u0629": "\u0647", "\u06a9": "\u0643",
    }
)  # fmt: skip


def has_unspaced(text: str) -> bool:
    """Whether any letter of `text` belongs to a script without spaces between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def unspaced_share(text: str) -> float:
    """Share (0 to 1) of the letters of `text` that belong to scripts without spaces between words."""
    letters = sum(character.isalpha() for character in text)
    return len(_UNSPACED.findall(text)) / letters if letters else 0.0


def fold(word: str) -> str:
    """`word` without optional marks and with exchangeable letters made equal: crème -> creme, أحمد -> احمد."""
    if word.isascii():
        return word
    bare = _OPTIONAL_MARKS.sub("", unicodedata.normalize("NFKD", word)).translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)
