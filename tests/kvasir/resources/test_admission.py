"""The loader and the API server accept and refuse the same objects: one contract, two worlds."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from kvasir.resources import KINDS

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


def mutants(valid: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object with one thing changed at every place of its spec."""
    for path in places(valid["spec"]):
        for substitute in SUBSTITUTES:
            yield changed(valid, path, lambda holder, key, new=substitute: holder.__setitem__(key, new))
        yield changed(valid, path, lambda holder, key: holder.__delitem__(key))
        yield changed(valid, path, double)
        yield changed(valid, path, lambda holder, key: holder[key].update(extra=1) if is_map(holder[key]) else None)


def changed(valid: dict[str, Any], path: tuple[str | int, ...], change: Any) -> dict[str, Any]:
    mutant = copy.deepcopy(valid)
    holder: Any = mutant["spec"]
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return mutant


def double(holder: Any, key: str | int) -> None:
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[int(key)]))


def is_map(value: Any) -> bool:
    return isinstance(value, dict)


def faults(value: dict[str, Any]) -> list[str]:
    try:
        KINDS[value["kind"]].model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        return [str(fault) for fault in error.errors(include_url=False) if fault["type"] not in PYTHON_ONLY]
    return []


def test_every_valid_object_is_admitted(api_server, valid_objects) -> None:
    for value in valid_objects:
        if value["kind"] in api_server.schemas:
            assert api_server.refusals(value) == []
            assert faults(value) == []


@pytest.mark.parametrize("seed", range(4))
def test_changed_objects_meet_the_same_verdict(api_server, valid_objects, seed: int) -> None:
    candidates = [mutant for value in valid_objects if value["kind"] in api_server.schemas for mutant in mutants(value)]
    verdicts = set()
    for mutant in random.Random(seed).sample(candidates, 400):
        refusals, here = api_server.refusals(mutant), faults(mutant)
        assert bool(refusals) == bool(here), (mutant, refusals, here)
        verdicts.add(bool(here))
    assert verdicts == {True, False}


def test_defaults_of_python_and_the_api_server_agree(api_server, valid_objects) -> None:
    for value in valid_objects:
        if value["kind"] in api_server.schemas:
            resource = KINDS[value["kind"]].model_validate(value)
            assert KINDS[value["kind"]].model_validate(api_server.stored(value)) == resource
            assert (
                api_server.stored(resource.model_dump(mode="json"))["spec"] == resource.model_dump(mode="json")["spec"]
            )
