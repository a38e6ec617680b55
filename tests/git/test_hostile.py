"""What repositories made to do harm come to. Every one of them is written with git's plumbing and fetched with real git."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core import git
from aslo_core.errors import Permanent
from aslo_core.testing.repository import DIRECTORY, FILE, LINK, SUBMODULE, Entry, GitPlumbing

FetchTag = Callable[..., git.Checkout]

ELSEWHERE = "0123456789" * 4


def rule_of(fetch_tag: FetchTag, limits: git.Limits | None = None) -> str:
    with pytest.raises(Permanent) as caught:
        fetch_tag(limits=limits)
    return caught.value.rule


def test_links_become_files_that_hold_their_text(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", {"secret": b"/etc/passwd", "up": b"../../..", "a": b"1"}, {"secret": LINK, "up": LINK})

    checkout = fetch_tag()

    assert checkout.links == ("secret", "up")
    assert not any((checkout.tree / path).is_symlink() for path in checkout.files)
    assert (checkout.tree / "secret").read_bytes() == b"/etc/passwd"


def test_a_link_to_a_file_of_the_commit_is_that_file(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    files = {"sounds/tick.wav": b"../../tick.wav", "tick.wav": b"assets/../sounds/tock.wav", "sounds/tock.wav": b"RIFF"}
    files |= {"a/b": b"../tick.wav", "round": b"about", "about": b"round", "folder": b"sounds", "gone": b"nowhere"}
    links = dict.fromkeys(("sounds/tick.wav", "tick.wav", "a/b", "round", "about", "folder", "gone"), LINK)
    repository.release("v1", files, links)

    checkout = fetch_tag()

    assert checkout.links == ("about", "folder", "gone", "round", "sounds/tick.wav")
    assert (checkout.tree / "tick.wav").read_bytes() == (checkout.tree / "a/b").read_bytes() == b"RIFF"
    assert (checkout.tree / "sounds/tick.wav").read_bytes() == b"../../tick.wav", "it leads out of the repository"
    assert not any((checkout.tree / path).is_symlink() for path in checkout.files)


def test_links_cannot_multiply_a_large_file(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    files = {"large": b"x" * 10_000} | {f"link{number}": b"large" for number in range(20)}
    repository.release("v1", files, dict.fromkeys((path for path in files if path != "large"), LINK))

    assert rule_of(fetch_tag, git.Limits(tree_bytes=100_000)) == "source.too-large"


def test_nothing_is_written_through_a_link(repository: GitPlumbing, fetch_tag: FetchTag, tmp_path: Path) -> None:
    target = tmp_path / "outside"
    target.mkdir()
    link = Entry(LINK, b"a", repository.blob(str(target).encode()))
    folder = Entry(DIRECTORY, b"a", repository.tree([Entry(FILE, b"b", repository.blob(b"gotcha"))]))
    repository.point("refs/tags/v1", repository.commit(repository.tree([link, folder])))

    assert rule_of(fetch_tag) in ("source.object-damaged", "source.path-clash")
    assert not any(target.iterdir())


def test_attributes_change_no_byte(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    attributes = b"""\
* text eol=crlf
*.id ident
*.utf16 working-tree-encoding=UTF-16
*.filtered filter=evil
*.lfs filter=lfs diff=lfs merge=lfs -text
secret export-ignore
*.subst export-subst
"""
    files = {
        ".gitattributes": attributes,
        "text": b"one\ntwo\n",
        "a.id": b"$Id$\n",
        "a.utf16": "\u00e9\n".encode(),
        "a.filtered": b"as it is\n",
        "a.lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "secret": b"exported\n",
        "a.subst": b"$Format:%H$\n",
    }
    repository.release("v1", files)

    checkout = fetch_tag()

    assert {path: (checkout.tree / path).read_bytes() for path in checkout.files} == files


def test_submodules_are_empty_directories(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    modules = b'[submodule "x"]\n\tpath = lib/x\n\turl = https://example.org/x.git\n'
    repository.release("v1", {".gitmodules": modules, "lib/x": ELSEWHERE.encode()}, {"lib/x": SUBMODULE})

    checkout = fetch_tag()

    assert checkout.files == (".gitmodules",)
    assert not any((checkout.tree / "lib/x").iterdir())


def test_no_hook_and_no_setting_of_anybody_runs(
    repository: GitPlumbing, fetch_tag: FetchTag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    script = tmp_path / "hooks" / "post-checkout"
    script.parent.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc", "fsmonitor-watchman"):
        (script.parent / name).write_text(f"#!/bin/sh\ntouch {witness}\n")
        (script.parent / name).chmod(0o755)
    settings = tmp_path / ".gitconfig"
    settings.write_text(
        f'[core]\n hooksPath = {script.parent}\n fsmonitor = {script}\n[filter "evil"]\n smudge = touch {witness}\n'
        f'[url "ext::touch {witness}"]\n insteadOf = file://\n[protocol]\n allow = always\n'
    )
    repository.release("v1", {".gitattributes": b"* filter=evil\n", "hooks/post-checkout": b"#!/bin/sh\n"})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(settings))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.hooksPath'='{script.parent}'")
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXEC_PATH", str(script.parent))

    fetch_tag()

    assert not witness.exists()


@pytest.mark.parametrize(
    "name",
    [
        *(b"..", b".", b"/etc", b"../x", b"a/../../x"),
        *(b".git", b".GIT", b"git~1", b".git ", b".git.", b".git::$INDEX_ALLOCATION", b".g\xe2\x80\x8cit"),
        *(b"a\\b", b"a\nb", b"a\x1bb", b"\xff", b"\xc2\x85"),
    ],
    ids=repr,
)
def test_names_that_lead_elsewhere(repository: GitPlumbing, fetch_tag: FetchTag, tmp_path: Path, name: bytes) -> None:
    before = sorted(tmp_path.rglob("x"))
    repository.point("refs/tags/v1", repository.commit(repository.tree([Entry(FILE, name, repository.blob(b"gotcha"))])))

    assert rule_of(fetch_tag) in ("source.path-unsafe", "source.object-damaged")
    assert sorted(tmp_path.rglob("x")) == before


@pytest.mark.parametrize("folder", [b"..", b".git", b"a\\b"], ids=repr)
def test_folders_that_lead_elsewhere(repository: GitPlumbing, fetch_tag: FetchTag, folder: bytes) -> None:
    inner = repository.tree([Entry(FILE, b"config", repository.blob(b"gotcha"))])
    repository.point("refs/tags/v1", repository.commit(repository.tree([Entry(DIRECTORY, folder, inner)])))

    assert rule_of(fetch_tag) in ("source.path-unsafe", "source.object-damaged")


def test_a_path_that_no_system_can_hold(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", {"/".join(["d" * 200] * 6): b""})

    assert rule_of(fetch_tag) == "source.path-too-long"


def test_names_that_differ_in_case_alone_are_two_files(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", {"README": b"1", "readme": b"2"})

    assert fetch_tag().files == ("README", "readme")


def test_a_fetch_that_grows_too_large_is_stopped_and_told(repository: GitPlumbing, fetch_tag: FetchTag, into: Path) -> None:
    repository.release("v1", {"large": os.urandom(4 << 20)})

    with pytest.raises(Permanent, match="limit is 1,000,000") as caught:
        fetch_tag(limits=git.Limits(transfer_bytes=1_000_000))
    assert caught.value.rule == "source.too-large"
    assert not any(into.iterdir())


def test_a_small_pack_that_unpacks_to_a_large_file(repository: GitPlumbing, fetch_tag: FetchTag, into: Path) -> None:
    repository.release("v1", {"bomb": bytes(40 << 20)})

    with pytest.raises(Permanent, match="41,943,040 bytes; the limit is 1,048,576"):
        fetch_tag(limits=git.Limits(tree_bytes=1 << 20))
    assert not any(into.iterdir())


def test_a_few_trees_that_name_a_billion_files(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    tree = repository.tree([Entry(FILE, b"f", repository.blob(b""))])
    for _ in range(9):
        tree = repository.tree([Entry(DIRECTORY, b"%d" % number, tree) for number in range(10)])
    repository.point("refs/tags/v1", repository.commit(tree))
    started = time.monotonic()

    assert rule_of(fetch_tag, git.Limits(files=1000)) == "source.too-large"
    assert time.monotonic() - started < 20


def test_more_files_than_allowed(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.release("v1", {str(number): b"" for number in range(12)})

    assert rule_of(fetch_tag, git.Limits(files=11)) == "source.too-large"


def test_a_shared_tree_that_lies_in_more_folders_than_allowed(repository: GitPlumbing, fetch_tag: FetchTag, into: Path) -> None:
    """A few trees in the repository, each of which every file has below folders of its own."""
    tree = repository.tree([Entry(FILE, b"f", repository.blob(b""))])
    for _ in range(9):
        tree = repository.tree([Entry(DIRECTORY, b"a", tree)])
    tree = repository.tree([Entry(DIRECTORY, b"%d" % number, tree) for number in range(4)])
    repository.point("refs/tags/v1", repository.commit(tree))

    assert rule_of(fetch_tag, git.Limits(files=39)) == "source.too-large"
    assert not any(into.iterdir())
    assert len(fetch_tag(limits=git.Limits(files=40)).files) == 4


def test_a_device_becomes_no_device(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    repository.point("refs/tags/v1", repository.commit(repository.tree([Entry(0o020666, b"tty", repository.blob(b""))])))

    checkout = fetch_tag()

    assert checkout.files == ()
    assert (checkout.tree / "tty").is_dir()


def test_what_old_versions_of_git_wrote_is_taken(repository: GitPlumbing, fetch_tag: FetchTag) -> None:
    tree = repository.tree([Entry(0o100664, b"group-writable", repository.blob(b"1"))])
    repository.point("refs/tags/v1", repository.commit(tree, author="Ada <ada@example.org> 1200000000 -051800"))

    assert fetch_tag().files == ("group-writable",)
