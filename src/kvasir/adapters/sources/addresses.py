"""Which network addresses a source may talk to, checked after DNS and pinned, so that no second answer can differ."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx

from kvasir.errors import PermissionDeniedError, UnavailableError, said

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is really spoken to."""
_MOST_ADDRESSES: Final = 3
_MOST_HOSTS: Final = 64


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Public addresses, and the networks that the platform (never a tenant) allows besides."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> "NetworkPolicy":
        """From CIDRs. ValueError for what is none."""
        return cls(tuple(ip_network(network) for network in networks))

    def permits(self, address: str) -> bool:
        """Whether an address may be connected to; IPv4 inside IPv6 counts as what it stands for."""
        ip = _embedded(ip_address(address))
        if any(ip.version == network.version and ip in network for network in self.allowed):
            return True
        return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo
    return ip.ipv4_mapped or ip.sixtofour or (teredo[1] if teredo else None) or ip


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the system's resolver. UnavailableError when it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnavailableError(f"The host {host} cannot be resolved: {said(error)}.") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def permitted_addresses(host: str, port: int, policy: NetworkPolicy, lookup: Resolve = resolve) -> Sequence[str]:
    """Addresses of a host that the policy permits, best first.

    Raises PermissionDeniedError naming host and address when there is none, and UnavailableError when DNS fails.
    """
    addresses = await lookup(host, port)
    permitted = [address for address in addresses if policy.permits(address)]
    if not permitted:
        raise PermissionDeniedError(
            f"{host} has the address {', '.join(addresses)}, which is not public; the platform has to allow it "
            "(`kvasir up --allow-network`, chart value `network.allowedCIDRs`)."
        )
    return permitted


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to checked addresses only. Host header, SNI and certificate check keep the host's name.

    Each host has a connection pool of its own: a connection whose certificate was checked for one name must not be
    reused for another that shares its address.
    """

    def __init__(self, policy: NetworkPolicy, lookup: Resolve = resolve) -> None:
        self._policy = policy
        self._lookup = lookup
        self._tls: ssl.SSLContext | None = None
        self._pools: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await permitted_addresses(url.host, port, self._policy, self._lookup)
        pool = await self._pool(f"{url.scheme}://{url.host}:{port}")
        failure: httpx.TransportError | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return await pool.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError(f"{url.host} has no address")

    async def aclose(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].aclose()

    async def _pool(self, origin: str) -> httpx.AsyncHTTPTransport:
        if origin not in self._pools:
            if len(self._pools) >= _MOST_HOSTS:
                oldest = next(iter(self._pools))
                await self._pools.pop(oldest).aclose()
            self._tls = self._tls or httpx.create_ssl_context()
            self._pools[origin] = httpx.AsyncHTTPTransport(verify=self._tls)
        return self._pools[origin]
