"""Tells developers on GitHub: comments on the commit of a release's tag, and commit statuses."""

from __future__ import annotations

from aslo_github_account import AccountOptions

from aslo_core.api import Notifier, Offer, Options, hook
from aslo_notify_github.notifier import create
from aslo_notify_github.options import GitHubNotifierOptions


@hook
def aslo_notifiers() -> list[Offer[Notifier]]:
    """Offer `use = "github"`."""
    return [Offer("github", GitHubNotifierOptions, create, answers)]


def answers(options: GitHubNotifierOptions, source: Options) -> bool:
    """Whether a source's releases are on the GitHub that the notifier signs in to."""
    return isinstance(source, AccountOptions) and source.api_url == options.api_url
