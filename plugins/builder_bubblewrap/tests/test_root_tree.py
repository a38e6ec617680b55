"""A sandbox on a root tree: the same bytes as from Docker, on every machine, and nothing of the host's files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import BubblewrapOptions
from aslo_builder_bubblewrap.builder import BubblewrapBuilder
from aslo_builder_bubblewrap.choice import create
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.root_tree import runtime_of_tree
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.testing import Attacker, SandboxJail

from aslo_core.api import Builder, ConfigError, Context, rootfs
from aslo_core.testing.builder import BuilderContract
from aslo_core.testing.escapes import EscapeContract
from aslo_core.testing.jail import Jail


@pytest.fixture
def context(install: Callable[[Path], Context], system_sandbox: Confinement, tmp_path: Path) -> Context:
    """An installation of its own."""
    return install(tmp_path)


class TestSandboxOnARootTree(BuilderContract):
    @pytest.fixture
    def builder(self, on_tree: BubblewrapBuilder) -> Builder:
        return on_tree

    def test_is_named_by_its_digest(self, builder: Builder, root_tree: rootfs.RootTree) -> None:
        assert builder.toolchain.image == root_tree.digest
        assert builder.toolchain.runtime == root_tree.manifest.runtime


class TestEscapes(EscapeContract):
    @pytest.fixture
    def jail(self, attacker: Attacker, system_sandbox: Confinement, root_tree: rootfs.RootTree) -> Jail:
        assert isinstance(system_sandbox, Sandbox)
        return SandboxJail(attacker, replace(system_sandbox, runtime=runtime_of_tree(), root=root_tree.folder))


def test_a_tree_that_was_changed_is_refused(root_tree: rootfs.RootTree, context: Context) -> None:
    (place,) = (context.data / "rootfs").iterdir()
    (place / "usr/bin/new").write_text("")
    with pytest.raises(ConfigError, match="was changed"):
        create(BubblewrapOptions(image=root_tree.digest), context)


def test_a_tree_that_is_not_there_is_told_with_its_cure(context: Context) -> None:
    with pytest.raises(ConfigError, match="aslo builder image build"):
        create(BubblewrapOptions(image="sha256:" + "0" * 64), context)


def test_a_tree_is_made_and_shown(root_tree: rootfs.RootTree, context: Context) -> None:
    shutil.rmtree(context.data)
    made = create(BubblewrapOptions(), context).build_image(lambda _line: None)
    assert (made.digest, made.pinned) == (root_tree.digest, False)
    shown = create(BubblewrapOptions(image=made.digest), context).image()
    assert (shown.digest, shown.pinned, shown.packages) == (made.digest, True, root_tree.manifest.packages)
