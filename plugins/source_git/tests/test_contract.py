from pathlib import Path

import pytest
from aslo_source_git import create
from aslo_source_git.options import GitOptions

from aslo_core.api import Context, Person, Source
from aslo_core.testing.interrupting import InterruptibleSourceContract
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.source import ReleaseOnHost, SubmittableSourceContract

FILES = {"activity/activity.info": b"[Activity]\r\n", "README": b"", "\u00e9/a b": b"\x00\xff"}


class TestContract(InterruptibleSourceContract, SubmittableSourceContract):
    @pytest.fixture
    def host(self, tmp_path: Path) -> GitPlumbing:
        return GitPlumbing(tmp_path / "host" / "maze.git")

    @pytest.fixture
    def source(self, host: GitPlumbing, tmp_path: Path) -> Source:
        return create(GitOptions(allow=(host.path.parent.as_uri(),)), Context("git", tmp_path, tmp_path, ""))

    @pytest.fixture
    def address(self, host: GitPlumbing) -> str:
        return host.address

    @pytest.fixture
    def release(self, host: GitPlumbing, tmp_path: Path) -> ReleaseOnHost:
        commit = host.commit(host.files(FILES))
        host.annotate("v1", commit)
        source = create(GitOptions(allow=(host.path.parent.as_uri(),)), Context("git", tmp_path, tmp_path, ""))
        return ReleaseOnHost(source.announce(host.address, "v1", Person(login="ada")), commit, FILES)
