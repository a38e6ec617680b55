"""Which addresses may be fetched: public `https:`, and what an operator's allow-list adds.

Whoever names an address must not be able to make this machine talk to its own network. A host name is therefore resolved
here, every one of its addresses is checked, and git is told to connect to just those.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from aslo_core.errors import Permanent, Transient

MAX_ADDRESS_LENGTH = 1000

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_DISGUISED = re.compile(r"%(?![0-9a-f]{2})|%(2e|2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)
_PORTS = {"https": 443, "http": 80, "file": 0}
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Address:
    """The address of a repository in one normal form: equal addresses are equal text.

    Attributes:
        scheme: `https`, `http` or `file`.
        host: lower case; an IPv6 address stands in brackets; empty for `file`.
        port: the port, also where it is the scheme's own; 0 for `file`.
        path: begins with a slash, does not end with one, has no `.` or `..`.
    """

    scheme: Literal["https", "http", "file"]
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address.

        Raises:
            ValueError: it is not one of the three schemes, has a user, a query or a fragment, or hides a path in escapes.
        """
        if len(text) > MAX_ADDRESS_LENGTH:
            raise ValueError(f"it is longer than {MAX_ADDRESS_LENGTH} characters")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("it has characters that must be written as escapes, like `%20`")
        parts = urlsplit(text)
        if parts.scheme not in _PORTS or f"{parts.scheme}://" != text[: len(parts.scheme) + 3].lower():
            raise ValueError("it does not begin with `https://`, `http://` or `file://`")
        if "@" in parts.netloc:
            raise ValueError("it carries a user or password, which belong into the source's options")
        if "?" in text or "#" in text:
            raise ValueError("it has a query or a fragment")
        path = parts.path.rstrip("/")
        if not _PATH.fullmatch(path) or "//" in path or _DISGUISED.search(path) or {".", ".."} & set(path.split("/")):
            raise ValueError("its path is empty or has parts or characters that no repository's address needs")
        scheme = cast("Literal['https', 'http', 'file']", parts.scheme)
        if scheme == "file":
            if parts.netloc not in ("", "localhost"):
                raise ValueError("a `file:` address names another host")
            return cls(scheme, "", 0, path)
        host = parts.netloc.lower().removesuffix(f":{parts.port}") if parts.port else parts.netloc.lower().removesuffix(":")
        if not _HOST.fullmatch(host):
            raise ValueError("its host is neither a name in ASCII letters nor an IP address")
        return cls(scheme, host, parts.port or _PORTS[scheme], path)

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether its host is `localhost` or a loopback address as written."""
        return self.host == "localhost" or bool(re.fullmatch(r"127(\.\d{1,3}){3}|\[::1\]", self.host))

    @property
    def file(self) -> Path:
        """The directory that a `file:` address names."""
        return Path(unquote(self.path))

    def covers(self, other: Address) -> bool:
        """Whether `other` is this address or lies below it."""
        same_place = (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)
        return same_place and (other.path == self.path or other.path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class AllowList:
    """Addresses, and all below them, that may be fetched although they are no public `https:` ones. Empty by default.

    Attributes:
        entries: those addresses.
        option: the key of `aslo.toml` in which an operator lists them, for example `source.git.allow`; empty for none.
    """

    entries: tuple[Address, ...] = ()
    option: str = ""

    @classmethod
    def parse(cls, entries: Iterable[str], option: str = "") -> AllowList:
        """Read the entries of an options table.

        Args:
            entries: for example `file:///srv/git`, `http://127.0.0.1:8080/`, `https://git.example.org/team`.
            option: the key that they are listed in, where an operator chooses them.

        Raises:
            ValueError: names the entry and what is wrong with it.
        """
        return cls(tuple(_entry(text) for text in entries), option)

    def covers(self, address: Address) -> bool:
        """Whether an entry is `address` or stands above it."""
        return any(entry.covers(address) for entry in self.entries)


NO_EXCEPTIONS = AllowList()


def _entry(text: str) -> Address:
    whole_host = re.fullmatch(r"(https?)://([^/]+)/?", text)
    try:
        # A whole host is an entry but not an address, so it is read with a path that is then taken off.
        entry = Address.parse(f"{text.rstrip('/')}/x" if whole_host else text)
    except ValueError as error:
        raise ValueError(f"{text!r} cannot be allowed: {error}") from None
    if entry.scheme == "http" and not entry.is_loopback:
        raise ValueError(f"{text!r} cannot be allowed: nothing protects `http:` beyond this machine; use `https:`")
    return Address(entry.scheme, entry.host, entry.port, "") if whole_host else entry


def check_address(text: str, allow: AllowList) -> Address:
    """Read an address that somebody named, if it may be fetched, as far as its text alone tells; `resolve` does the rest.

    Raises:
        Permanent: rule `source.address-malformed` or `source.address-not-allowed`.
    """
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise Permanent(
            "source.address-malformed",
            f"The address {text[:120]!r} cannot be used: {error}.",
            "Give the repository's `https://` address.",
        ) from None
    if allow.covers(address):
        return address
    if address.scheme != "https":
        raise _not_allowed(address, allow, f"`{address.scheme}:` is only for addresses that the operator allowed")
    if address.host == "localhost" or address.host.endswith(".localhost"):  # RFC 6761, section 6.3
        raise _not_allowed(address, allow, "its host is this machine")
    with suppress(OSError, UnicodeError):  # most hosts are names
        _require_public(address, allow, _ips(address, socket.AI_NUMERICHOST))
    return address


def resolve(address: Address, allow: AllowList) -> tuple[str, ...]:
    """Find the IP addresses that git may connect to. For a `file:` address, follow its links and check where they end.

    Returns:
        IP addresses in text; none where there is nothing to pin.

    Raises:
        Permanent: rule `source.address-not-allowed`: a private, loopback, link-local or otherwise not public address.
        Transient: the name cannot be resolved now.
    """
    if allow.covers(address):
        if address.scheme == "file" and not any(
            entry.scheme == "file" and address.file.resolve().is_relative_to(entry.file.resolve()) for entry in allow.entries
        ):
            raise _not_allowed(address, allow, "a link leads out of the allowed directory")
        return ()
    try:
        ips = _ips(address)
    except (OSError, UnicodeError) as error:
        raise Transient(f"The host of {address} cannot be resolved: {error}.") from error
    _require_public(address, allow, ips)
    return ips


def _ips(address: Address, flags: int = 0) -> tuple[str, ...]:
    """Find the IP addresses of a host; with `AI_NUMERICHOST` of one that is an IP address as written, in whatever form."""
    found = socket.getaddrinfo(address.host.strip("[]"), address.port, type=socket.SOCK_STREAM, flags=flags)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _require_public(address: Address, allow: AllowList, ips: tuple[str, ...]) -> None:
    private = next((ip for ip in ips if not is_public(ip)), None)
    if private or not ips:
        raise _not_allowed(address, allow, f"its host is at {private}, which is no public address")


def is_public(text: str) -> bool:
    """Whether an IP address can be anybody's on the Internet, also where it carries another inside (IPv4 in IPv6)."""
    if "%" in text:
        return False
    ip = ipaddress.ip_address(text)
    return all(
        candidate.is_global and not candidate.is_multicast and candidate not in _SITE_LOCAL for candidate in (ip, *_carried(ip))
    )


def _carried(ip: IP) -> tuple[ipaddress.IPv4Address, ...]:
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    teredo = ip.teredo or ()
    nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _NAT64 else None
    return tuple(v4 for v4 in (ip.ipv4_mapped, ip.sixtofour, nat64, *teredo) if v4)


def _not_allowed(address: Address, allow: AllowList, why: str) -> Permanent:
    cure = "Use a public `https://` address"
    if address.scheme == "http" and not address.is_loopback:
        cure += "; `http:` can be allowed for this machine only, since nothing protects it on the way"
    elif allow.option:
        cure += f', or have the operator add "{address}" to `{allow.option}` in aslo.toml'
    return Permanent("source.address-not-allowed", f"{address} may not be fetched: {why}.", f"{cure}.")
