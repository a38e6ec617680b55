"""Releases on GitHub as a source of ASLO: webhooks, the REST API, git and attached bundles."""

from __future__ import annotations

from aslo_core.api import Offer, Source, hook
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import create


@hook
def aslo_sources() -> list[Offer[Source]]:
    """Offer `use = "github"`."""
    return [Offer("github", GitHubSourceOptions, create)]
