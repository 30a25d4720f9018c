"""Plain YAML scalars, read exactly as kubectl reads them (sigs.k8s.io/yaml over go-yaml 2: YAML 1.1 with extras).

The expected readings in the tests come from that library itself. Kubectl and `kvasir up` must never disagree on a file.
"""

import re
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_SPECIAL_FLOAT: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_INTEGER: Final = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


def read_plain(text: str) -> Scalar:
    """Return the value of an unquoted scalar. Infinity and NaN come back as floats; JSON cannot hold them."""
    if text in _WORDS:
        return _WORDS[text]
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", ""))
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        return _integer(digits)
    if _FLOAT.fullmatch(digits):
        return _float(digits, text)
    return text


def _integer(digits: str) -> int | float:
    sign, body = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    if body.isdigit() and body[0] == "0" and len(body) > 1:
        value = int(body, 8)
    elif body.isdigit() and len(body) > 20:
        return sign * float(body)
    else:
        value = int(body, 0)
    value *= sign
    return value if -(2**63) <= value < 2**64 else float(value)


def _float(digits: str, text: str) -> Scalar:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return text
    # JSON has one kind of number: 1500.0 is 1500 to the API server.
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
