from kvasir.rag.answer_values import values_of
from kvasir.rag.question_types import AnswerType


def test_the_day_of_a_date_is_no_number_of_anything() -> None:
    weights = {"day": 0.5, "leave": 0.5}
    text = "Days of leave that could not be taken expire on 31 December, at most 12 days of them on January 5."
    assert values_of(AnswerType.NUMBER, text, weights, "en") == (True, ("12",))
