"""`aslo builder image` and `aslo check`, as an operator sees them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from aslo_core.entry_points import installed
from aslo_core.testing.docker_daemon import DockerDaemon
from aslo_core.testing.prepared_aslo import Ended, run_aslo
from aslo_core.testing.services import missing

ABSENT = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Installation:
    """A folder with a configuration."""

    folder: Path

    def configure(self, *lines: str) -> None:
        text = "\n".join(["[server]", "port = 0", "[builder.docker]", 'use = "docker"', *lines])
        build = '[build]\nbuilder = "docker"\n[source.git]\nuse = "git"\n[storage.main]\nuse = "local"\npath = "storage"\n'
        (self.folder / "aslo.toml").write_text(f"{text}\n{build}")

    def aslo(self, *arguments: str) -> Ended:
        return run_aslo(arguments, self.folder, os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, seconds=110)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    if not any((plugin.kind, plugin.use) == ("builder", "docker") for plugin in installed()):
        missing("aslo-builder-docker is not installed")
    return Installation(tmp_path)


def test_an_image_is_made_named_and_used(installation: Installation, docker_daemon: DockerDaemon, image: str) -> None:
    installation.configure(f'socket = "{docker_daemon.socket}"')
    made = installation.aslo("builder", "image", "build")
    assert made.status == 0, made.err
    assert made.out.endswith(f'To build in it, write below [builder.docker] in aslo.toml:\n\n  image = "{image}"\n')
    installation.configure(f'socket = "{docker_daemon.socket}"', f'image = "{image}"')
    shown = installation.aslo("builder", "image", "show")
    assert shown.out.splitlines()[0] == f"image      {image}"
    assert installation.aslo("builder", "image", "show", "docker", "--json").json["pinned"] is True
    checked = installation.aslo("check")
    assert checked.status == 0, checked.err
    assert "isolation of builds: container (Docker " in checked.out


def test_check_tells_that_no_image_is_named(installation: Installation, docker_daemon: DockerDaemon) -> None:
    installation.configure(f'socket = "{docker_daemon.socket}"')
    checked = installation.aslo("check")
    assert checked.status == 2
    assert "aslo.toml:3: builder.docker.image: no image is named to build in; run `aslo builder image build`" in checked.err


def test_check_tells_that_the_image_is_not_there(installation: Installation, docker_daemon: DockerDaemon) -> None:
    installation.configure(f'socket = "{docker_daemon.socket}"', f'image = "{ABSENT}"')
    checked = installation.aslo("check")
    assert checked.status == 0
    assert checked.out.startswith("warning: ")
    assert f"the daemon has no image {ABSENT}: run `aslo builder image build`" in checked.out
    assert installation.aslo("builder", "image", "show").status == 1


def test_check_tells_that_there_is_no_daemon(installation: Installation) -> None:
    installation.configure('socket = "nowhere.sock"', f'image = "{ABSENT}"')
    checked = installation.aslo("check")
    assert checked.status == 0
    assert f"no Docker daemon answers at {installation.folder}/nowhere.sock" in checked.out
    assert "start it" in checked.out


def test_check_tells_of_a_runtime_that_is_not_there(
    installation: Installation, docker_daemon: DockerDaemon, image: str
) -> None:
    installation.configure(f'socket = "{docker_daemon.socket}"', f'image = "{image}"', 'runtime = "runsc-of-nobody"')
    checked = installation.aslo("check")
    assert checked.status == 2
    assert "aslo.toml:7: builder.docker.runtime: the daemon does not know the runtime 'runsc-of-nobody'" in checked.err


def test_a_builder_that_is_not_there_is_told(installation: Installation, docker_daemon: DockerDaemon) -> None:
    installation.configure(f'socket = "{docker_daemon.socket}"')
    ended = installation.aslo("builder", "image", "show", "nobody")
    assert ended.status == 1
    assert "there is no enabled table [builder.nobody]" in ended.err


def test_the_one_that_builds_is_meant_where_none_is_named(installation: Installation, docker_daemon: DockerDaemon) -> None:
    installation.configure(
        f'socket = "{docker_daemon.socket}"', f'image = "{ABSENT}"', "[builder.sandbox]", 'use = "bubblewrap"'
    )
    unnamed, named, other = (installation.aslo("builder", "image", "show", *name) for name in ([], ["docker"], ["sandbox"]))
    assert unnamed.err == named.err != other.err
    assert f"the daemon has no image {ABSENT}" in unnamed.err
