"""Kinds and their conditions, as people name them on the command line."""

from typing import Final

from kvasir.errors import InvalidInputError
from kvasir.resources import KINDS, Resource
from kvasir.resources.sentences import closest

_CONDITION: Final = "condition="
"""What kubectl wants before a condition's name."""


def _names(kind: str, model: type[Resource]) -> str:
    return f"{kind} ({', '.join((model.facts.plural, *model.facts.short_names))})"


KINDS_HELP: Final = f"Kinds, with plural and short names, in any case: {', '.join(_names(kind, model) for kind, model in KINDS.items())}."
"""The end of the help of commands that take a kind."""


def split_target(target: str) -> tuple[str, str]:
    """`KIND/NAME` in two. InvalidInputError for anything else."""
    kind, slash, name = target.partition("/")
    if not (kind and slash and name):
        raise InvalidInputError(f"{target!r} is not KIND/NAME.", fix="write e.g. kb/handbook")
    return kind, name


def condition_named(model: type[Resource], word: str) -> str:
    """The condition that a word means, whatever its case. InvalidInputError naming those that the kind has."""
    wanted = word.removeprefix(_CONDITION)
    known = {one.casefold(): one for one in model.condition_types()}
    found = known.get(wanted.casefold())
    if found is not None:
        return found
    if not known:
        raise InvalidInputError(f"A {model.__name__} has no conditions.", fix="there is nothing to wait for")
    near = closest(wanted, list(known.values()))
    meant = f"did you mean {near}? " if near else ""
    raise InvalidInputError(
        f"A {model.__name__} has no condition {wanted!r}.",
        field="--for",
        fix=f"{meant}There are {', '.join(known.values())}" if near else f"name one of {', '.join(known.values())}",
    )
