import asyncio

import pytest

from kvasir import errors
from kvasir.errors import InvalidInputError, KvasirError, NotFoundError, UnavailableError, cause_of, said


def test_codes_are_unique_and_snake_case() -> None:
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, KvasirError)]
    codes = [one.code for one in classes]
    assert len(set(codes)) == len(codes)
    assert all(code.islower() and code.replace("_", "").isalpha() for code in codes)
    assert {one.code for one in classes if one.retryable} == {"deadline_exceeded", "storage_unavailable", "unavailable"}


def test_an_input_error_names_field_and_fix() -> None:
    error = InvalidInputError("It is too long.", field="spec.name", fix="shorten it")
    assert str(error) == "spec.name: It is too long. Fix: shorten it"
    assert str(InvalidInputError("It is too long.")) == "It is too long."
    assert UnavailableError("Busy.", retry_after=3).retry_after == 3


def test_what_others_say_ends_a_sentence_of_ours() -> None:
    for text in ("Data format error", "Data format error.", " Data\n format  error. ", "Data format error..."):
        assert f"It cannot be read: {said(ValueError(text))}." == "It cannot be read: Data format error."
    assert said(TimeoutError()) == "TimeoutError"


async def test_the_cause_of_a_group_is_the_first_of_ours() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def fail_together() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail(ValueError("not ours")))
            tasks.create_task(fail(NotFoundError("ours")))

    with pytest.raises(ExceptionGroup) as caught:
        await fail_together()
    found = cause_of(caught.value)
    assert isinstance(found, NotFoundError)
    assert cause_of(ValueError("x")) is None
    assert cause_of(ExceptionGroup("g", [ValueError("x")])) is None
