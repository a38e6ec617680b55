"""A builder is tried with a small activity; what it packs otherwise, or cannot build, is told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import BubblewrapOptions, create

from aslo_core.bundle.limits import InspectionLimits
from aslo_core.errors import ConfigError, ConfigProblem, Transient
from aslo_core.probing.builders import probe_builder
from aslo_core.types import (
    Builder,
    BuildLimits,
    BuildRequest,
    Context,
    InspectionRequest,
    Isolation,
    LogSink,
    Probed,
    Toolchain,
)


@pytest.fixture
def sandbox(tmp_path: Path) -> Builder:
    return create(BubblewrapOptions(), Context("sandbox", tmp_path, tmp_path, "http://localhost"))


def probed(builder: Builder, folder: Path) -> list[Probed]:
    own = folder / "own"
    own.mkdir()
    return list(probe_builder(builder, BuildLimits(), InspectionLimits(), own))


class Wrapped:
    """A builder that does as another one does; each subclass differs in one way."""

    def __init__(self, other: Builder) -> None:
        self.other = other
        self.limits: list[BuildLimits] = []

    @property
    def isolation(self) -> Isolation:
        return self.other.isolation

    @property
    def toolchain(self) -> Toolchain:
        return self.other.toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        self.limits.append(request.limits)
        self.other.build(request, log)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        self.limits.append(request.limits)
        self.other.inspect(request, log)


class AddsAFile(Wrapped):
    def build(self, request: BuildRequest, log: LogSink) -> None:
        super().build(request, log)
        with zipfile.ZipFile(request.bundle, "a") as archive:
            archive.writestr("Hello.activity/more.txt", "something else")


class HasNoImage(Wrapped):
    def build(self, request: BuildRequest, log: LogSink) -> None:
        raise Transient("the image sha256:12 is not there: make it with `aslo builder image build docker`")


class CannotIsolate(Wrapped):
    @property
    def isolation(self) -> Isolation:
        raise ConfigError([ConfigProblem("", 0, "image", "there is none", "make one")])


def test_a_builder_that_is_right_is_good(sandbox: Builder, tmp_path: Path) -> None:
    builder = Wrapped(sandbox)
    rows = probed(builder, tmp_path)
    assert [(row.what, row.verdict) for row in rows] == [("isolation", "good"), ("hello build", "good"), ("inspection", "good")]
    assert sandbox.isolation.level in rows[0].found
    assert all(limits.wall_seconds <= 45 for limits in builder.limits), "it ends by itself what hangs"


def test_one_that_packs_other_files_is_bad(sandbox: Builder, tmp_path: Path) -> None:
    rows = probed(AddsAFile(sandbox), tmp_path)
    assert (rows[-1].what, rows[-1].verdict) == ("inspection", "bad")
    assert "it packs other files" in rows[-1].found


def test_one_without_its_image_says_how_to_make_it(sandbox: Builder, tmp_path: Path) -> None:
    rows = probed(HasNoImage(sandbox), tmp_path)
    assert (rows[-1].what, rows[-1].verdict) == ("hello build", "bad")
    assert "aslo builder image build docker" in rows[-1].found


def test_one_that_cannot_isolate_builds_nothing(sandbox: Builder, tmp_path: Path) -> None:
    (row,) = probed(CannotIsolate(sandbox), tmp_path)
    assert (row.what, row.verdict, row.cure) == ("isolation", "bad", "make one")
