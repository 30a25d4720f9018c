import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kvasir.resources import scalars

ACCEPTED: list[tuple[Any, list[Any]]] = [
    (scalars.Name, ["a", "a-1", "a" * 40]),
    (scalars.NamespaceName, ["acme", "0-a"]),
    (scalars.Host, ["acme.localhost", "*.acme.example", "localhost"]),
    (scalars.WebURL, ["https://a.example", "http://10.0.0.1:8080/v1?x=1#y"]),
    (
        scalars.GitURL,
        ["https://git.example.com/a.git", "ssh://git@git.example.com/a.git", "git@git.example.com:a/b.git"],
    ),
    (scalars.Quantity, ["500m", "1.5", "4Gi", "1e3", "2k", 2, 0]),
    (scalars.Fraction, [0, 1, 0.5]),
    (scalars.DataKey, ["api-key", "a_b.C"]),
]
REFUSED: list[tuple[Any, list[Any]]] = [
    (scalars.Name, ["", "A", "1a", "a-", "a.b", "a" * 41, 7, "a\n"]),
    (scalars.NamespaceName, ["a.b", "-a"]),
    (scalars.Host, ["Acme.example", "https://a.example", "a.example:80", "*", "a..b", "*.*.a"]),
    (scalars.WebURL, ["ftp://a.example", "https://", "https://ada:secret@a.example/", "https://a b"]),
    (
        scalars.GitURL,
        ["git://a.example/b", "file:///etc", "https://ada:secret@a.example/b.git", "/srv/git", "--upload-pack=x"],
    ),
    (scalars.Quantity, ["1 GB", "", "Gi", 0.5, True, None, "1" * 33]),
    (scalars.Fraction, [1.1, -0.1, "0.5", True, float("nan")]),
    (scalars.DataKey, ["a/b", "", "a b"]),
    (scalars.Count, [-1, 1.0, "1", True, 2**53]),
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in ACCEPTED for value in values])
def test_accepted(kind: Any, value: Any) -> None:
    wanted = str(value) if kind is scalars.Quantity else value
    assert TypeAdapter(kind).validate_python(value) == wanted


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED for value in values])
def test_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_every_pattern_is_anchored_and_explained() -> None:
    patterns = {value for name, value in vars(scalars).items() if name.endswith("_PATTERN")}
    assert patterns == set(scalars.SHAPES)
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert re.compile(pattern)
