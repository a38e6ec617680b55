"""A repository's own `setup.py` runs in the sandbox on a root tree, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from aslo_builder_bubblewrap import BubblewrapOptions
from aslo_builder_bubblewrap.builder import BubblewrapBuilder
from aslo_builder_bubblewrap.choice import create
from aslo_builder_bubblewrap.confinement import Confinement

from aslo_core.api import Builder, ConfigError, Context
from aslo_core.testing.builder import BuilderContract
from aslo_core.testing.jail import Cell
from aslo_core.testing.reach import ReachContract
from aslo_core.testing.setup_scripts import SetupCell, SetupContract


class TestSetup(SetupContract):
    @pytest.fixture
    def builder(self, on_tree: BubblewrapBuilder) -> Builder:
        return on_tree


class TestContract(BuilderContract):
    """What every builder has to do holds for `setup.py` as well."""

    @pytest.fixture
    def builder(self, on_tree: BubblewrapBuilder) -> Builder:
        return on_tree.running_setup()


class TestReach(ReachContract):
    """The sandbox is the same."""

    @pytest.fixture
    def jail(self, on_tree: BubblewrapBuilder) -> Cell:
        return SetupCell(on_tree.running_setup())


def test_without_a_root_tree_there_is_nothing_to_run_it_with(system_sandbox: Confinement, tmp_path: Path) -> None:
    context = Context(name="default", directory=tmp_path, data=tmp_path / "data", public_url="http://127.0.0.1")
    with pytest.raises(ConfigError, match=r"image: \[build\] run_setup_for .* no root tree is named; .*image build"):
        create(BubblewrapOptions(), context).running_setup()
