import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kvasir.ports.filters import Attributes, AttributeValue, Comparator, Comparison, Compound, Filter, matches

KEYS = ["a", "b", "c"]
COMPARATORS: list[Comparator] = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]

# Few values of each kind, so that equal ones meet.
values = st.one_of(
    st.booleans(),
    st.integers(-1, 2),
    st.sampled_from([-0.5, 0.0, 1.0, 1e300]),
    st.sampled_from(["", "1", "True", "a", "B", "\u00e9", "e\u0301", "\U0001f600"]),
)
attributes = st.dictionaries(st.sampled_from(KEYS), values)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    kind = draw(st.sampled_from(COMPARATORS))
    value = draw(st.lists(values, max_size=3).map(tuple) if kind in {"in", "nin"} else values)
    return Comparison(kind, draw(st.sampled_from(KEYS)), value)


filters = st.recursive(
    comparisons(),
    lambda parts: st.builds(Compound, st.sampled_from(["and", "or"]), st.lists(parts, max_size=3).map(tuple)),
    max_leaves=8,
)


def kind_of(value: AttributeValue) -> str:
    return {bool: "truth", int: "number", float: "number", str: "text"}[type(value)]


def oracle(condition: Filter, found: Attributes) -> bool:
    """The contract, word by word and without any cleverness."""
    if isinstance(condition, Compound):
        results = [oracle(part, found) for part in condition.filters]
        return False not in results if condition.type == "and" else True in results
    if condition.key not in found:
        return condition.type in {"ne", "nin"}
    actual = found[condition.key]
    wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    alike = [value for value in wanted if kind_of(value) == kind_of(actual)]
    if condition.type in {"eq", "in"}:
        return actual in alike
    if condition.type in {"ne", "nin"}:
        return actual not in alike
    if not alike or kind_of(actual) == "truth":
        return False
    below, same = actual < alike[0], actual == alike[0]
    return {"lt": below, "lte": below or same, "gt": not below and not same, "gte": not below}[condition.type]


@given(filters, attributes)
@example(Compound("and", ()), {})
@example(Compound("or", ()), {})
def test_matching_is_as_the_oracle_says(condition: Filter, found: Attributes) -> None:
    assert matches(condition, found) == oracle(condition, found)


@given(comparisons(), attributes)
def test_negations_are_exact_opposites(condition: Comparison, found: Attributes) -> None:
    for positive, negative in (("eq", "ne"), ("in", "nin")):
        if condition.type == positive:
            assert matches(condition, found) != matches(Comparison(negative, condition.key, condition.value), found)


@given(st.lists(filters, max_size=3).map(tuple), attributes)
def test_compounds_are_all_and_any(parts: tuple[Filter, ...], found: Attributes) -> None:
    assert matches(Compound("and", parts), found) == all(matches(part, found) for part in parts)
    assert matches(Compound("or", parts), found) == any(matches(part, found) for part in parts)


@pytest.mark.parametrize(
    ("kind", "value", "actual", "expected"),
    [
        ("eq", 1, 1.0, True),
        ("eq", 1, True, False),
        ("eq", "1", 1, False),
        ("ne", "1", 1, True),
        ("gt", 9, 10.5, True),
        ("gt", "9", "10", False),
        ("gt", 0, True, False),
        ("lte", "b", "a", True),
        ("lte", 5, "4", False),
        ("in", (1, "x"), "x", True),
        ("in", (True,), 1, False),
        ("in", (), "x", False),
        ("nin", (), "x", True),
        ("nin", (1, 2), 2.0, False),
    ],
)
def test_examples(kind: Comparator, value: AttributeValue, actual: AttributeValue, expected: bool) -> None:
    assert matches(Comparison(kind, "k", value), {"k": actual}) is expected
    assert matches(Comparison(kind, "absent", value), {"k": actual}) is (kind in {"ne", "nin"})
