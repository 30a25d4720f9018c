import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.resources.yaml_faults import Place, YAMLFault
from kvasir.resources.yaml_tree import MAX_DEPTH, MAX_NODES, ListNode, MapNode, plain, read_documents

TEXT = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(TEXT), inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> list[Any]:
    return [plain(node) for node in read_documents(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", []),
        ("---\n---\n# nothing\n", []),
        ("\ufeffa: 1", [{"a": 1}]),
        ("a: 1\n---\na: 2\n...\n", [{"a": 1}, {"a": 2}]),
        ("a: &x [1, two]\nb: *x", [{"a": [1, "two"], "b": [1, "two"]}]),
        ("base: &b {p: 1, q: 2}\nc: {<<: *b, q: 3}", [{"base": {"p": 1, "q": 2}, "c": {"p": 1, "q": 3}}]),
        ("c: {<<: [{p: 1}, {p: 2, q: 3}]}", [{"c": {"p": 1, "q": 3}}]),
        ("<<: text", [{"<<": "text"}]),
        ('"<<": text', [{"<<": "text"}]),
        ("1: one\n1.5: more\ntrue: yes", [{"1": "one", "1.5": "more", "true": True}]),
        ('"on": "off"', [{"on": "off"}]),
        (
            "a: !!str 12\nb: !!int '12'\nc: !!bool 'yes'\nd: !!null ''\ne: !!float 12",
            [{"a": "12", "b": 12, "c": True, "d": None, "e": 12}],
        ),
        ("!!map {a: !!seq [1]}", [{"a": [1]}]),
        ("a: |\n  two\n  lines\n", [{"a": "two\nlines\n"}]),
        ('{\n\t"a": "\\/"\n}', [{"a": "/"}]),
    ],
)
def test_documents(text: str, value: list[Any]) -> None:
    assert read(text) == value


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    assert read(json.dumps([value], ensure_ascii=False)) == [[value]]


def test_places_count_characters_from_one() -> None:
    (node,) = read_documents("first: ä\nlist:\n- {key: value}\n")
    assert isinstance(node, MapNode)
    assert node.place == Place(1, 1)
    assert (node.entries["first"].place, node.entries["first"].value.place) == (Place(1, 1), Place(1, 8))
    items = node.entries["list"].value
    assert isinstance(items, ListNode)
    assert items.items[0].place == Place(3, 3)


def aliases(levels: int) -> str:
    lines = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels)]
    return "\n".join(["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", *lines])


def test_aliases_may_repeat_up_to_the_limit() -> None:
    assert len(str(read(aliases(4)))) > 10**4
    with pytest.raises(YAMLFault, match=f"more than {MAX_NODES:,} values"):
        read(aliases(9))


def test_documents_count_together() -> None:
    with pytest.raises(YAMLFault, match="more than"):
        read("---\n".join([aliases(4) + "\n"] * 40))


def test_depth_is_limited_with_and_without_aliases() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for text in ("[" * 100_000, "a: " + "{a: " * 100_000, chain()):
        with pytest.raises(YAMLFault, match=f"deeper than {MAX_DEPTH} levels"):
            read(text)


def chain() -> str:
    """Each line nests little, and contains the line before."""
    lines = [f"a{level}: &a{level} [[[[*a{level - 1}]]]]" for level in range(1, 30)]
    return "\n".join(["a0: &a0 []", *lines])
