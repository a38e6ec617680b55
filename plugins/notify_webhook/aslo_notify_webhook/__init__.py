"""Tells programs elsewhere: a signed POST request with JSON for each notice."""

from __future__ import annotations

from aslo_core.api import Notifier, Offer, hook
from aslo_notify_webhook.notifier import create
from aslo_notify_webhook.options import WebhookOptions


@hook
def aslo_notifiers() -> list[Offer[Notifier]]:
    """Offer `use = "webhook"`."""
    return [Offer("webhook", WebhookOptions, create)]
