"""`ports.api_keys.ApiKeys` over a SQLite file and a secret beside it."""

import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from kvasir.adapters.embedded.column_types import Groups, UtcTime
from kvasir.adapters.embedded.database import Database
from kvasir.adapters.embedded.secret_file import secret_of
from kvasir.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from kvasir.ports.api_keys import ApiKey
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal, Scope

_FORM: Final = re.compile(r"kv_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}", re.ASCII)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 43
"""Base62 digits of 256 bits. Without punctuation, a double click selects it."""

_REFUSAL: Final = "The API key is unknown, expired or revoked. Create one with `kvasir keys create`."
_TRUSTED: Final = timedelta(seconds=2)
"""How long a verified key is believed without a look at the file, where other processes revoke."""
_MOST_TRUSTED: Final = 10_000

_TABLES: Final = MetaData()
_KEYS: Final = Table(
    "api_keys",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("groups", Groups, nullable=False),
    Column("scopes", Groups, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime),
    Index("api_keys_of_tenant", "tenant", "created", "id"),
)
_VERSION: Final = 1

_OF_TENANT: Final = _KEYS.c.tenant == bindparam("in_tenant")
_CREATE: Final = insert(_KEYS)
_ONE: Final = select(_KEYS).where(_KEYS.c.id == bindparam("key"))
_LIST: Final = select(_KEYS).where(_OF_TENANT).order_by(_KEYS.c.created, _KEYS.c.id)
_REVOKE: Final = delete(_KEYS).where(_OF_TENANT, _KEYS.c.id == bindparam("key"))
_REVOKE_ALL: Final = delete(_KEYS).where(_OF_TENANT)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _Verified(NamedTuple):
    principal: Principal
    key: str
    since: datetime
    expires: datetime | None


class SqliteApiKeys:
    """Implements `ApiKeys`. A revocation acts at once in this process, in others within 2 s."""

    def __init__(self, database: Database, secret: bytes, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._database = database
        self._secret = secret
        self._now = now
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    @classmethod
    def open(cls, directory: Path, *, now: Callable[[], datetime] = _utc_now) -> "SqliteApiKeys":
        """Opens or creates `api_keys.db` and `api_keys.secret`. Blocks for some milliseconds.

        Raises as `Database.open` and `secret_of`.
        """
        secret = secret_of(directory / "api_keys.secret")
        return cls(Database.open(directory / "api_keys.db", _TABLES, version=_VERSION), secret, now=now)

    async def close(self) -> None:
        """Idempotent."""
        await self._database.close()

    async def create(
        self,
        principal: Principal,
        name: str,
        deadline: Deadline,
        *,
        groups: frozenset[str] = frozenset(),
        scopes: frozenset[Scope] = frozenset(Scope),
        expires: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        if expires is not None and expires.tzinfo is None:
            raise InvalidInputError("The time has no time zone.", field="expires", fix="use an aware datetime")
        identity = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
        secret = f"kv_{identity}_{_base62(secrets.randbits(256))}"
        key = ApiKey(identity, principal.tenant, name, f"kv_{identity}", groups, scopes, self._now(), expires)
        values = {column: getattr(key, column) for column in ("id", "tenant", "name", "groups", "created", "expires")}
        values |= {"scopes": frozenset(scope.value for scope in scopes), "digest": self._digest(secret)}
        await self._database.write(lambda connection: connection.execute(_CREATE, values), deadline)
        return key, secret

    async def authenticate(self, secret: str, deadline: Deadline) -> Principal:
        form = _FORM.fullmatch(secret)
        if form is None:
            raise UnauthenticatedError(_REFUSAL)
        digest, now = self._digest(secret), self._now()
        verified = self._verified.get(digest)
        if verified is None or not timedelta(0) <= now - verified.since < _TRUSTED:
            verified = await self._verify(form[1], digest, now, deadline)
        if verified.expires is not None and verified.expires <= now:
            raise UnauthenticatedError(_REFUSAL)
        return verified.principal

    async def list(self, principal: Principal, deadline: Deadline) -> Sequence[ApiKey]:
        key = {"in_tenant": principal.tenant}
        rows = await self._database.read(lambda connection: connection.execute(_LIST, key).all(), deadline)
        return [_key_of(row) for row in rows]

    async def revoke(self, principal: Principal, key: str, deadline: Deadline) -> None:
        where = {"in_tenant": principal.tenant, "key": key}
        found = await self._database.write(lambda connection: connection.execute(_REVOKE, where).rowcount, deadline)
        self._verified = OrderedDict((digest, one) for digest, one in self._verified.items() if one.key != key)
        if not found:
            raise NotFoundError(f"There is no API key {key}.")

    async def revoke_all(self, principal: Principal, deadline: Deadline) -> None:
        where = {"in_tenant": principal.tenant}
        await self._database.write(lambda connection: connection.execute(_REVOKE_ALL, where), deadline)
        self._verified.clear()

    async def _verify(self, identity: str, digest: bytes, now: datetime, deadline: Deadline) -> _Verified:
        def find(connection: Connection) -> Row[Any] | None:
            return connection.execute(_ONE, {"key": identity}).one_or_none()

        row = await self._database.read(find, deadline)
        # Compared even when there is no such key, so that the time taken does not tell.
        if not hmac.compare_digest(digest, b"" if row is None else row.digest) or row is None:
            self._verified.pop(digest, None)
            raise UnauthenticatedError(_REFUSAL)
        key = _key_of(row)
        principal = Principal(tenant=key.tenant, subject=f"key:{key.id}", groups=key.groups, scopes=key.scopes)
        verified = _Verified(principal, key.id, now, key.expires)
        self._verified[digest] = verified
        self._verified.move_to_end(digest)
        if len(self._verified) > _MOST_TRUSTED:
            self._verified.popitem(last=False)
        return verified

    def _digest(self, secret: str) -> bytes:
        return hmac.digest(self._secret, secret.encode(), "sha256")


def _key_of(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        prefix=f"kv_{row.id}",
        groups=row.groups,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created=row.created,
        expires=row.expires,
    )


def _base62(number: int) -> str:
    digits = ""
    for _ in range(_SECRET_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
