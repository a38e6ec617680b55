"""Nothing inside the operator's network is reached, however its address is written."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_network

import pytest
from aslo_notify_webhook.inside import is_inside
from hypothesis import given
from hypothesis import strategies as st

INSIDE = [
    *("0.0.0.1", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "168.63.129.16", "192.88.99.1"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:10.0.0.1"),
    *("fe80::1", "fe80::1%2", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"),
    *("2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "2001::1", "4000::1"),
]
OUTSIDE = ["8.8.8.8", "140.82.121.4", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    assert not is_inside(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_where_it_is_in_each_of_its_clothes(address: IPv4Address) -> None:
    clothes = (f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1")
    assert {is_inside(each) for each in clothes} == {is_inside(str(address))}


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_python_calls_not_global_is_never_outside(address: IPv4Address) -> None:
    if not address.is_global and not is_inside(str(address)):
        assert address in ip_network("64:ff9b::/96") or getattr(address, "sixtofour", None) or address.ipv4_mapped  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address", "allowed", "inside"),
    [
        ("10.1.2.3", "10.1.2.0/24", False),
        ("10.1.3.3", "10.1.2.0/24", True),
        ("::ffff:10.1.2.3", "10.1.2.0/24", False),
        ("fd00::5", "fd00::/8", False),
        ("127.0.0.1", "fd00::/8", True),
    ],
)
def test_networks_that_are_allowed(address: str, allowed: str, inside: bool) -> None:
    assert is_inside(address, [ip_network(allowed)]) is inside
