"""The options that a plugin takes, and the types of those that need more care than a text."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

Secret = SecretStr
"""Type of an option that must never be shown. In `aslo.toml`: `key = "${VARIABLE}"`, or `key_file = "path"`."""


@dataclass(frozen=True)
class ChosenHere:
    """Mark of a required secret that `aslo init` may choose, since the peer takes any: `Annotated[Secret, ChosenHere()]`.

    Attributes:
        choose: makes a new one; 256 random bits in hexadecimal digits unless the option wants another form.
    """

    choose: Callable[[], str] = field(default=lambda: secrets.token_hex(32))


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://host.example.org/path, without a user or a query")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("nothing protects plain http beyond this machine, what is secret least of all; use https")
    return text.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Type of an option that names a peer to talk to over HTTP: an `https:` address, plain `http:` for loopback alone. A slash at
its end is taken off."""


class Options(BaseModel):
    """Root of the options class of a plugin.

    Each field has a docstring below it, which becomes its documentation. Unknown keys are errors. A field of type `Secret`
    may be given in `aslo.toml` as `key = "${VARIABLE}"` or `key_file = "path"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)
