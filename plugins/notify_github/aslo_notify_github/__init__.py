"""Tells developers on GitHub: comments on the commit of a release's tag, and commit statuses."""

from __future__ import annotations

from aslo_core.api import Notifier, Offer, hook
from aslo_notify_github.notifier import create
from aslo_notify_github.options import GitHubNotifierOptions


@hook
def aslo_notifiers() -> list[Offer[Notifier]]:
    """Offer `use = "github"`."""
    return [Offer("github", GitHubNotifierOptions, create)]
