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
from aslo_builder_bubblewrap.root_tree import RootTrees, runtime_of_tree
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.testing import Attacker, SandboxJail

from aslo_core.api import AsloError, Builder, ConfigError, Context, rootfs
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


class TestMakingOneThatIsThere:
    @pytest.fixture
    def trees(self, context: Context) -> RootTrees:
        return RootTrees(BubblewrapOptions(), context)

    @pytest.fixture(autouse=True)
    def made_again(self, root_tree: rootfs.RootTree, monkeypatch: pytest.MonkeyPatch) -> None:
        def again(folder: Path, _say: Callable[[str], None]) -> rootfs.RootTree:
            shutil.copytree(root_tree.folder, folder, symlinks=True)
            return replace(root_tree, folder=folder)

        monkeypatch.setattr(rootfs, "make_tree", again)

    def test_leaves_it_as_it_is_for_the_builds_that_run_in_it(self, trees: RootTrees, context: Context) -> None:
        (place,) = (context.data / "rootfs").iterdir()
        before = place.stat().st_ino
        trees.make(lambda _line: None)
        assert [tree.stat().st_ino for tree in (context.data / "rootfs").iterdir()] == [before]

    def test_replaces_it_where_it_was_changed(self, trees: RootTrees, context: Context) -> None:
        (place,) = (context.data / "rootfs").iterdir()
        (place / "usr/bin/new").write_text("")
        trees.make(lambda _line: None)
        assert not (place / "usr/bin/new").exists()

    def test_is_refused_to_a_second_one_at_the_same_time(
        self, trees: RootTrees, root_tree: rootfs.RootTree, context: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def meanwhile(folder: Path, say: Callable[[str], None]) -> rootfs.RootTree:
            with pytest.raises(AsloError, match="another `aslo builder image build` makes a root tree"):
                trees.make(say)
            shutil.copytree(root_tree.folder, folder, symlinks=True)
            return replace(root_tree, folder=folder)

        monkeypatch.setattr(rootfs, "make_tree", meanwhile)
        trees.make(lambda _line: None)
