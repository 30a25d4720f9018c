"""What the gate lets by is nothing that would be called an order."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from benchmarks.poison.forms import forms, known
from benchmarks.poison.wordings import wordings
from hypothesis import given
from hypothesis import strategies as st

from kvasir.text.instructions.lexicon import INSIDE, WORDS
from kvasir.text.instructions.model import LONGEST, SHORTEST, Weighed, evidence, logit

PLANTED = Path(__file__).with_name("planted_wordings.jsonl")
ORDERS = [
    *(form.text for form in (*known(), *forms())),
    *(json.loads(line)["text"] for line in PLANTED.read_text("utf-8").splitlines()),
    *(wording.text for wording in wordings()),
]
PROSE = "The harbour was built in 1904 and has been dredged twice since. Cranes stand along its northern side."
SIGNS = (":", ".", ",", '"', "<", "ignore", "reply", "user", "assistant", "that", "you", "your", "must", "say")
words = st.sampled_from([*sorted(WORDS), *sorted(INSIDE), *PROSE.casefold().split(), *SIGNS * 20])
texts = st.lists(words, max_size=40).map(" ".join)
spaced = st.lists(st.sampled_from([*sorted(WORDS), *SIGNS]), max_size=40).map(" ".join)


@given(spaced, spaced)
def test_log_odds_of_a_run_are_those_of_the_text_alone(one: str, other: str) -> None:
    runs = Weighed([one, other]).odds([(0, 1), (1, 2), (0, 2)])
    assert runs == [logit(one), logit(other), logit(f"{one} {other}")]


@given(st.lists(st.sampled_from([*sorted(WORDS), *SIGNS]), min_size=SHORTEST, max_size=LONGEST).map(" ".join))
def test_log_odds_are_the_weights_of_the_evidence(plain: str) -> None:
    lines = files("kvasir.text.instructions").joinpath("weights.tsv").read_text("utf-8").splitlines()
    weights = {found: int(weight) for weight, _, found in (line.partition("\t") for line in lines)}
    total = weights[""] + sum(weights.get(one, 0) for one in evidence(plain))
    assert logit(plain) == pytest.approx(total / 100)


def test_evidence_is_what_stands_beside_and_near_each_other() -> None:
    assert {"reply", "your reply", "YOU OUTPUT", "your .. must", ": ·", "^ your"} <= set(
        evidence("your reply must be: yes")
    )
    assert {"SAY", "USER", "ONLY SAY"} <= set(evidence("请告诉用户：x"))
