"""HTTP to a platform: over its control socket, or to a gateway with an API key."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from kvasir.errors import InvalidInputError, KvasirError, UnavailableError, said
from kvasir_services.embedded.data_directory import TENANT_HEADER, DataDirectory

_SECONDS: Final = 130.0
_START_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.1
_EVENT: Final = "data: "


class RequestFailedError(KvasirError):
    """The platform refused or failed a request; the message is its own."""

    code = "request_failed"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Client:
    """One connection with everything that a request needs."""

    http: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        return self._json("GET", path, params={key: value for key, value in query.items() if value is not None})

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._json("POST", path, json=body, params=query)

    def delete(self, path: str, **query: Any) -> Any:
        return self._json("DELETE", path, params=query)

    def send_file(self, path: str, file: Path, **fields: str) -> Any:
        """A multipart form with one file, streamed from disk."""
        with file.open("rb") as content:
            return self._json("POST", path, files={"file": (file.name, content)}, data=fields)

    def stream(self, path: str, body: Any) -> Iterator[Mapping[str, Any]]:
        """The events of a streamed answer. RequestFailedError also for an error in the middle."""
        try:
            with self.http.stream("POST", path, json=body) as response:
                if response.is_error:
                    response.read()
                    raise _failure(response)
                yield from _events(response)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _json(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _failure(response)
        return response.json() if response.content else None

    def _unreachable(self, error: httpx.TransportError) -> UnavailableError:
        return UnavailableError(
            f"The platform at {self.http.base_url} does not answer: {said(error)}. Is `kvasir up` running, and the address right?"
        )


@contextmanager
def control(data_directory: Path, tenant: str = "", *, patience: float = 0) -> Generator[Client]:
    """The platform of a data directory, as the tenant's system principal.

    Waits for one that is starting, and `patience` seconds for one to be started. Raises UnavailableError.
    """
    directory = DataDirectory(data_directory)
    end = time.monotonic() + max(patience, _START_SECONDS if directory.in_use() else 0)
    socket = directory.socket
    while not socket.exists():
        if time.monotonic() >= end:
            raise UnavailableError(
                f"No platform runs on {data_directory}. Start one with `kvasir up PATHS`, or name it with --data-dir."
            )
        time.sleep(_POLL_SECONDS)
    headers = {TENANT_HEADER: tenant} if tenant else {}
    # No TLS on a socket of this machine: reading the certificates would cost 0.1 s.
    transport = httpx.HTTPTransport(uds=str(socket), verify=False)
    with httpx.Client(transport=transport, base_url="http://kvasir", headers=headers, timeout=_SECONDS) as http:
        yield Client(http)


@contextmanager
def gateway(url: str, key: str) -> Generator[Client]:
    """A gateway, with an API key. `url` with or without its `/v1`."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url.rstrip("/").removesuffix("/v1"), headers=headers, timeout=_SECONDS) as http:
        yield Client(http)


def object_of(client: Client, kind: str, name: str, namespace: str | None) -> Mapping[str, Any]:
    """The one object of this name. RequestFailedError for none, InvalidInputError when several namespaces have one."""
    found = client.get("/control/resources", kind=kind, name=name, namespace=namespace or "")
    if len(found) > 1:
        places = ", ".join(one["metadata"]["namespace"] for one in found)
        raise InvalidInputError(f"{kind} {name!r} exists in {places}.", fix="name one with -n")
    return found[0]


def tenant_of(data_directory: Path, kind: str, name: str, namespace: str | None) -> str:
    """The namespace of an object, which exists. Raises as `object_of`."""
    with control(data_directory) as client:
        return str(object_of(client, kind, name, namespace)["metadata"]["namespace"])


def _events(response: httpx.Response) -> Iterator[Mapping[str, Any]]:
    for line in response.iter_lines():
        if not line.startswith(_EVENT):
            continue
        data = line.removeprefix(_EVENT)
        if data == "[DONE]":
            return
        event: Mapping[str, Any] = orjson.loads(data)
        if "error" in event:
            raise RequestFailedError(500, str(event["error"]["message"]))
        yield event


def _failure(response: httpx.Response) -> RequestFailedError:
    try:
        message = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = f"The platform answered {response.status_code}."
    return RequestFailedError(response.status_code, str(message))
