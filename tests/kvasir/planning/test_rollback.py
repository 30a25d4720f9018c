import pytest
from tests.kvasir.planning.test_knowledge_base import generation

from kvasir.errors import ConflictError
from kvasir.planning.rollback import generation_before
from kvasir.ports.documents import Generation


def kept(*numbers: int, active: int | None) -> list[Generation]:
    return [generation(number, active=number == active) for number in numbers]


@pytest.mark.parametrize(("active", "before"), [(5, 3), (3, 2)])
def test_it_goes_back_from_the_generation_that_answers(active: int, before: int) -> None:
    assert generation_before("handbook", kept(2, 3, 5, active=active)) == before


def test_what_was_never_published_is_none() -> None:
    building = generation(4, revision=0, active=False)
    assert generation_before("handbook", [*kept(1, 5, active=5), building]) == 1


@pytest.mark.parametrize(
    ("numbers", "active", "words"),
    [
        ((2, 3, 5), 2, "no generation before 2, which answers. Later ones are kept: 3, 5."),
        ((2,), 2, "no generation before 2, which answers. It is the only one."),
        ((2,), None, "no generation that answers yet"),
        ((), None, "no generation that answers yet"),
    ],
)
def test_where_there_is_none_those_that_exist_are_named(
    numbers: tuple[int, ...], active: int | None, words: str
) -> None:
    with pytest.raises(ConflictError, match=words.replace(".", r"\.")):
        generation_before("handbook", kept(*numbers, active=active))
