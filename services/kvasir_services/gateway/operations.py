"""Operations: one table that the front, FastAPI, authentication and the tests share."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel
from starlette.responses import Response

from kvasir.errors import NotFoundError
from kvasir.ports.principal import Scope
from kvasir_services.gateway.errors import MethodNotAllowedError

Endpoint = Callable[..., Awaitable[Response]]

_JSON_BYTES: Final = 4 << 20
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        endpoint: takes `call`, the path's parameters and, where there is one, `body`.
        scope: what a caller needs; None lets everybody in.
        response: what a success looks like, for the OpenAPI document.
        body: model of the JSON body.
        hot: dispatched by the front, before FastAPI.
        seconds: deadline unless the caller sets a shorter one.
        most: bytes of the body.
        documented: part of the OpenAPI document.
        responses, declared: more for that document: answers, and what FastAPI cannot tell from the endpoint.
    """

    method: str
    path: str
    endpoint: Endpoint
    scope: Scope | None
    response: Any = None
    body: type[BaseModel] | None = None
    hot: bool = False
    seconds: float = _SECONDS
    most: int = _JSON_BYTES
    documented: bool = True
    responses: Mapping[int | str, dict[str, Any]] = field(default_factory=dict[int | str, dict[str, Any]])
    declared: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return getattr(self.endpoint, "__name__", "")


class Routes:
    """Finds operations by method and path."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Operation]]] = {}
        for operation in operations:
            if "{" in operation.path:
                pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path))
                methods = self._patterns.setdefault(operation.path, (pattern, {}))[1]
            else:
                methods = self._fixed.setdefault(operation.path, {})
            methods[operation.method] = operation

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """The operation with the parameters of its path. NotFoundError, MethodNotAllowedError."""
        methods = self._fixed.get(path)
        if methods is not None:
            return _of_method(methods, method, path), {}
        for pattern, of_pattern in self._patterns.values():
            match = pattern.fullmatch(path)
            if match is not None:
                return _of_method(of_pattern, method, path), match.groupdict()
        raise NotFoundError(f"There is no {path[:200]!r} here.")


def _of_method(methods: Mapping[str, Operation], method: str, path: str) -> Operation:
    found = methods.get(method)
    if found is None:
        allow = ", ".join(sorted(methods))
        raise MethodNotAllowedError(f"{path[:200]!r} takes {allow}, not {method[:16]}.", allow=allow)
    return found
