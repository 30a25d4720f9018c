"""Errors as HTTP answers: one body for every failure, a status per class, headers that tell clients whether to retry."""

import math
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar, Final

from kvasir.errors import (
    ConflictError,
    CorruptDataError,
    DeadlineExceededError,
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    StorageFullError,
    StorageUnavailableError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from kvasir.telemetry import logger

_LOG = logger("gateway")

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Of the request that this task works for; None outside of one."""


class MethodNotAllowedError(InvalidInputError):
    """The path exists, the method does not. `allow` lists those that do."""

    code = "method_not_allowed"

    def __init__(self, message: str, *, allow: str) -> None:
        super().__init__(message)
        self.allow = allow


class TooLargeError(ExhaustedError):
    """The request's body is over the limit of its route."""

    code = "too_large"


class InternalError(KvasirError):
    """A defect of ours. What happened is in the log, under the request's id."""

    code: ClassVar[str] = "internal"

    def __init__(self) -> None:
        super().__init__("Something went wrong here. The log has the details under this request's id.")


_ANSWERS: Final[Mapping[type[BaseException], tuple[int, str]]] = {
    InvalidInputError: (400, "invalid_request_error"),
    UnauthenticatedError: (401, "authentication_error"),
    PermissionDeniedError: (403, "permission_error"),
    NotFoundError: (404, "not_found_error"),
    MethodNotAllowedError: (405, "invalid_request_error"),
    ConflictError: (409, "conflict_error"),
    TooLargeError: (413, "invalid_request_error"),
    ExhaustedError: (429, "insufficient_quota"),
    UnsupportedError: (501, "unsupported_error"),
    UnavailableError: (503, "server_error"),
    StorageFullError: (507, "server_error"),
    DeadlineExceededError: (504, "server_error"),
    KvasirError: (500, "server_error"),
}
"""By class; a class without an entry answers as its parent does."""


_GENERAL: Final[Mapping[type[KvasirError], str]] = {
    StorageFullError: "No space is left in the platform's storage. The log names the place under this request's id.",
    StorageUnavailableError: "The platform's storage does not answer. The log has the details under this request's id.",
    CorruptDataError: "Stored data is damaged. The log has the details under this request's id.",
}
"""What callers read instead of messages that name places on the server's disks."""


def status_of(error: KvasirError) -> int:
    """The HTTP status of an error's class."""
    return _answer_of(error)[0]


def error_response(error: KvasirError) -> dict[str, Any]:
    """The body of a failure, plain or as an event of a stream."""
    return {
        "error": {
            "message": message_of(error),
            "type": _answer_of(error)[1],
            "code": error.code,
            "param": error.field if isinstance(error, InvalidInputError) else None,
            "request_id": REQUEST_ID.get(),
        }
    }


def message_of(error: KvasirError) -> str:
    """What a caller may read; what is kept back is logged here."""
    general = next((_GENERAL[family] for family in type(error).__mro__ if family in _GENERAL), None)
    if general is None:
        return str(error)
    _LOG.error("request %s: %s", REQUEST_ID.get(), error)
    return general


def headers_of(error: KvasirError) -> Mapping[str, str]:
    """What clients act upon. SDKs retry 408, 409, 429 and 5xx unless `x-should-retry` forbids it."""
    headers: dict[str, str] = {"x-should-retry": "true" if error.retryable else "false"}
    if error.retryable:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after or 1)))
    if isinstance(error, UnauthenticatedError):
        headers["www-authenticate"] = 'Bearer realm="kvasir"'
    if isinstance(error, MethodNotAllowedError):
        headers["allow"] = error.allow
    return headers


_WORDS: Final[Mapping[str, str]] = {
    "json_invalid": "The body is not valid JSON.",
    "model_type": "An object is needed here.",
    "model_attributes_type": "An object is needed here.",
    "dict_type": "An object is needed here.",
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
}


def invalid_input(problems: Sequence[Mapping[str, Any]]) -> InvalidInputError:
    """The first problem that pydantic found, by its place in the body."""
    first = problems[0]
    kind, place = str(first["type"]), tuple(first["loc"])
    if kind == "json_invalid":
        place = ()
    if kind == "missing" and not place:
        return InvalidInputError("A JSON body is required.")
    message = _WORDS.get(kind) or f"{str(first['msg']).rstrip('.')}."
    return InvalidInputError(message, field=dotted(place) or None)


def dotted(place: Sequence[str | int]) -> str:
    """`("messages", 0, "role")` as `messages[0].role`; tags of unions, in angle brackets, are left out."""
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("<"):
            path += f".{step}" if path else step
    return path


def _answer_of(error: KvasirError) -> tuple[int, str]:
    return next(_ANSWERS[family] for family in type(error).__mro__ if family in _ANSWERS)
