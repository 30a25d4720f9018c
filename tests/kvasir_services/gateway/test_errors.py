"""Every error class has its status and headers."""

import pytest

from kvasir import errors
from kvasir.errors import KvasirError
from kvasir_services.gateway.errors import (
    REQUEST_ID,
    MethodNotAllowedError,
    TooLargeError,
    dotted,
    error_response,
    headers_of,
    invalid_input,
    status_of,
)

STATUS: dict[KvasirError, int] = {
    errors.InvalidInputError("x"): 400,
    errors.UnauthenticatedError("x"): 401,
    errors.PermissionDeniedError("x"): 403,
    errors.NotFoundError("x"): 404,
    MethodNotAllowedError("x", allow="GET"): 405,
    errors.ConflictError("x"): 409,
    TooLargeError("x"): 413,
    errors.ExhaustedError("x"): 429,
    errors.KvasirError("x"): 500,
    errors.CorruptDataError("x"): 500,
    errors.UnsupportedError("x"): 501,
    errors.UnavailableError("x"): 503,
    errors.DeadlineExceededError("x"): 504,
}


def test_every_class_of_the_tree_is_decided_on() -> None:
    assert {type(error) for error in STATUS} >= {KvasirError, *KvasirError.__subclasses__()} - {
        one for one in KvasirError.__subclasses__() if not one.__module__.startswith("kvasir.errors")
    }


@pytest.mark.parametrize("error", STATUS, ids=lambda error: type(error).__name__)
def test_status(error: KvasirError) -> None:
    assert status_of(error) == STATUS[error]
    assert headers_of(error)["x-should-retry"] == ("true" if error.retryable else "false")
    assert ("retry-after" in headers_of(error)) == error.retryable


def test_a_subclass_answers_as_its_parent() -> None:
    class NothingIndexedError(errors.UnavailableError): ...

    assert status_of(NothingIndexedError("x")) == 503


def test_retry_after_is_rounded_up() -> None:
    assert headers_of(errors.UnavailableError("x", retry_after=1.2))["retry-after"] == "2"
    assert headers_of(errors.UnavailableError("x", retry_after=0))["retry-after"] == "1"


def test_the_body_has_the_five_fields() -> None:
    token = REQUEST_ID.set("req_1")
    try:
        body = error_response(errors.InvalidInputError("is wrong.", field="a.b[0]", fix="drop it"))
    finally:
        REQUEST_ID.reset(token)
    assert body == {
        "error": {
            "message": "a.b[0]: is wrong. Fix: drop it",
            "type": "invalid_request_error",
            "code": "invalid_input",
            "param": "a.b[0]",
            "request_id": "req_1",
        }
    }


def test_outside_of_a_request_there_is_no_id() -> None:
    assert error_response(errors.NotFoundError("x"))["error"]["request_id"] is None


def test_places_leave_out_the_tags_of_unions() -> None:
    assert dotted(("filters", "<compound>", "filters", 0, "<comparison>", "key")) == "filters.filters[0].key"
    assert invalid_input([{"type": "missing", "loc": ()}]).message == "A JSON body is required."
    assert invalid_input([{"type": "json_invalid", "loc": (17,)}]).field is None
