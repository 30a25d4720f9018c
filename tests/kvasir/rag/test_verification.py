"""The support check: what follows the source holds, what was altered does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.rag.verification import best_support, support

SOURCE = (
    "Employees have 26 days of leave each year. Part-time employees have 13 days. "
    "Leave that is not taken by March expires, except for parental leave, which Anna Berg approves."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Employees have 26 days of leave each year.",
        "Employees have 26 days of leave.",
        "Part-time employees have 13 days.",
        "Leave expires in March when it is not taken.",
        "Each year employees have 26 days, part-time employees 13 days.",
    ],
)
def test_what_the_source_says_holds(claim: str) -> None:
    start, end, verdict = best_support(claim, SOURCE, "en")
    assert verdict.holds
    assert SOURCE[start:end].strip()


@pytest.mark.parametrize(
    "claim",
    [
        "Employees have 28 days of leave each year.",
        "Employees do not have 26 days of leave each year.",
        "Contractors have 26 days of leave each year.",
        "Employees have 26 weeks of leave each year.",
        "Leave that is taken by March expires, except for parental leave, which Anna Berg approves.",
        "Leave that is not taken by March expires, except for parental leave, which Tom Lund approves.",
        "Employees have 13 days of leave each year.",
        "Part-time employees have 26 days.",
        "The canteen opens at noon.",
    ],
)
def test_what_it_does_not_say_does_not(claim: str) -> None:
    assert not best_support(claim, SOURCE, "en")[2].holds


@pytest.mark.parametrize(
    ("language", "sound", "negated"),
    [
        ("de", "Der Urlaub verfällt im März.", "Der Urlaub verfällt nicht im März."),
        ("fr", "Le congé expire en mars.", "Le congé n'expire pas en mars."),
        ("es", "El permiso caduca en marzo.", "El permiso nunca caduca en marzo."),
        ("en", "The leave is lost in March.", "The leave isn't lost in March."),
    ],
)
def test_negation_in_several_languages(language: str, sound: str, negated: str) -> None:
    assert support(sound, sound, language).holds
    assert not support(negated, sound, language).holds
    assert not support(sound, negated, language).holds


@given(st.text(max_size=300))
def test_a_text_supports_itself(text: str) -> None:
    assert support(text, text, "en").holds


@given(st.text(max_size=200), st.text(max_size=400))
def test_the_stretch_lies_in_the_text(claim: str, text: str) -> None:
    start, end, _ = best_support(claim, text, "en")
    assert 0 <= start <= end <= len(text)
