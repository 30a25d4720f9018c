"""HTTP to an OpenAI-compatible server: deadlines, retries, errors in our words.

Wire format: https://platform.openai.com/docs/api-reference
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from kvasir.errors import (
    DeadlineExceededError,
    InvalidInputError,
    KvasirError,
    PermissionDeniedError,
    UnavailableError,
    said,
)
from kvasir.ports.deadline import Deadline
from kvasir.telemetry import logger

_LOG = logger("openai")
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5
_RETRIED: Final = frozenset({408, 409, 429, 500, 502, 503, 504})
_CREDENTIALS: Final = frozenset({401, 403})


class OpenAIConnection:
    """One server. The API key is sent in a header and shown nowhere."""

    def __init__(
        self, endpoint: str, api_key: str | None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.AsyncClient(
            base_url=endpoint.rstrip("/") + "/", headers=headers, transport=transport, follow_redirects=False
        )
        self._endpoint = endpoint

    async def post(self, path: str, body: Mapping[str, Any], deadline: Deadline) -> Any:
        """The answer's JSON. Tries again after 408, 409, 429, 5xx and broken connections, as the deadline allows.

        Raises UnavailableError, DeadlineExceededError, InvalidInputError (the server refuses the request).
        """
        for attempt in range(_ATTEMPTS):
            deadline.check(f"asking {self._endpoint}")
            try:
                response = await self._http.post(path, json=dict(body), timeout=deadline.remaining())
            except PermissionDeniedError as error:
                raise self._refused(error) from error
            except httpx.TimeoutException as error:
                raise DeadlineExceededError(f"{self._endpoint} did not answer in time.") from error
            except httpx.TransportError as error:
                failure: KvasirError = UnavailableError(f"{self._endpoint} does not answer: {said(error)}.")
                failure.__cause__ = error
            else:
                if response.is_success:
                    return response.json()
                failure = self._failure(response)
                if response.status_code not in _RETRIED:
                    raise failure
            if attempt == _ATTEMPTS - 1:
                raise failure
            await asyncio.sleep(min(_pause(attempt, failure.retry_after), deadline.remaining()))
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def stream(self, path: str, body: Mapping[str, Any], deadline: Deadline) -> AsyncGenerator[httpx.Response]:
        """A streamed answer; leaving the block closes it at the server. Not tried again: part of it may be sent on."""
        try:
            async with self._http.stream("POST", path, json=dict(body), timeout=deadline.remaining()) as response:
                if response.is_error:
                    await response.aread()
                    raise self._failure(response)
                yield response
        except PermissionDeniedError as error:
            raise self._refused(error) from error
        except httpx.TimeoutException as error:
            raise DeadlineExceededError(f"{self._endpoint} did not answer in time.") from error
        except httpx.TransportError as error:
            raise UnavailableError(f"{self._endpoint} does not answer: {said(error)}.") from error

    async def close(self) -> None:
        await self._http.aclose()

    def _refused(self, error: PermissionDeniedError) -> UnavailableError:
        """The platform forbids the address: not the asking client's fault, nor theirs to know which address it is."""
        _LOG.error("model endpoint %s: %s", self._endpoint, error)
        return UnavailableError(
            f"The address of {self._endpoint} is not public; the platform has to allow it (`kvasir up --allow-network`, "
            "chart value `network.allowedCIDRs`).",
            retry_after=60,
        )

    def _failure(self, response: httpx.Response) -> KvasirError:
        message = _message(response)
        if response.status_code in _CREDENTIALS:
            return UnavailableError(f"{self._endpoint} refuses the API key. Check the Secret.")
        if response.status_code in _RETRIED or response.is_server_error:
            after = response.headers.get("retry-after", "")
            seconds = float(after) if after.replace(".", "", 1).isdigit() else None
            return UnavailableError(f"{self._endpoint} answered {response.status_code}: {message}", retry_after=seconds)
        return InvalidInputError(f"{self._endpoint} refuses the request ({response.status_code}): {message}")


def _message(response: httpx.Response) -> str:
    try:
        found = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        found = response.text
    return str(found)[:300]


def _pause(attempt: int, asked: float | None) -> float:
    return asked if asked is not None else _FIRST_PAUSE * 2**attempt * (1 + random.random() / 4)  # noqa: S311 - jitter
