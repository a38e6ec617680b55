"""A fetch that is told to stop ends at once, whatever the host does, and leaves no process and no file of git's."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aslo_core import git
from aslo_core.errors import AsloError, Stopped, Transient
from aslo_core.git.links import follow_links
from aslo_core.git.program import Git
from aslo_core.git.tree import Tracked, write_tree
from aslo_core.testing.processes import all_gone, command_lines_with
from aslo_core.testing.repository import GitPlumbing

PATIENCE_S = 60


@pytest.fixture
def silent_host() -> Iterator[socket.socket]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        yield server


def test_a_host_that_says_nothing_holds_up_nobody(silent_host: socket.socket, into: Path):
    address = f"http://127.0.0.1:{silent_host.getsockname()[1]}/maze.git"
    allow = git.AllowList.parse([address])
    remote, stop = git.Remote(git.check_address(address, allow), allow), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(git.fetch_tag, remote, "v1", into, None, stop)
        with silent_host.accept()[0]:
            stop.set()
            with pytest.raises(Stopped):
                fetching.result(PATIENCE_S)
    assert list(into.iterdir()) == []
    assert all_gone(lambda: command_lines_with(str(into)))


def told_to_stop(program: Git) -> None:
    program._stop.set()


def without_time(program: Git) -> None:
    program._deadline = time.monotonic()


ENDINGS = [(told_to_stop, Stopped), (without_time, Transient)]


@pytest.mark.parametrize(("end", "ending"), ENDINGS)
def test_the_making_of_folders_ends(tmp_path: Path, into: Path, end: Callable[[Git], None], ending: type[AsloError]):
    program = Git(tmp_path, git.Limits(), {}, threading.Event())
    end(program)
    entries = [Tracked("a/b/f", 0o100644, "0" * 40, 0)]
    with pytest.raises(ending):
        write_tree(program, entries, into / "tree")
    assert list((into / "tree").iterdir()) == []


@pytest.mark.parametrize(("end", "ending"), ENDINGS)
def test_the_following_of_links_ends(tmp_path: Path, into: Path, end: Callable[[Git], None], ending: type[AsloError]):
    program = Git(tmp_path, git.Limits(), {}, threading.Event())
    end(program)
    (into / "file").write_bytes(b"RIFF")
    (into / "link").write_bytes(b"file")
    entries = [Tracked("file", 0o100644, "0" * 40, 4), Tracked("link", 0o120000, "1" * 40, 4)]
    with pytest.raises(ending):
        follow_links(program, entries, into, git.Limits())
    assert (into / "link").read_bytes() == b"file"


def test_what_is_read_of_git_ends_as_well(repository: GitPlumbing, tmp_path: Path):
    """Here of one that waits for a request that never comes to its end."""
    stop = threading.Event()
    program = Git(tmp_path, git.Limits(), {}, stop)
    endless = tmp_path / "request"
    with ThreadPoolExecutor(1) as pool, program.reading("-c", "alias.wait=!exec sleep 1000", "wait", request="") as stream:
        reading = pool.submit(stream.read)
        stop.set()
        assert reading.result(PATIENCE_S) == b""
    assert endless.exists()
