"""Releases on a Forgejo or Gitea as a source of ASLO: webhooks, the REST API, git and attached bundles."""

from __future__ import annotations

from aslo_core.api import Offer, Source, hook
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.source import create


@hook
def aslo_sources() -> list[Offer[Source]]:
    """Offer `use = "forgejo"`."""
    return [Offer("forgejo", ForgejoSourceOptions, create)]
