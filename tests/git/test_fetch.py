"""What a fetch brings of an honest repository."""

import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aslo_core import git
from aslo_core.errors import Permanent, Transient
from aslo_core.git.fetch import author_name
from aslo_core.testing.repository import PROGRAM, GitPlumbing

FetchTag = Callable[..., git.Checkout]

FILES = {"activity/activity.info": b"[Activity]\n", "setup.py": b"#!/usr/bin/python3\n", "po/es.po": b"\r\n", "\u00e9.txt": b""}


def test_files_are_written_as_git_keeps_them(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    commit = repository.release("v1", FILES, {"setup.py": PROGRAM})

    checkout = fetch_tag()

    assert checkout.commit == commit
    assert checkout.files == tuple(sorted(FILES, key=str.encode))
    assert {path: (checkout.tree / path).read_bytes() for path in checkout.files} == FILES
    assert os.access(checkout.tree / "setup.py", os.X_OK)
    assert not os.access(checkout.tree / "po/es.po", os.X_OK)


def test_nothing_but_the_tree_is_left(repository: GitPlumbing, fetch_tag: FetchTag, into: Path) -> None:
    repository.release("v1", FILES)

    checkout = fetch_tag()

    assert list(into.iterdir()) == [into / "tree"]
    assert checkout.tree == into / "tree"
    assert not (checkout.tree / ".git").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("name", ["hello.git", "hello/.git"], ids=["bare", "with a working tree"])
def test_a_repository_of_another_owner(tmp_path: Path, into: Path, name: str) -> None:
    repository = GitPlumbing(tmp_path / "served" / name)
    commit = repository.release("v1", FILES)
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, 65534, 65534)
    address = (tmp_path / "served" / name.removesuffix("/.git")).as_uri()
    allow = git.AllowList.parse([address])

    checkout = git.fetch_tag(git.Remote(git.check_address(address, allow), allow), "v1", into)

    assert checkout.commit == commit


@pytest.mark.parametrize("tag", ["v1", "debian/30-0_quozl2", "HEAD.gtk3", "terminal-9", "1.0-\u00e9", "@", "a'b\"c$d;e"])
def test_tags_of_every_lawful_form(repository: GitPlumbing, fetch_tag: FetchTag, tag: str) -> None:
    assert fetch_tag_after(repository, fetch_tag, tag)


def fetch_tag_after(repository: GitPlumbing, fetch_tag: FetchTag, tag: str) -> bool:
    commit = repository.release(tag, FILES)
    return fetch_tag(tag).commit == commit


def test_annotated_tags_are_peeled_to_their_commit(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    commit = repository.commit(repository.files(FILES))
    inner = repository.annotate("inner", commit)
    outer = repository.annotate("v1", inner, "tag")

    checkout = fetch_tag("v1")

    assert (checkout.commit, checkout.tag_object) == (commit, outer)


def test_a_tag_that_is_only_a_name_has_no_object(repository: GitPlumbing, remote: git.Remote, fetch_tag: FetchTag) -> None:
    repository.release("v1", FILES)

    checkout = fetch_tag("v1")

    assert (checkout.address, checkout.tag_object) == (remote.address, "")


def test_a_branch_of_the_same_name_is_not_taken_for_the_tag(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    tagged = repository.release("v1", {"a": b"tagged"})
    repository.point("refs/heads/v1", repository.commit(repository.files({"a": b"branch"})))

    assert fetch_tag().commit == tagged


def test_only_the_newest_commit_is_brought(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    old = repository.commit(repository.files({"old": os.urandom(1 << 20)}))
    new = repository.commit(repository.files({"new": b"1"}), parents=[old])
    repository.point("refs/tags/v1", new)

    assert fetch_tag(limits=git.Limits(transfer_bytes=1 << 19)).files == ("new",)


def test_a_commit_is_fetched_by_its_name(repository: GitPlumbing, remote: git.Remote, into: Path) -> None:
    first = repository.release("v1", {"a": b"1"})
    second = repository.commit(repository.files({"a": b"2"}), parents=[first])
    repository.point("refs/tags/v1", second)

    assert git.fetch_commit(remote, first, into).commit == first


def test_the_name_of_a_tags_object_is_no_commit(repository: GitPlumbing, remote: git.Remote, into: Path) -> None:
    tag = repository.annotate("v1", repository.commit(repository.files(FILES)))

    with pytest.raises(Permanent) as caught:
        git.fetch_commit(remote, tag, into)
    assert caught.value.rule == "source.commit-missing"


def test_many_fetches_at_once(repository: GitPlumbing, remote: git.Remote, tmp_path: Path) -> None:
    commit = repository.release("v1", FILES)
    brought: list[str] = []

    def fetch(number: int) -> None:
        (tmp_path / str(number)).mkdir()
        brought.append(git.fetch_tag(remote, "v1", tmp_path / str(number)).commit)

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert brought == [commit] * 4


@pytest.mark.parametrize(
    ("rule", "tag"),
    [("source.tag-missing", "v2"), ("source.tag-malformed", "--upload-pack=touch x"), ("source.tag-malformed", "a..b")],
)
def test_a_tag_that_is_not_there(repository: GitPlumbing, fetch_tag: FetchTag, rule: str, tag: str) -> None:
    repository.release("v1", FILES)

    with pytest.raises(Permanent) as caught:
        fetch_tag(tag)
    assert caught.value.rule == rule


def test_a_commit_that_is_not_there(repository: GitPlumbing, remote: git.Remote, into: Path) -> None:
    repository.release("v1", FILES)

    with pytest.raises(Permanent) as caught:
        git.fetch_commit(remote, "0123456789" * 4, into)
    assert caught.value.rule == "source.commit-missing"


def test_a_repository_that_is_not_there(repository: GitPlumbing, remote: git.Remote, into: Path) -> None:
    address = git.check_address(f"{repository.address}.not", remote.allow)

    with pytest.raises(Permanent) as caught:
        git.fetch_tag(git.Remote(address, remote.allow), "v1", into)
    assert caught.value.rule == "source.repository-missing"


def test_a_tag_on_something_else_than_a_commit(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.commit(repository.files(FILES))
    repository.point("refs/tags/v1", repository.blob(b"no commit"))

    with pytest.raises(Permanent) as caught:
        fetch_tag()
    assert caught.value.rule == "source.tag-not-a-commit"


def test_the_clock_ends_a_fetch(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", FILES)

    with pytest.raises(Transient, match="not done within"):
        fetch_tag(limits=git.Limits(seconds=0.001))


def test_a_machine_without_git_says_so(
    repository: GitPlumbing, fetch_tag: FetchTag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.release("v1", FILES)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Transient, match="no git program"):
        fetch_tag()


def test_the_author_is_named_without_an_address(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", FILES)

    assert fetch_tag().author == "Ada Example"


@pytest.mark.parametrize(
    ("commit", "name"),
    [
        (b"author Ada <a@b> 1 +0000\n\nx", "Ada"),
        (b"author Andr\xe9 <a@b> 1 +0000\nencoding ISO-8859-1\n\nx", "Andr\u00e9"),
        (b"author Andr\xe9 <a@b> 1 +0000\nencoding no-such\n\nx", "Andr\ufffd"),
        (b"author ada@example.org <ada@example.org> 1 +0000\n\nx", ""),
        (b"author A\x1b[31m\tB <a@b> 1 +0000\n\nx", "A [31m B"),
        (b"author  <a@b> 1 +0000\n\nx", ""),
        (b"tree 1\n\nauthor Mallory <a@b>", ""),
        (b"", ""),
        (b"author Ada <a@b> 1 +0000\nencoding hex\n\nx", "Ada"),
    ],
)
def test_the_authors_name_is_read_from_the_commit(commit: bytes, name: str) -> None:
    assert author_name(commit) == name


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_gets_full_is_said_to_be(repository: GitPlumbing, remote: git.Remote, small_disk: Path) -> None:
    repository.release("v1", {"large": secrets.token_bytes(3 << 20)})
    with pytest.raises(Transient, match=r"git fetch failed in .*: the disk is full; make room on it"):
        git.fetch_tag(remote, "v1", small_disk)
