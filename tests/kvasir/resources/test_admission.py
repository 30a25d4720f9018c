"""The loader and the API server accept and refuse the same objects: one contract, two worlds."""

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pydantic import ValidationError

from kvasir.resources import KINDS

Objects = list[dict[str, Any]]
Change = Callable[[Any, Any], object]

SUBSTITUTES: list[Any] = [
    *(None, True, 0, 7, -1, 1.5, 10**7, "", "text", "Text", "7", "1Gi", "https://a.example/", "x" * 300),
    *([], [7], ["a", "a"], [{"name": "a"}, {"name": "a"}], {}, {"name": "a"}, {"a": "b"}),
]
PYTHON_ONLY = {"cron", "time_zone"}
"""A calendar and the tz database are beyond CEL; on a cluster planning reports these."""


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


CHANGES: list[Change] = [
    *(lambda holder, key, new=substitute: holder.__setitem__(key, new) for substitute in SUBSTITUTES),
    lambda holder, key: holder.__delitem__(key),
    lambda holder, key: holder.append(copy.deepcopy(holder[key])) if isinstance(holder, list) else None,
    lambda holder, key: holder[key].update(extra=1) if isinstance(holder[key], dict) else None,
]


def mutants(valid: Objects) -> Iterator[Callable[[], dict[str, Any]]]:
    """Yield ways to change one thing, for every place of every spec."""
    for value in valid:
        for path in places(value["spec"]):
            yield from (partial(changed, value, path, change) for change in CHANGES)


def changed(valid: dict[str, Any], path: tuple[str | int, ...], change: Change) -> dict[str, Any]:
    mutant = copy.deepcopy(valid)
    holder: Any = mutant["spec"]
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return mutant


def faults(value: dict[str, Any]) -> list[str]:
    try:
        KINDS[value["kind"]].model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        return [str(fault) for fault in error.errors(include_url=False) if fault["type"] not in PYTHON_ONLY]
    return []


def test_every_valid_object_is_admitted(api_server: Any, valid_objects: Objects) -> None:
    for value in valid_objects:
        if value["kind"] in api_server.schemas:
            assert api_server.refusals(value) == []
            assert faults(value) == []


def test_changed_objects_meet_the_same_verdict(api_server: Any, valid_objects: Objects) -> None:
    candidates = list(mutants([value for value in valid_objects if value["kind"] in api_server.schemas]))
    verdicts: Counter[bool] = Counter()
    for mutate in random.Random(1).sample(candidates, 500):
        mutant = mutate()
        refusals, here = api_server.refusals(mutant), faults(mutant)
        assert bool(refusals) == bool(here), (mutant, refusals, here)
        verdicts[bool(here)] += 1
    assert min(verdicts[True], verdicts[False]) > 50


def test_defaults_of_python_and_the_api_server_agree(api_server: Any, valid_objects: Objects) -> None:
    for value in valid_objects:
        if value["kind"] in api_server.schemas:
            resource = KINDS[value["kind"]].model_validate(value)
            assert KINDS[value["kind"]].model_validate(api_server.stored(value)) == resource
            assert (
                api_server.stored(resource.model_dump(mode="json"))["spec"] == resource.model_dump(mode="json")["spec"]
            )
