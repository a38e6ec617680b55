"""Tells people by e-mail: plain text and HTML, by way of a mail server."""

from __future__ import annotations

from aslo_core.api import Notifier, Offer, hook
from aslo_notify_email.notifier import create
from aslo_notify_email.options import EmailOptions


@hook
def aslo_notifiers() -> list[Offer[Notifier]]:
    """Offer `use = "email"`."""
    return [Offer("email", EmailOptions, create)]
