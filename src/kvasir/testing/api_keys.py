"""What every `ApiKeys` adapter has to do."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from kvasir.errors import DeadlineExceededError, InvalidInputError, NotFoundError, UnauthenticatedError
from kvasir.ports.api_keys import ApiKeys
from kvasir.ports.principal import Principal, Scope
from kvasir.testing.builders import passed, soon, system


async def refusal(api_keys: ApiKeys, secret: str) -> str:
    """The message that a bad secret is answered with."""
    with pytest.raises(UnauthenticatedError) as caught:
        await api_keys.authenticate(secret, soon())
    return str(caught.value)


class ApiKeysSuite:
    """Inherit it and give the fixture a fresh store."""

    @pytest.fixture
    def api_keys(self) -> ApiKeys:
        raise NotImplementedError

    async def test_a_secret_stands_for_its_principal(self, api_keys: ApiKeys) -> None:
        key, secret = await api_keys.create(
            system(), "ci \U0001f511", soon(), groups=frozenset({"hr"}), scopes=frozenset({Scope.SEARCH})
        )
        assert (key.tenant, key.name, key.expires) == ("acme", "ci \U0001f511", None)
        assert key.created.tzinfo is UTC
        for _ in range(3):
            principal = await api_keys.authenticate(secret, soon())
            assert principal.tenant == "acme"
            assert principal.groups == frozenset({"hr"})
            assert principal.scopes == frozenset({Scope.SEARCH})
            assert not principal.is_system
            assert key.id in principal.subject

    async def test_a_key_for_everything_by_default(self, api_keys: ApiKeys) -> None:
        _, secret = await api_keys.create(system(), "all", soon())
        principal = await api_keys.authenticate(secret, soon())
        assert (principal.groups, principal.scopes) == (frozenset(), frozenset(Scope))

    async def test_secrets_are_long_distinct_and_shown_once(self, api_keys: ApiKeys) -> None:
        made = await asyncio.gather(*(api_keys.create(system(), "same name", soon()) for _ in range(30)))
        secrets = {secret for _, secret in made}
        assert len(secrets) == len({key.id for key, _ in made}) == 30
        for key, secret in made:
            assert secret.startswith(key.prefix)
            assert len(secret) - len(key.prefix) >= 43  # 256 bits in base62
            assert secret.startswith("kv_")
        shown = repr(await api_keys.list(system(), soon()))
        assert not any(secret in shown for secret in secrets)

    async def test_every_bad_secret_is_answered_alike(self, api_keys: ApiKeys) -> None:
        key, secret = await api_keys.create(system(), "k", soon())
        gone, revoked = await api_keys.create(system(), "revoked", soon())
        past = datetime.now(UTC) - timedelta(seconds=1)
        _, expired = await api_keys.create(system(), "expired", soon(), expires=past)
        await api_keys.revoke(system(), gone.id, soon())
        flipped = secret[:-1] + ("a" if secret[-1] != "a" else "b")
        other_id = secret.replace(key.id, gone.id)
        cut, long, padded = secret[:-1], secret + "a", f" {secret}\n"
        garbage = [
            "",
            "kv_",
            key.prefix,
            key.prefix + "_",
            "Bearer x",
            "\x00",
            "\ud800",
            "\u0660" * 59,
            "x" * 1_000_000,
        ]
        bad = [revoked, expired, flipped, other_id, cut, long, padded, secret.lower(), secret.upper(), *garbage]
        assert len({await refusal(api_keys, one) for one in bad}) == 1
        assert await api_keys.authenticate(secret, soon())

    async def test_an_unexpired_key_works(self, api_keys: ApiKeys) -> None:
        later = datetime.now(timezone(timedelta(hours=-8))) + timedelta(hours=1)
        key, secret = await api_keys.create(system(), "k", soon(), expires=later)
        assert key.expires == later
        assert await api_keys.authenticate(secret, soon())
        assert [one.expires for one in await api_keys.list(system(), soon())] == [later]

    async def test_a_naive_expiry_is_refused(self, api_keys: ApiKeys) -> None:
        naive = datetime(2030, 1, 1)  # noqa: DTZ001 - refused because it is naive
        with pytest.raises(InvalidInputError):
            await api_keys.create(system(), "k", soon(), expires=naive)
        assert await api_keys.list(system(), soon()) == []

    async def test_listing_is_by_creation(self, api_keys: ApiKeys) -> None:
        made = [(await api_keys.create(system(), name, soon()))[0] for name in "cab"]
        assert await api_keys.list(system(), soon()) == made

    async def test_a_revoked_key_is_void_at_once(self, api_keys: ApiKeys) -> None:
        key, secret = await api_keys.create(system(), "k", soon())
        other, other_secret = await api_keys.create(system(), "other", soon())
        await api_keys.authenticate(secret, soon())
        await api_keys.revoke(system(), key.id, soon())
        await refusal(api_keys, secret)
        assert await api_keys.list(system(), soon()) == [other]
        assert await api_keys.authenticate(other_secret, soon())
        with pytest.raises(NotFoundError):
            await api_keys.revoke(system(), key.id, soon())

    async def test_tenants_never_meet(self, api_keys: ApiKeys) -> None:
        key, secret = await api_keys.create(system(), "k", soon())
        _, theirs = await api_keys.create(system("evil"), "k", soon())
        assert len(await api_keys.list(system("evil"), soon())) == 1
        with pytest.raises(NotFoundError):
            await api_keys.revoke(system("evil"), key.id, soon())
        for _ in range(2):
            await api_keys.revoke_all(system("evil"), soon())
        assert (await api_keys.authenticate(secret, soon())).tenant == "acme"
        await refusal(api_keys, theirs)

    async def test_many_at_once(self, api_keys: ApiKeys) -> None:
        made = await asyncio.gather(*(api_keys.create(system(f"t{n}"), "k", soon()) for n in range(20)))
        who: list[Principal] = await asyncio.gather(
            *(api_keys.authenticate(secret, soon()) for _, secret in made for _ in range(5))
        )
        assert [one.tenant for one in who] == [f"t{n}" for n in range(20) for _ in range(5)]

    async def test_after_the_deadline_nothing_is_applied(self, api_keys: ApiKeys) -> None:
        key, secret = await api_keys.create(system(), "k", soon())
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: api_keys.create(system(), "late", passed()),
            lambda: api_keys.revoke(system(), key.id, passed()),
            lambda: api_keys.revoke_all(system(), passed()),
            lambda: api_keys.list(system(), passed()),
        ]
        for call in calls:
            with pytest.raises(DeadlineExceededError):
                await call()
        assert await api_keys.list(system(), soon()) == [key]
        assert await api_keys.authenticate(secret, soon())
