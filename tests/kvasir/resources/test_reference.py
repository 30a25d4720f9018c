"""The committed field reference."""

from pathlib import Path

from kvasir.resources.reference import render_reference
from kvasir.resources.registry import KVASIR_KINDS

COMMITTED = Path(__file__).parents[3] / "docs" / "reference.md"


def test_it_is_what_the_models_say_byte_for_byte() -> None:
    assert COMMITTED.read_bytes() == render_reference().encode(), "run `make docs`"


def test_every_kind_and_nested_fields_are_there() -> None:
    text = render_reference()
    assert all(f"\n## {model.__name__}\n" in text for model in KVASIR_KINDS)
    assert "| `splitting.size` | integer | `1500` | Longest passage, in code points." in text
    assert "| `goldenQuestions[].expect` |" in text
