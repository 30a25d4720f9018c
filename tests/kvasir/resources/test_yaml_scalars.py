"""Expected values come from sigs.k8s.io/yaml 1.6.0, the library of kubectl, run over the same texts."""

import pytest

from kvasir.resources.yaml_scalars import Scalar, read_plain

TRUE = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]
FALSE = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]
NULL = ["", "~", "null", "Null", "NULL"]
TEXT = [
    "oN",
    "tRUE",
    "nULL",
    "12:30:45",
    "inf",
    "1e400",
    "2001-01-01",
    "2001-01-01T00:00:00Z",
    "=",
    "<<",
    "_1",
    "-",
    "0x",
    "0xG",
    "+",
    ".",
    ".e5",
    "0b12",
    "0o8",
    "1.2.3",
    "v1",
    "-x",
    "٣",
]
NUMBERS: dict[str, int | float] = {
    "0777": 511,
    "08": 8,
    "0o17": 15,
    "0x1F": 31,
    "0b101": 5,
    "-0b101": -5,
    "-0x1F": -31,
    "+12": 12,
    "+0x1F": 31,
    "1_000": 1000,
    "1_0.5": 10.5,
    "0_1": 1,
    "1__0": 10,
    "0x_1F": 31,
    "1_": 1,
    "1._5": 1.5,
    "1e3": 1000,
    "1E3": 1000,
    "1.5e3": 1500,
    "1.e5": 100000,
    "1e-7": 1e-7,
    "-1": -1,
    "00": 0,
    "-0": 0,
    "0.0": 0,
    ".5": 0.5,
    "5.": 5,
    "-.5": -0.5,
    "+.5": 0.5,
    "1.0": 1,
    "1500.0": 1500,
    "123456789.125": 123456789.125,
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
    "18446744073709551615": 2**64 - 1,
    "18446744073709551616": 2.0**64,
    "123456789012345678901234567890": 1.2345678901234568e29,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in TRUE),
        *((text, False) for text in FALSE),
        *((text, None) for text in NULL),
        *((text, text) for text in TEXT),
        *NUMBERS.items(),
    ],
)
def test_plain_scalars_read_as_kubectl_reads_them(text: str, value: Scalar) -> None:
    assert (read_plain(text), type(read_plain(text))) == (value, type(value))


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_what_json_cannot_hold_stays_a_float(text: str) -> None:
    value = read_plain(text)
    assert isinstance(value, float)
    assert not abs(value) < float("inf")
