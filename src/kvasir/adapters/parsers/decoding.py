"""Bytes to text: byte order marks, UTF-8, else what charset-normalizer finds."""

import codecs
from collections.abc import Iterator
from typing import Final

from charset_normalizer import from_bytes

from kvasir.errors import InvalidInputError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NUL_SAMPLE: Final = 1 << 20
_GUESS_SAMPLE: Final = 1 << 16
"""Bytes. Guessing tries dozens of encodings, and takes seconds for a megabyte."""


def decode(content: bytes, declared: str = "") -> str:
    r"""The text with `\n` line ends and without byte order mark.

    What is valid UTF-8 is UTF-8, whatever it was declared as. Raises InvalidInputError for binary content and for
    encodings that cannot be told.
    """
    text = _decode(content, declared)
    if "\x00" in text[:_NUL_SAMPLE]:
        raise InvalidInputError("The content is binary, not text.", fix="give it the right file extension")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes, declared: str) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if declared:
            return _replacing(content, declared)
        best = from_bytes(content[:_GUESS_SAMPLE]).best()
        if best is None:
            raise InvalidInputError("The text encoding cannot be told.", fix="save it as UTF-8") from None
        return _strict(content, best.encoding)


def _replacing(content: bytes, encoding: str) -> str:
    """As browsers do: a page says its encoding, and a stray byte does not make it unreadable."""
    try:
        return content.decode(encoding, "replace")
    except (LookupError, ValueError):
        raise InvalidInputError(f"The text encoding {encoding!r} is unknown.", fix="save it as UTF-8") from None


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"The text is not valid {encoding}: {error.reason}.", fix="save it as UTF-8") from error


def lines(text: str) -> Iterator[str]:
    r"""Lines up to each `\n`, one at a time: a list of them would be as large as the text again."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
