"""Names of tags and files: pure rules, compared with git's own."""

import subprocess

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from aslo_core.errors import Permanent
from aslo_core.git import check_commit, check_path, check_tag
from aslo_core.git.names import MAX_COMPONENT_BYTES, MAX_PATH_BYTES
from aslo_core.source_limits import MAX_PATH_PARTS

TRICKY = st.text(st.sampled_from("ab./-@{}~^:?*[\\ \x00\n\u00e9") | st.characters(), max_size=8)


def accepts_tag(tag: str) -> bool:
    try:
        check_tag(tag)
    except Permanent:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(TRICKY)
@example("a.lock/b")
@example("@{")
@example("a//b")
def test_an_accepted_tag_is_one_that_git_accepts(tag: str) -> None:
    assume(accepts_tag(tag))
    assert subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=False).returncode == 0


@pytest.mark.parametrize("tag", ["v1", "108.1", "debian/30-0_quozl2", "\u7248\u672c", "@", "a@b", "-".join("abc")])
def test_tags_that_are_accepted(tag: str) -> None:
    assert accepts_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", "-x", "--all", ".a", "a/.b", "a.", "a.lock", "a..b", "a b", "a\nb", "a\u202eb", "\ud800", "a/", "/a", "x" * 256]
)
def test_tags_that_are_refused(tag: str) -> None:
    assert not accepts_tag(tag)


@given(st.binary(max_size=40) | TRICKY.map(lambda text: text.encode("utf-8", "replace")))
def test_an_accepted_path_stays_below_its_directory(raw: bytes) -> None:
    try:
        path = check_path(raw)
    except Permanent:
        return
    assert path.encode() == raw
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
    assert ".git" not in path.casefold().split("/")


@pytest.mark.parametrize("name", [b"", b"a//b", b"a/", b".git/config", b"x/.GiT/y", b".git...", b"GIT~1", b"\xed\xa0\x80"])
def test_paths_that_are_refused(name: bytes) -> None:
    with pytest.raises(Permanent):
        check_path(name)


@pytest.mark.parametrize(
    "name", [b".gitignore", b".gitmodules", b"git", b"a.git", b"..a", b"a..", b"-rf", b"\xc3\xa9", b"a b", b"~"]
)
def test_paths_that_are_accepted(name: bytes) -> None:
    assert check_path(name).encode() == name


def test_the_longest_path_and_one_longer() -> None:
    longest = b"/".join([b"d" * MAX_COMPONENT_BYTES] * 4) + b"x" * (MAX_PATH_BYTES - 4 * MAX_COMPONENT_BYTES - 3)
    with pytest.raises(Permanent, match="path-too-long"):
        check_path(longest)
    assert check_path(b"/".join([b"d" * MAX_COMPONENT_BYTES] * 4))


def test_the_deepest_path_and_one_deeper() -> None:
    deepest = b"a/" * (MAX_PATH_PARTS - 1) + b"f"
    assert check_path(deepest)
    with pytest.raises(Permanent, match="path-too-long"):
        check_path(b"a/" + deepest)


@pytest.mark.parametrize("commit", ["HEAD", "0123abc", "G" * 40, "A" * 40, "a" * 41, "a" * 40 + "\n"])
def test_only_full_names_of_commits_are_taken(commit: str) -> None:
    check_commit("a" * 40)
    with pytest.raises(Permanent, match="commit-malformed"):
        check_commit(commit)
