"""What every builder and source has to do that is `Interruptible`, beside all that the others do: suites to adopt instead.

Each is adopted as `BuilderContract` or `SourceContract` is, with the same fixtures.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TypeVar

import pytest

from aslo_core.api import Builder, Interruptible, Source, Stopped
from aslo_core.testing.builder import SOURCE, Build, BuilderContract
from aslo_core.testing.processes import all_gone, children
from aslo_core.testing.source import ReleaseOnHost, SourceContract, fetch

AT_ONCE_S = 1.0
"""A build that was told to stop has ended after so many seconds."""

_BEGUN_S = 0.3
_LONG_BYTES = 96 << 20
"""A source that large takes seconds to pack."""

T = TypeVar("T")


class InterruptibleBuilderContract(BuilderContract):
    """Adopt by a subclass that overrides the fixture `builder`."""

    def test_a_build_that_is_told_to_stop_ends_at_once_and_leaves_nothing(self, builder: Builder, tmp_path: Path) -> None:
        """No process, no file, and a builder that goes on building."""
        before, stop, told = set(children()), threading.Event(), []

        def tell() -> None:
            told.append(time.monotonic())
            stop.set()

        folder = tmp_path / "interrupted"
        folder.mkdir()
        build = Build(until(builder, stop), folder)
        noise = os.urandom(_LONG_BYTES)
        with pytest.raises(Stopped):
            build.of({**SOURCE, "data/noise": noise}, begun=threading.Timer(_BEGUN_S, tell).start)
        assert time.monotonic() - told[0] < AT_ONCE_S
        assert [path.name for path in folder.iterdir()] == ["source.tar"]
        assert all_gone(lambda: sorted(set(children()) - before))
        assert Build(builder, folder).of(SOURCE)

    def test_one_that_was_told_before_begins_nothing(self, builder: Builder, tmp_path: Path) -> None:
        """Whoever asked for it may have been slow."""
        build = Build(until(builder, told()), tmp_path)
        with pytest.raises(Stopped):
            build.of(SOURCE)
        assert not build.bundle.exists()

    def test_an_inspection_is_ended_as_well(self, builder: Builder, tmp_path: Path) -> None:
        """As a build is."""
        build = Build(builder, tmp_path)
        build.of(SOURCE)
        with pytest.raises(Stopped):
            build.inspect(until(builder, told()))


class InterruptibleSourceContract(SourceContract):
    """Adopt by a subclass that gives the fixtures `source` and `release`."""

    def test_a_fetch_that_is_told_to_stop_leaves_nothing(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """No process, and a source that goes on fetching."""
        before = set(children())
        with pytest.raises(Stopped):
            fetch(until(source, told()), release.announcement, tmp_path / "into" / "1")
        assert all_gone(lambda: sorted(set(children()) - before))
        assert fetch(source, release.announcement, tmp_path / "into" / "2").commit == release.commit


def told() -> threading.Event:
    """Give what has been set already."""
    stop = threading.Event()
    stop.set()
    return stop


def until(plugin: T, stop: threading.Event) -> T:
    """Give what works like this one until it is told to stop."""
    assert isinstance(plugin, Interruptible)
    ending: T = plugin.until(stop)
    return ending
