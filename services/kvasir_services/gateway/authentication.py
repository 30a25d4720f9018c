"""Who asks: API keys of the `Authorization` header to principals."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from kvasir.errors import UnauthenticatedError
from kvasir.ports.api_keys import ApiKeys
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal

Authenticator = Callable[[Mapping[str, str]], Awaitable[Principal]]
"""Headers, names in lower case, to the caller. Raises UnauthenticatedError."""

_SECONDS: Final = 5.0
_MISSING: Final = "This needs an API key: `Authorization: Bearer kv_...`. Create one with `kvasir keys create`."


def bearer_authenticator(api_keys: ApiKeys) -> Authenticator:
    """Accepts API keys as bearer tokens."""

    async def authenticate(headers: Mapping[str, str]) -> Principal:
        scheme, _, secret = headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise UnauthenticatedError(_MISSING)
        return await api_keys.authenticate(secret.strip(), Deadline.after(_SECONDS))

    return authenticate
