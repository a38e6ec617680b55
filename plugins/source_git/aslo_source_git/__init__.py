"""Any git repository, announced by hand with `aslo submit ADDRESS TAG`, as a source of ASLO."""

from __future__ import annotations

from aslo_core.api import Context, Offer, Source, git, hook
from aslo_source_git.options import GitOptions
from aslo_source_git.source import GitSource


@hook
def aslo_sources() -> list[Offer[Source]]:
    """Offer `use = "git"`."""
    return [Offer("git", GitOptions, create)]


def create(options: GitOptions, context: Context) -> GitSource:
    """Make the source of `[source.NAME]`.

    Raises:
        ConfigError: the git program of this machine is absent or too old.
    """
    git.check_program()
    allow = git.AllowList.parse(options.allow, f"source.{context.name}.allow")
    return GitSource(context.name, allow, options.limits)
