"""Only addresses of the open internet: what comes from outside must not make the bot call into its own network.

Two checks are needed: aiohttp asks no resolver for a host that is an address already.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_NAT64 = 0x64FF9B << 96


class NotPublicError(OSError):
    """A name leads to no public address. Nothing was connected to."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public ones among the addresses of a name. Raises NotPublicError where there is none."""
        found = await self._inner.resolve(host, port, family)
        public = [entry for entry in found if is_public(ip_address(entry["host"].partition("%")[0]))]
        if not public:
            raise NotPublicError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        """Close what resolves."""
        await self._inner.close()


def public_session() -> aiohttp.ClientSession:
    """Return a session for addresses that come from outside. Names must lead to public addresses."""
    # Without cookies: nobody needs them, and each server met would leave its own.
    connector = aiohttp.TCPConnector(resolver=PublicResolver())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def may_be_public(host: str) -> bool:
    """Tell whether a URL's host is a name, which the resolver looks at, or a public address in its usual spelling."""
    try:
        return is_public(ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        socket.inet_aton(host)  # 127.1, 0x7f.1, 2130706433: addresses to the system, whatever they look like
    except OSError:
        return host != "localhost" and not host.endswith(".localhost")
    return False


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is of the open internet, also where an IPv6 one carries an IPv4 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and int(address) >> 32 == _NAT64 >> 32:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
