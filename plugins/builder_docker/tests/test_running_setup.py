"""A repository's own `setup.py` runs in a container as the packer does."""

from __future__ import annotations

import pytest
from aslo_builder_docker import DockerBuilder

from aslo_core.api import Builder
from aslo_core.testing.builder import BuilderContract
from aslo_core.testing.escapes import Cell, ReachContract
from aslo_core.testing.setup_scripts import SetupCell, SetupContract


class TestSetup(SetupContract):
    @pytest.fixture
    def builder(self, builder: DockerBuilder) -> Builder:  # type: ignore[override]
        return builder


class TestContract(BuilderContract):
    """What every builder has to do holds for `setup.py` as well."""

    @pytest.fixture
    def builder(self, builder: DockerBuilder) -> Builder:  # type: ignore[override]
        return builder.running_setup()


class TestReach(ReachContract):
    """The container is the same."""

    @pytest.fixture
    def jail(self, builder: DockerBuilder) -> Cell:
        return SetupCell(builder.running_setup())
