import hashlib
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kvasir.adapters.embedded.api_keys import SqliteApiKeys
from kvasir.adapters.embedded.secret_file import secret_of
from kvasir.errors import CorruptDataError, UnauthenticatedError
from kvasir.testing.api_keys import ApiKeysSuite, refusal
from kvasir.testing.builders import soon, system


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class TestSqliteApiKeys(ApiKeysSuite):
    @pytest.fixture
    async def api_keys(self, tmp_path: Path) -> AsyncIterator[SqliteApiKeys]:
        api_keys = SqliteApiKeys.open(tmp_path / "data")
        yield api_keys
        await api_keys.close()


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api_keys(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteApiKeys]:
    api_keys = SqliteApiKeys.open(tmp_path, now=clock)
    yield api_keys
    await api_keys.close()


@pytest.fixture
async def elsewhere(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteApiKeys]:
    """As another process has it open."""
    api_keys = SqliteApiKeys.open(tmp_path, now=clock)
    yield api_keys
    await api_keys.close()


async def test_a_key_is_void_from_its_expiry_on(api_keys: SqliteApiKeys, clock: Clock) -> None:
    _, secret = await api_keys.create(system(), "k", soon(), expires=clock.now + timedelta(seconds=1))
    clock.advance(0.999)
    assert await api_keys.authenticate(secret, soon())
    clock.advance(0.001)
    await refusal(api_keys, secret)


async def test_a_revocation_elsewhere_acts_within_five_seconds(
    api_keys: SqliteApiKeys, elsewhere: SqliteApiKeys, clock: Clock
) -> None:
    key, secret = await api_keys.create(system(), "k", soon())
    for _ in range(4):
        assert await api_keys.authenticate(secret, soon())
        clock.advance(1)
    assert await api_keys.authenticate(secret, soon())
    await elsewhere.revoke(system(), key.id, soon())
    clock.advance(4.999)
    await refusal(api_keys, secret)


async def test_a_clock_that_jumps_back_does_not_prolong_trust(
    api_keys: SqliteApiKeys, elsewhere: SqliteApiKeys, clock: Clock
) -> None:
    key, secret = await api_keys.create(system(), "k", soon())
    await api_keys.authenticate(secret, soon())
    await elsewhere.revoke(system(), key.id, soon())
    clock.advance(-3600)
    await refusal(api_keys, secret)


async def test_a_verified_key_is_not_looked_up_each_time(
    api_keys: SqliteApiKeys, elsewhere: SqliteApiKeys, clock: Clock
) -> None:
    key, secret = await api_keys.create(system(), "k", soon())
    await api_keys.authenticate(secret, soon())
    await elsewhere.revoke(system(), key.id, soon())
    assert await api_keys.authenticate(secret, soon())
    await api_keys.revoke_all(system(), soon())
    await refusal(api_keys, secret)


async def test_no_part_of_a_secret_is_stored(api_keys: SqliteApiKeys, tmp_path: Path) -> None:
    key, secret = await api_keys.create(system(), "k", soon())
    assert re.fullmatch(r"kv_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}", secret)
    content = stored(tmp_path)
    assert key.id.encode() in content
    assert secret.removeprefix(key.prefix + "_").encode() not in content


async def test_without_its_secret_file_no_key_is_valid(tmp_path: Path) -> None:
    first = SqliteApiKeys.open(tmp_path)
    _, secret = await first.create(system(), "k", soon())
    await first.close()
    (tmp_path / "api_keys.secret").unlink()
    second = SqliteApiKeys.open(tmp_path)
    with pytest.raises(UnauthenticatedError):
        await second.authenticate(secret, soon())
    await second.close()


def test_the_secret_file_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    secret = secret_of(path)
    assert len(secret) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret_of(path) == secret
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_secret_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(CorruptDataError, match=re.escape(str(path))):
        secret_of(path)


async def test_digests_differ_from_a_plain_hash(api_keys: SqliteApiKeys, tmp_path: Path) -> None:
    _, secret = await api_keys.create(system(), "k", soon())
    reader = sqlite3.connect(tmp_path / "api_keys.db")
    [[digest]] = reader.execute("select digest from api_keys").fetchall()
    reader.close()
    assert len(digest) == 32
    assert digest != hashlib.sha256(secret.encode()).digest()
