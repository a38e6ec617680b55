"""Releases whose every step goes well: what their workers would record, without anything being done."""

from __future__ import annotations

from dataclasses import dataclass

from aslo_core import events as e
from aslo_core.release import commands as c
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.types import Announcement, Blob


@dataclass(frozen=True)
class Made:
    """What a run comes to.

    Attributes:
        commit: what the tag points to.
        version, bundle_id: what the bundle says of itself.
        content: the bundle's bytes, in a word.
        asset: whether the bundle was attached, rather than built.
    """

    commit: str = "c" * 40
    version: str = "1"
    bundle_id: str = "org.example.Maze"
    content: str = "one"
    asset: bool = False

    @property
    def bundle(self) -> Blob:
        """Name of the bundle's bytes."""
        return values.blob(self.content)


def announce(announcement: Announcement, trigger: str = "published") -> c.Announce:
    """Open a run with two storages."""
    return c.Announce(
        trigger=trigger, announcement=announcement, builder="sandbox", notifiers=("github",), storages=("main", "mirror")
    )


def done(state: ReleaseState, made: Made) -> c.Command:
    """What the worker says that has done the claimed step.

    Raises:
        LookupError: no step is claimed.
    """
    step, _, storage = (state.claimed or "").partition(":")
    attempt = state.attempt
    match step:
        case "fetch":
            return c.Complete(outcome=values.fetched(attempt, made.commit, made.bundle if made.asset else None))
        case "build":
            return c.Complete(outcome=values.built(attempt, made.bundle))
        case "take":
            return c.Complete(outcome=e.BundleTaken(attempt=attempt, name="Maze.xo", bundle=made.bundle))
        case "inspect":
            described = values.metadata(made.bundle_id, made.version)
            return c.Complete(outcome=values.inspected(attempt, described))
        case "reserve":
            return c.Reserve(attempt=attempt)
        case "store":
            stored = e.BundleStored(attempt=attempt, storage=storage, objects=(made.bundle,), address="", verified="backend")
            return c.Complete(outcome=stored)
        case "publish":
            return c.Publish(attempt=attempt)
        case _:
            raise LookupError(f"{state.stream}: no step is claimed")
