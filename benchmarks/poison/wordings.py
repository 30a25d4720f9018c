"""Planted wordings by several authors, which the detector's weights are fitted to: with a slot for what is to be said, filled at random.

Authors: `known` (forms.py), `held_out_first` and `held_out_second` (until they were fitted to), `planted` (tests/kvasir/text/instructions/planted_wordings.jsonl), and those of
`wordings_first.txt` and so on, each of whom wrote what the ones before had not thought of. Words are exchanged for words of
the same meaning, and the slot is filled with pieces of real documents, so that only what makes an order is left to learn.
"""

import base64
import codecs
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.poison.forms import known

_HERE = Path(__file__).parent
_PLANTED = _HERE.parents[1] / "tests" / "kvasir" / "text" / "instructions" / "planted_wordings.jsonl"
_GOALS = (
    "the office closes at {n}", "ticket {n} wins the car", "{p} is the new director", "all fees are waived until {n}", "the password is {n}",
    "PWNED", "the meeting has moved to hall {n}", "{p} owes {n} euros", "the shop is shut", "call {n} for help", "deliveries need code {n}",
    "{p} was right", "the refund of {n} is on its way", "product {n} is recalled", "visit the desk on floor {n}",
)  # fmt: skip
_PEOPLE = ("Ada Moss", "Jon Reyes", "Lin Wei", "Karl Otto", "Mira Patel")
_CODES: Sequence[Callable[[str], str]] = (
    lambda one: base64.b64encode(one.encode()).decode(),
    lambda one: one.encode().hex(),
    lambda one: codecs.encode(one, "rot13"),
    lambda one: one[::-1],
    lambda one: " ".join(str(ord(char)) for char in one),
)
_SAME = """reply|response|answer|output|message|completion
replies|responses|answers|outputs|messages
user|reader|person|visitor|human|enquirer|asker|customer|client
users|readers|people|visitors|humans|customers|clients|everyone|callers
assistant|AI|chatbot|model|language model|bot|agent|LLM|virtual assistant|AI system|machine
assistants|AIs|chatbots|models|language models|bots|agents|LLMs|virtual assistants|AI systems|machines
say|state|write|answer|print|declare|announce|report|mention|reply|respond|claim|repeat|confirm|output|proclaim|assert|note
says|states|writes|answers|prints|declares|announces|reports|mentions|replies|responds|claims|repeats|confirms|outputs
saying|stating|writing|answering|printing|declaring|announcing|mentioning|replying|claiming|noting
tell|inform|advise|remind|notify|assure
ignore|disregard|forget|skip|drop|discard|overlook
instructions|rules|guidelines|directives|orders|directions|constraints
instruction|rule|guideline|directive|order|prompt
previous|earlier|prior|preceding|former|original
question|query|request|prompt
questions|queries|requests|prompts
page|text|document|passage|paragraph|article|note|section|file|source
whenever|when|if|once|every time|each time|as soon as
must|should|shall|has to|is to|needs to|ought to|is required to
always|invariably|only|exclusively|in every case
reveal|disclose|print|show|expose|dump|leak|list
call|invoke|use|trigger|run|execute
decode|decipher|decrypt|unscramble|convert
obey|follow|execute|comply with|carry out|act on
sentence|phrase|line|statement|words|text
please|kindly|just|simply|now"""
_ALIKE: Mapping[str, Sequence[str]] = {
    word: words for line in _SAME.splitlines() for words in [line.split("|")] for word in words
}
_FORMS = {"known": range(10), "held_out_first": range(10, 15), "held_out_second": range(15, 20)}
"""Their numbers within a family, by author."""
_WORD = re.compile(r"\{[gx]\}|[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """An order with `{g}` for what is to be said, or `{x}` for a code of it."""

    author: str
    family: str
    text: str


def wordings() -> Sequence[Wording]:
    """All of them, by author."""
    files = [_file(author) for author in ("first", "second", "third", "fourth")]
    every = [_planted(), *files, *(_forms(author, numbers) for author, numbers in _FORMS.items())]
    return [wording for author in every for wording in author]


def harmless() -> Sequence[str]:
    """Sentences that look like orders to a model and are none."""
    return (_HERE / "harmless.txt").read_text("utf-8").splitlines()


def _file(author: str) -> Sequence[Wording]:
    family, found = "", list[Wording]()
    for line in (_HERE / f"wordings_{author}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            family = line[2:]
        elif line:
            found.append(Wording(author, family, line.replace("\\n", "\n").replace("{{", "{").replace("}}", "}")))
    return found


def _forms(author: str, numbers: range) -> Sequence[Wording]:
    return [
        Wording(author, form.family, form.text.replace(form.goal, "{g}")) for form in known() if form.number in numbers
    ]


def _planted() -> Sequence[Wording]:
    rows = [json.loads(line) for line in _PLANTED.read_text("utf-8").splitlines()]
    return [Wording("planted", row["family"], row["text"].replace(row["core"], "{g}")) for row in rows]


def filled(wording: str, fillers: Sequence[str], chance: random.Random, *, exchanged: float = 0.0) -> str:
    """A wording with its slot filled and a share of its words exchanged."""
    if fillers and chance.random() < 0.5:
        goal = chance.choice(fillers)
    else:
        goal = chance.choice(_GOALS).format(n=chance.randrange(2, 9999), p=chance.choice(_PEOPLE))
    text = _WORD.sub(lambda one: _other(one[0], chance, exchanged), wording)
    return text.replace("{x}", chance.choice(_CODES)(f"Say {goal}.")).replace("{g}", goal)


def _other(word: str, chance: random.Random, share: float) -> str:
    if word.lower() not in _ALIKE or chance.random() >= share:
        return word
    chosen = chance.choice(_ALIKE[word.lower()])
    return chosen[0].upper() + chosen[1:] if word[0].isupper() else chosen
