"""Addresses of e-mail, as options give them: `ada@example.org`, or `ASLO <aslo@example.org>`. Pure."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator


def address_of(text: str) -> Address:
    """Take an address with its name, if it has one, apart.

    Raises:
        ValueError: it is none, or one outside of ASCII, which few mail servers take (RFC 6531).
    """
    name, mailbox = parseaddr(text)
    problem = "expected an address such as ada@example.org, or ASLO <aslo@example.org>"
    if not mailbox.isascii() or not all(map(str.isprintable, text)):
        raise ValueError(problem)
    try:
        address = Address(display_name=name, addr_spec=mailbox)
    except (ValueError, IndexError, MessageError):
        raise ValueError(problem) from None
    if not (address.username and address.domain) or " " in mailbox:
        raise ValueError(problem)
    return address


def _checked(text: str) -> str:
    address_of(text)
    return text


EmailAddress = Annotated[str, AfterValidator(_checked)]
"""Type of an option that is an address, with a name or without."""
