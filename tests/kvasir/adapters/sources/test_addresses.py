import ssl

import httpx
import pytest

from kvasir.adapters.sources.addresses import GuardedTransport, NetworkPolicy, permitted_addresses, resolve
from kvasir.errors import PermissionDeniedError, UnavailableError
from kvasir.testing.website import LOOPBACK, website


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "240.0.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
     "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::ffff:169.254.169.254"],
)  # fmt: skip
def test_private_addresses_are_refused(address: str) -> None:
    assert not NetworkPolicy().permits(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert NetworkPolicy().permits(address)


def test_the_platform_can_allow_networks() -> None:
    policy = NetworkPolicy.of(["10.0.0.0/8", "fd00::/8"])
    assert policy.permits("10.1.2.3")
    assert policy.permits("::ffff:10.1.2.3")
    assert policy.permits("fd00::1")
    assert not policy.permits("192.168.0.1")
    with pytest.raises(ValueError, match="host bits"):
        NetworkPolicy.of(["10.0.0.1/8"])


async def test_only_permitted_addresses_of_a_host_remain() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["10.0.0.1", "1.1.1.1"]

    assert await permitted_addresses("x", 80, NetworkPolicy(), lookup) == ["1.1.1.1"]
    with pytest.raises(PermissionDeniedError, match=r"x has the address 10.0.0.1, 127.0.0.1, which is not public"):
        await permitted_addresses("x", 80, NetworkPolicy(), lookup=_private)


async def _private(_host: str, _port: int) -> list[str]:
    return ["10.0.0.1", "127.0.0.1"]


async def test_an_unknown_host_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="cannot be resolved"):
        await resolve("does-not-exist.invalid", 80)


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "127.1", "localhost"])
async def test_other_spellings_of_loopback_are_refused(host: str) -> None:
    with pytest.raises((PermissionDeniedError, UnavailableError)):
        await permitted_addresses(host, 80, NetworkPolicy())


async def test_the_checked_address_is_the_one_connected_to() -> None:
    """The second answer of a resolver that changes its mind is never asked for; the Host header keeps the name."""
    asked = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with website() as site:
        site.page("/")
        port = httpx.URL(site.url).port
        transport = GuardedTransport(NetworkPolicy.of(["127.0.0.1/32"]), rebinding)
        request = httpx.Request("GET", f"http://docs.example.com:{port}/")
        response = await transport.handle_async_request(request)
        assert response.status_code == 200
        await response.aclose()
        assert site.visits[0].headers["host"] == f"docs.example.com:{port}"
        with pytest.raises(PermissionDeniedError):
            await transport.handle_async_request(request)
        await transport.aclose()


async def test_a_dead_address_is_passed_over() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    with website() as site:
        site.page("/")
        transport = GuardedTransport(NetworkPolicy.of([LOOPBACK]), lookup)
        request = httpx.Request("GET", f"http://docs.example.com:{httpx.URL(site.url).port}/")
        response = await transport.handle_async_request(request)
        assert response.status_code == 200
        await response.aclose()
        await transport.aclose()


async def test_certificates_are_checked_against_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TLS handshake is asked for the host's name, not for the address that it is pinned to."""
    names: list[str | None] = []
    original = ssl.SSLContext.wrap_bio

    def spy(self: ssl.SSLContext, *args: object, **options: object) -> ssl.SSLObject:
        names.append(options.get("server_hostname"))  # type: ignore[arg-type]
        return original(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "wrap_bio", spy)

    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    with website() as site:  # speaks no TLS, so the handshake fails after the name was sent
        transport = GuardedTransport(NetworkPolicy.of([LOOPBACK]), lookup)
        with pytest.raises(httpx.ConnectError):
            await transport.handle_async_request(
                httpx.Request("GET", f"https://docs.example.com:{httpx.URL(site.url).port}/")
            )
        await transport.aclose()
    assert names == [b"docs.example.com"]
