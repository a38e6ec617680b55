"""A repository's own `setup.py` runs in a container as the packer does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from aslo_builder_docker import DockerBuilder

from aslo_core.api import Builder
from aslo_core.testing.builder import BuilderContract
from aslo_core.testing.docker_daemon import DockerDaemon
from aslo_core.testing.github import deliver
from aslo_core.testing.jail import Cell
from aslo_core.testing.reach import ReachContract
from aslo_core.testing.setup_scripts import SetupCell, SetupContract
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import OWNER, Stage, commit, make_repository, stage


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


WRITES_A_WORD = """
from pathlib import Path
from sugar3.activity import bundlebuilder
Path("README.md").write_text("made by setup.py")
bundlebuilder.start()
"""


def released(up: Stage, activity: str, owner: str) -> tuple[list[str], bytes]:
    """Release an activity whose `setup.py` writes a word; give the release's timeline and the word in the bundle."""
    repository, tree = make_repository(up.github, up.folder, activity)
    repository = up.github.add_repository(owner, f"{activity}-activity", tree) if owner != OWNER else repository
    (tree / "setup.py").write_text(WRITES_A_WORD)
    (tree / "README.md").write_text("written by hand")
    commit(tree, "Version 1", "v1")
    release = up.github.add_release(repository, "v1", author="ada")
    answer = deliver(up.hook, "release", up.github.release_payload(release), up.secret)
    page = eventually(answer.json()["release_url"], "ended", 60)
    assert page["state"] == "published", page
    offered = get_json(f"{up.url}{page['activity_url']}")["download"]
    with zipfile.ZipFile(io.BytesIO(get_bytes(up.url + offered["url"]))) as bundle:
        (name,) = (name for name in bundle.namelist() if name.endswith("/README.md"))
        return [row["sentence"] for row in page["timeline"]], bundle.read(name)


@pytest.mark.timeout(180)
def test_a_whole_release(docker_daemon: DockerDaemon, image: str, tmp_path: Path) -> None:
    """Of an owner who is listed, and of one who is not: the word in the bundle and the event both tell what was run."""
    builder = f'use = "docker"\nimage = "{image}"\nsocket = "{docker_daemon.socket}"\nwarm = 0'
    with stage(tmp_path / "stage", f'[build]\nrun_setup_for = ["github:{OWNER.upper()}"]\n', builder=builder) as up:
        eventually(f"{up.url}/readyz", "ready")
        timeline, word = released(up, "star-map", OWNER)
        assert word == b"made by setup.py"
        assert any("built by sandbox with setup.py in" in sentence for sentence in timeline), timeline
        timeline, word = released(up, "fraction-garden", "somebody-else")
        assert word == b"written by hand"
        assert any("built by sandbox with aslo-packer in" in sentence for sentence in timeline), timeline
