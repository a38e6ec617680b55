"""The keys of `[notifier.NAME]` with `use = "webhook"`."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork

from aslo_core.api import ChosenHere, Secret, TemplateOptions
from aslo_notify_webhook.signature import key_of, new_secret

_LAST_ASCII = 0x7E


def checked_url(url: str) -> str:
    """Give back an address that webhooks may be sent to.

    Raises:
        ValueError: it is none; the text does not show it, since it may hold a password.
    """
    if any(not " " < character <= chr(_LAST_ASCII) for character in url):
        raise ValueError("expected an address without spaces, in ASCII; write other characters as %XX, a host's as xn--…")
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or (parts.port or 1) < 1:  # `port` raises ValueError too
        raise ValueError("expected an address such as https://host.example.org/path")
    if parts.username is not None or parts.fragment:
        raise ValueError("expected an address without a user and without `#`")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("nothing protects plain http beyond this machine; use https")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_secret(secret: Secret) -> Secret:
    key_of(secret.get_secret_value())
    return secret


def _checked_secret_url(url: Secret) -> Secret:
    checked_url(url.get_secret_value())
    return url


SigningSecret = Annotated[Secret, AfterValidator(_checked_secret)]


class WebhookOptions(TemplateOptions):
    """Who receives webhooks, and what proves to them that they come from here."""

    url: Annotated[Secret, AfterValidator(_checked_secret_url)]
    """Address that each notice is posted to: `https:`, or plain `http:` for this machine alone. A secret, since many services
    know whoever may post by the address alone."""

    secret: Annotated[SigningSecret, ChosenHere(new_secret)]
    """What webhooks are signed with, known to the receiver: `whsec_` and 24 to 64 bytes in base64."""

    previous_secrets: tuple[SigningSecret, ...] = ()
    """Secrets that sign as well, while the receiver is moved to a new one."""

    allow_private: tuple[IPvAnyNetwork, ...] = ()
    """Networks inside your own that webhooks may go to, for example `10.1.2.0/24`. All else that is not surely outside is
    refused, whatever name leads there."""

    ca_file: Path | None = None
    """File with the certificates (PEM) that alone may sign the receiver's, for one with a certificate of one's own. Default:
    those that this machine trusts."""

    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    """How long one try may take, redirects included."""
