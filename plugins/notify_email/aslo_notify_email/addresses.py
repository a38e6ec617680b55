"""Addresses of e-mail, as options give them: `ada@example.org`, or `ASLO <aslo@example.org>`. Pure."""

from __future__ import annotations

from email.headerregistry import Address, HeaderRegistry
from typing import Annotated

from pydantic import AfterValidator

from aslo_core.api import Secret


def address_of(text: str) -> Address:
    """Take an address with its name, if it has one, apart.

    Raises:
        ValueError: it is none, or one outside of ASCII, which few mail servers take (RFC 6531).
    """
    try:
        header = HeaderRegistry()("To", text) if text.isprintable() else None
    except IndexError:  # the library's own parser, at `ada@`
        header = None
    addresses: tuple[Address, ...] = getattr(header, "addresses", ())
    if header is None or header.defects or len(addresses) != 1 or text.endswith(";") or not addresses[0].addr_spec.isascii():
        raise ValueError("expected an address such as ada@example.org, or ASLO <aslo@example.org>")
    return addresses[0]


def _checked(text: str) -> str:
    address_of(text)
    return text


def _checked_secret(secret: Secret) -> Secret:
    address_of(secret.get_secret_value())
    return secret


EmailAddress = Annotated[str, AfterValidator(_checked)]
"""Type of an option that is an address, with a name or without."""

PersonalAddress = Annotated[Secret, AfterValidator(_checked_secret)]
"""Type of an option that is the address of somebody else: never shown, and never recorded with the configuration."""
