# ruff: noqa: RUF001 - look-alike letters are the subject here
"""What hidden and encoded stretches say: letters as a model reads them, and codes turned back into text."""

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0001\U000e007f\U000e0100-\U000e01ef"
)
_DROPPED: Final = re.compile(f"[{INVISIBLE}\u0300-\u036f]")
PAYLOAD: Final = re.compile(f"[{INVISIBLE}\U000e0020-\U000e007e\u2061-\u2064]{{8,}}")
"""So many invisible code points in a row carry bytes: an emoji or a flag has fewer."""
_BETWEEN: Final = re.compile(
    "(?<=\\w)[\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0020-\U000e007e](?=\\w)|[\u202d\u202e]|[\u0334-\u0338]"
)
_ALTERED: Final = re.compile(
    "[\u034f\u180e\u200b-\u200f\u202d\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0020-\U000e007e\u0334-\u0338\u00adǝʇ⠁-⠿\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff]"
)
_HYPHENS: Final = re.compile("(?<=\\w)\u00ad(?=\\w)")
_TAGS: Final = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_LETTERS: Final = str.maketrans(
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "".join(map(chr, range(0x1F150, 0x1F16A))) + "".join(map(chr, range(0x1F170, 0x1F18A)))
    + "".join(map(chr, range(0x1F1E6, 0x1F200))),
    "abcdefghijklmnoprstuvwyz" + "abcdefghijklmnopqrstuvwxyz" * 3,
)  # fmt: skip
_TWINS: Final = str.maketrans(
    "асеорхуіјѕԁһӏѵԛԝгпкмнтвАВСЕНКМОРТХУІЈЅαβεικνορτυχγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧԍաօսոցһ",
    "aceopxyijsdhlvqwrnkmhtbABCEHKMOPTXYIJSabeiknoptuxynABEZHIKMNOPTYXgaounqh",
)
_MIXED: Final = re.compile("[A-Za-z][\u0370-\u058f]|[\u0370-\u058f][A-Za-z]")
_ODD: Final = re.compile(
    f"[{INVISIBLE}\u0250-\u02af\u0300-\u036f\u1d00-\u1dbf\u2070-\u209f\u2100-\u218f\u2460-\u24ff\u2800-\u28ff\ua720-\ua7ff\ufb00-\ufb06"
    "\uff00-\uffef\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff\U000e0000-\U000e01ef]"
)
"""Letters that stand for others, and what stands between letters."""
_TURNED: Final = str.maketrans("ɐqɔpǝɟƃɓɥᴉıɾʞlɯuodbɹsʇnʌʍxʎz", "abcdefgghiijklmnopqrstuvwxyz")
_BRAILLE: Final = {
    ord(one): letter for one, letter in zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠀", "abcdefghijklmnopqrstuvwxyz ", strict=True)
}
_LEET: Final = str.maketrans("43107$5@!8", "aeiotssaib")
_LEETED: Final = re.compile(r"(?<!\w)[a-z]{1,9}[0-9$@!]{1,2}[a-z][a-z0-9$@!]{0,9}(?!\w)", re.IGNORECASE)
_MORSE: Final = dict(
    zip(
        [".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..", "-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----."],
        "abcdefghijklmnopqrstuvwxyz0123456789",
        strict=True,
    )
)  # fmt: skip
_LONGEST: Final = 4_000


def visible(text: str) -> str:
    """As a model reads it: tag letters as letters, without invisible ones, in compatibility form; most texts are that already."""
    if text.isascii() or (_ODD.search(text) is None and _MIXED.search(text) is None):
        return text
    plain = text.translate(_TAGS)
    if "\u202e" in plain:
        plain = re.sub("\u202e([^\u202c]*)\u202c?", lambda one: _forwards(one[1]), plain)
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", plain).translate(_LETTERS).translate(_BRAILLE))
    if "ǝ" in plain or "ʇ" in plain:
        plain = plain.translate(_TURNED)[::-1]
    return plain.translate(_TWINS) if _MIXED.search(plain) else plain


def _forwards(text: str) -> str:
    """A stretch that is shown from right to left may be written either way: both are given."""
    return f"{text} {text[::-1]}"


def altered(text: str) -> bool:
    """Whether letters stand for others, or other things between them: its words are not what a search for words finds."""
    return not text.isascii() and (_ALTERED.search(text) is not None or _MIXED.search(text) is not None)


def disguised(text: str) -> bool:
    """Whether a stretch hides that it is a text."""
    if text.isascii():
        return False
    if len(_BETWEEN.findall(text)) > 2 or len(_HYPHENS.findall(text)) > 2 or _MIXED.search(text):
        return True
    odd = sum(1 for one in text if one.isalpha() and one > "\u2000" and unicodedata.normalize("NFKC", one).isascii())
    return odd > 8 or any("⠁" <= one <= "⠿" or one in "ǝʇ" for one in text)


def _base(decode: Callable[[str], bytes], block: int) -> Callable[[str], str]:
    return lambda one: decode(one + "=" * (-len(one) % block)).decode()


def _ascii85(one: str) -> str:
    return base64.a85decode(one.removeprefix("<~").removesuffix("~>")).decode()


def _numbers(base: int) -> Callable[[str], str]:
    return lambda one: bytes(int(part, base) for part in re.findall(r"\d+", one)).decode()


def _pairs(one: str) -> str:
    return bytes(
        int(part, 16) for part in re.findall(r"[0-9a-fA-F]{2}(?![xX])", one.replace("0x", " ").replace("0X", " "))
    ).decode()


def _morse(one: str) -> str:
    return " ".join(
        "".join(_MORSE[letter] for letter in word.split()) for word in re.split(r"\s*[/|]\s*|\s{2,}", one.strip(" /|"))
    )


def _unspaced(one: str) -> str:
    """Letters one by one, words apart by more than one space or a line below; otherwise all in one."""
    if re.search(r"\w {2,}\w", one):
        return " ".join(re.sub(r"[ ._-]", "", word) for word in re.split(r" {2,}", one))
    return re.sub(r"(?<=.)[ .-](?=.)", "", one).replace("_", " ")


_CODES: Final[Sequence[tuple[int, re.Pattern[str], Callable[[str], str]]]] = (
    (0, re.compile(r"[A-Za-z0-9+/]{16,}={0,2}"), _base(lambda one: base64.b64decode(one, validate=True), 4)),
    (0, re.compile(r"[A-Za-z0-9_-]{24,}"), _base(base64.urlsafe_b64decode, 4)),
    (0, re.compile(r"\b[A-Z2-7]{16,}={0,6}"), _base(base64.b32decode, 8)),
    (0, re.compile(r"(?:[A-Za-z0-9+/]{16,}\n)+[A-Za-z0-9+/]{1,}={0,2}"), _base(base64.b64decode, 4)),
    (0, re.compile(r"(?:[0-9a-fA-F]{2}){10,}|(?:(?:\\x|0x)[0-9a-fA-F]{2}){8,}"), _pairs),
    (1, re.compile(r"(?<![0-9a-fA-F])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s,;:-]{0,2}){10,}"), _pairs),
    (1, re.compile(r"(?:\b[01]{7,8}\b[\s,]{0,2}){6,}|\b(?:[01]{8}){6,}\b"), lambda one: _numbers(2)(re.sub(r"([01]{8})(?=[01])", r"\1 ", one))),
    (1, re.compile(r"(?:\b(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])\b[\s,;]{1,3}){8,}\d+"), _numbers(10)),
    (1, re.compile(r"(?:\\?\b(?:0[4-7]\d|1[0-7]\d)\b[\s,;]{1,3}){8,}\d+"), _numbers(8)),
    (0, re.compile(r"[!-u]{25,}|<~[!-u\s]{12,}~>"), _ascii85),
    (0, re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{25,}"), lambda one: base64.b85decode(one).decode()),
    (2, re.compile(r"(?:[.\-·−–—]{1,5}[ /|]{1,3}){8,}[.\-·−–—]{1,5}"), lambda one: _morse(re.sub("[−–—]", "-", one.replace("·", ".")))),
    (3, re.compile(r"(?:\b\w(?: {1,5}|[._-])){9,}\w\b"), _unspaced),
)  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|%([0-9a-fA-F]{2})|=([0-9A-F]{2})|u\+([0-9a-fA-F]{4})"
    r"|&#x([0-9a-fA-F]{1,6});|\\([0-7]{3})|&#(\d{1,7});|&(\w{2,8});",
    re.IGNORECASE,
)
_FEWEST: Final = 4
_UNBROKEN: Final = 20
_MIXTURE: Final = re.compile(r"[A-Z0-9]")
"""What paths and long names have few of, and codes many."""
_RUN: Final = re.compile(r"\S{20,}(?:\n\S{16,})*(?:\n\S+)?")
_MARKS: Final = {
    1: re.compile(r"\d[0-9a-fA-F]{0,2}[\s,;:-]{1,3}(?:(?:0x|\\x)?[0-9a-fA-F]{2,3}[\s,;:-]{1,3}){4}|011[01]{4,5}"),
    2: re.compile(r"[.·−–—-] [.·−–—-]{1,5}[ /|]"),
    3: re.compile(r" \w[ ._-]\w[ ._-]\w[ ._-]\w"),
}
"""What a text holds before a family of codes is looked for."""


def coded(text: str) -> Iterator[tuple[int, int, str]]:
    """Stretches that are a code of readable text, and that text."""
    for line in text.splitlines(keepends=True) if _escapes(text) else ():
        if _escapes(line):
            plain, count = _ESCAPE.subn(_escaped, line)
            if count >= _FEWEST and plain != line and count * 12 > len(plain):
                start = text.find(line)
                yield start, start + len(line.rstrip()), plain
    for run in _RUN.finditer(text) if max(map(len, text.split()), default=0) >= _UNBROKEN else ():
        if len(_MIXTURE.findall(run[0])) * 6 >= len(run[0]):
            yield from _decoded(text, *run.span(), family=0)
    for family, mark in _MARKS.items():
        if mark.search(text) is not None:
            yield from _decoded(text, 0, len(text), family)


def _escapes(text: str) -> bool:
    return (
        text.count("%") >= _FEWEST
        or text.count("\\") >= _FEWEST
        or text.count("&") >= _FEWEST
        or text.count("=") >= _FEWEST
        or text.count("U+") >= _FEWEST
    )


def _decoded(text: str, start: int, end: int, family: int) -> Iterator[tuple[int, int, str]]:
    for _, pattern, decode in (one for one in _CODES if one[0] == family):
        for one in pattern.finditer(text, start, end):
            plain = _read(decode, one[0][:_LONGEST])
            if plain is not None:
                yield one.start(), one.end(), plain


def _escaped(one: re.Match[str]) -> str:
    group = one.lastindex or 0
    if group == 10:
        return html.unescape(one[0])
    code = int(one[group], 10 if group == 9 else 8 if group == 8 else 16)
    return chr(code) if 0x20 <= code < 0xD800 else " " if code < 0x20 else one[0]


def _read(decode: Callable[[str], str], one: str) -> str | None:
    try:
        plain = decode(one).strip()
    except (ValueError, KeyError, OverflowError):
        return None
    letters = sum(char.isalpha() or char == " " for char in plain)
    return plain if plain.isprintable() and len(plain) >= 8 and letters >= 0.7 * len(plain) else None


_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_ROTATIONS: Final = [str.maketrans(_ALPHABET, _ALPHABET[by:] + _ALPHABET[:by]) for by in range(1, 26)]
_ATBASH: Final = str.maketrans(_ALPHABET, _ALPHABET[::-1])
_ROT47: Final = {code: chr(33 + (code - 33 + 47) % 94) for code in range(33, 127)}


def rotated(sentence: str, *, every: bool) -> Iterator[str]:
    """Case-folded letters moved along the alphabet by 13, or by each number; mirrored in it; signs moved by 47."""
    plain = sentence.casefold()
    if not every:
        yield plain.translate(_ROTATIONS[12])
        return
    yield from (plain.translate(table) for table in _ROTATIONS)
    yield plain.translate(_ATBASH)
    yield sentence.translate(_ROT47).casefold()


def backwards(plain: str) -> Iterator[str]:
    """From the end: all of it, or its words."""
    yield plain[::-1]
    yield " ".join(word[::-1] for word in plain.split())
    yield " ".join(reversed(plain.split()))


def leet(sentence: str) -> str | None:
    """Digits read as letters, where many words have digits in their middle."""
    count = len(_LEETED.findall(sentence))
    return sentence.translate(_LEET) if count > 2 and count * 4 > sentence.count(" ") else None
