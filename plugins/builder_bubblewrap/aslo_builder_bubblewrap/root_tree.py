"""Building in a root tree: made once, kept in ASLO's data folder, named by its digest."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aslo_builder_bubblewrap.options import BubblewrapOptions
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_core.api import (
    AsloError,
    BuilderImage,
    ConfigError,
    ConfigProblem,
    ConfinedProgram,
    Context,
    Toolchain,
    failpoint,
    rootfs,
)


class RootTrees:
    """The root trees of an installation.

    Args:
        options: name the one in use.
        context: tells where they are kept.
    """

    def __init__(self, options: BubblewrapOptions, context: Context) -> None:
        self._options = options
        self._folder = context.data / "rootfs"

    def in_use(self) -> rootfs.RootTree | None:
        """The tree that is configured, after a look at every byte of it; None where none is.

        Raises:
            ConfigError: it is not there, or was changed.
        """
        digest = self._options.image
        if digest is None:
            return None
        try:
            return rootfs.read_tree(self._place(digest), digest)
        except AsloError as error:
            raise _problem(
                str(error), "leave the key out while `aslo builder image build` runs, then write what it tells"
            ) from error

    def described(self) -> BuilderImage:
        """Describe the tree that is configured.

        Raises:
            ConfigError: none is, or it is not there.
        """
        tree = self.in_use()
        if tree is None:
            raise _problem(
                "no root tree is named", "what `aslo builder image build` tells; builds use the Python that runs ASLO"
            )
        return self.describe(tree)

    def make(self, say: Callable[[str], None]) -> BuilderImage:
        """Make a tree of what is installed now.

        Raises:
            Transient: the packages could not be had.
            AsloError: this machine cannot make one, or somebody makes one just now.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(self._folder):
            partial = self._folder / "partial"
            shutil.rmtree(partial, ignore_errors=True)
            made = rootfs.make_tree(partial, say)
            place = self._place(made.digest)
            if _is_whole(place, made.digest):  # builds may run in it
                shutil.rmtree(partial)
            else:
                shutil.rmtree(place, ignore_errors=True)
                failpoint("builder_bubblewrap.root-tree.before")
                partial.rename(place)
                failpoint("builder_bubblewrap.root-tree.after")
        return self.describe(made)

    def describe(self, tree: rootfs.RootTree) -> BuilderImage:
        """Describe a tree as an image."""
        return BuilderImage(
            digest=tree.digest,
            packages=tree.manifest.packages,
            toolchain=toolchain_of(tree),
            pinned=tree.digest == self._options.image,
        )

    def _place(self, digest: str) -> Path:
        return self._folder / digest.removeprefix("sha256:")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep others from making a tree in a folder for the time of a block.

    Raises:
        AsloError: somebody does.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AsloError(f"another `aslo builder image build` makes a root tree in {folder}: wait for its end") from None
        yield
    finally:
        os.close(descriptor)


def _is_whole(place: Path, digest: str) -> bool:
    with suppress(AsloError):
        rootfs.read_tree(place, digest)
        return True
    return False


def _problem(found: str, allowed: str) -> ConfigError:
    return ConfigError([ConfigProblem(file="", line=0, key="image", found=found, allowed=allowed)])


def toolchain_of(tree: rootfs.RootTree) -> Toolchain:
    """The packer in a tree."""
    return rootfs.packer_in_tree(tree.manifest.packer, tree.manifest.runtime, tree.digest)


def setup_toolchain_of(tree: rootfs.RootTree) -> Toolchain:
    """A repository's own `setup.py`, run in a tree."""
    return rootfs.setup_in_tree(tree.manifest.packages, tree.manifest.runtime, tree.digest)


def setup_program() -> ConfinedProgram:
    """What runs a repository's own `setup.py`, which there is in a root tree alone."""
    return ConfinedProgram(module=rootfs.SETUP_BUILDER, readable=(), roots=(rootfs.PROGRAMS,))


def runtime_of_tree() -> Runtime:
    """The Python of a root tree, by its names inside; nothing of it has to be shown one by one."""
    return Runtime(executable=Path(rootfs.PYTHON), folders=(), libraries=(), launcher=rootfs.LAUNCHER)


def of_tree(program: ConfinedProgram) -> ConfinedProgram:
    """A program as a root tree has it, by its names inside."""
    return ConfinedProgram(module=program.module, readable=(), roots=(rootfs.PROGRAMS,))
