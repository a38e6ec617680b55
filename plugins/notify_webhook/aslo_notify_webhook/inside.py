"""Which addresses lie inside the operator's network, or may. Pure.

Whoever may name the receiver of a webhook, or answers it with a redirect, must not get at what only this machine can reach:
its own services, its neighbours, and the metadata services of clouds. So an address is outside only where it is known to be:
https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_V4_INSIDE = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",  # Azure's own services, which answer on this public address inside each virtual network
    )
)
_V6_OUTSIDE = ip_network("2000::/3")
"""All that was ever given out as global unicast."""

_V6_INSIDE = tuple(ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
_NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052: on a network without IPv4 its resolver puts each IPv4 address in here."""


def is_inside(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address lies inside the operator's network, or cannot be told to lie outside.

    Args:
        address: an IPv4 or IPv6 address, also with a zone.
        allowed: networks that may be reached all the same.
    """
    parsed = ip_address(address)
    meant = _carried(parsed) or parsed
    if any(each in network for network in allowed for each in (parsed, meant)):
        return False
    if isinstance(meant, IPv4Address):
        return not meant.is_global or any(meant in network for network in _V4_INSIDE)
    return not meant.is_global or meant not in _V6_OUTSIDE or any(meant in network for network in _V6_INSIDE)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
