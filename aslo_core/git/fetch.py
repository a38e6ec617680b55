"""Fetching exactly one commit and writing its files."""

from __future__ import annotations

import base64
import re
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from aslo_core.errors import AsloError, Permanent, Stopped, Transient
from aslo_core.git.addresses import NO_EXCEPTIONS, Address, AllowList, resolve
from aslo_core.git.failures import failure
from aslo_core.git.links import follow_links
from aslo_core.git.names import check_commit, check_tag
from aslo_core.git.program import Git, Limits
from aslo_core.git.tree import parse_listing, write_tree
from aslo_core.types import Secret

_OURS = "refs/aslo/wanted"
_MAX_NAME = 100
_MAX_COMMIT_BYTES = 1 << 20
_LISTING_BYTES_PER_FILE = 1200  # the longest path, and what `ls-tree` writes before it


@dataclass(frozen=True)
class Remote:
    """A repository to fetch from.

    Attributes:
        address: where it is, as `check_address` read it.
        allow: which addresses may be fetched beside public `https:` ones.
        token: sent as HTTP basic authentication to this address alone, or None.
        user: the user's name beside the token; `x-access-token` is GitHub's word for any token, and other hosts look at the
            token alone.
        ca_file: certificates (PEM) that sign the server's, for one with an authority of its own, or None.
    """

    address: Address
    allow: AllowList = NO_EXCEPTIONS
    token: Secret | None = None
    user: str = "x-access-token"
    ca_file: Path | None = None


@dataclass(frozen=True)
class Checkout:
    """A commit's files.

    Attributes:
        address: where it was fetched from.
        commit: full hexadecimal name of the commit, peeled from an annotated tag.
        tag_object: full hexadecimal name of the annotated tag; empty where what was fetched is no such tag.
        tree: directory with the files as git stores them: no `.git`; links that lead to none of them as files with their text;
            submodules as empty directories.
        files: paths of the files, relative, `/`-separated, sorted bytewise; submodules are not among them.
        links: those of `files` that are symbolic links and lead to no file of the commit.
        author: name of the commit's author without an e-mail address, or empty.
    """

    address: Address
    commit: str
    tag_object: str
    tree: Path
    files: tuple[str, ...]
    links: tuple[str, ...]
    author: str


def fetch_tag(
    remote: Remote, tag: str, into: Path, limits: Limits | None = None, stop: threading.Event | None = None
) -> Checkout:
    """Fetch the commit that a tag points to, and write its files to `into / "tree"`.

    Args:
        remote: where from.
        tag: name of the tag, without `refs/tags/`.
        into: an existing directory without an entry `tree` or `git`.
        limits: what it may use; None for the defaults.
        stop: ends it once it is set, if given.

    Raises:
        Stopped: `stop` was set.
        Permanent: the tag or repository is not there, a limit is reached, a path is unsafe, the address is not allowed …
        Transient: the host cannot be reached, refuses the token, or was too slow.
    """
    check_tag(tag)
    return _fetch(remote, f"refs/tags/{tag}", f"tag {tag!r}", into, limits or Limits(), stop or threading.Event())


def fetch_commit(
    remote: Remote, commit: str, into: Path, limits: Limits | None = None, stop: threading.Event | None = None
) -> Checkout:
    """Fetch the commit of this full hexadecimal name; otherwise as `fetch_tag`.

    Raises:
        Permanent: as `fetch_tag`; the name is malformed or the host does not hand the commit out.
        Transient, Stopped: as `fetch_tag`.
    """
    check_commit(commit)
    checkout = _fetch(remote, commit, f"commit {commit}", into, limits or Limits(), stop or threading.Event())
    if checkout.commit != commit:
        raise Permanent("source.commit-missing", f"{commit} is no commit.", "Release from a tag that points to a commit.")
    return checkout


def _failure(remote: Remote, wanted: str, complaint: str, limits: Limits) -> AsloError:
    return failure(
        str(remote.address),
        wanted,
        complaint,
        signed_in=remote.token is not None,
        file_bytes=limits.transfer_bytes,
        memory_bytes=limits.memory_bytes,
    )


def _fetch(remote: Remote, ref: str, wanted: str, into: Path, limits: Limits, stop: threading.Event) -> Checkout:
    scratch = into / "git"
    scratch.mkdir(mode=0o700)
    try:
        git = Git(scratch, limits, _settings(remote), stop, _safe_directory(remote.address))
        depth = ("--depth=1", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
        result = git.run("fetch", "--quiet", *depth, "--", str(remote.address), f"+{ref}:{_OURS}")
        if result.status:
            raise _failure(remote, wanted, result.complaint, limits)
        tag_object = _tag_object(git)
        commit, author = _peel(git, wanted)
        result = git.run(
            "ls-tree", "-r", "-l", "-z", "--full-tree", commit, output_bytes=limits.files * _LISTING_BYTES_PER_FILE
        )
        if result.status:
            raise _failure(remote, wanted, result.complaint, limits)
        entries = parse_listing(result.output.read_bytes(), limits)
        write_tree(git, entries, into / "tree")
        links = follow_links(git, entries, into / "tree", limits)
    except Transient as reason:
        if stop.is_set():  # which is why git ended within a file
            raise Stopped(f"the fetch of {wanted} was told to stop") from reason
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Checkout(
        address=remote.address,
        commit=commit,
        tag_object=tag_object,
        tree=into / "tree",
        files=tuple(entry.path for entry in entries if not entry.is_submodule),
        links=links,
        author=author,
    )


def _settings(remote: Remote) -> dict[str, str]:
    address = remote.address
    settings = {f"protocol.{address.scheme}.allow": "always"}
    ips = resolve(address, remote.allow)
    if ips:
        # What was checked is what is connected to: a second look-up by git could be answered differently.
        targets = ",".join(f"[{ip}]" if ":" in ip else ip for ip in ips)
        settings["http.curloptResolve"] = f"{address.host.strip('[]')}:{address.port}:{targets}"
    if remote.ca_file is not None:
        settings["http.sslCAInfo"] = str(remote.ca_file)
    if remote.token is not None and address.scheme != "file":
        basic = base64.b64encode(f"{remote.user}:{remote.token.get_secret_value()}".encode()).decode()
        settings[f"http.{address}.extraHeader"] = f"Authorization: Basic {basic}"
    return settings


def _safe_directory(address: Address) -> str:
    return str(address.file) if address.scheme == "file" else ""


def _tag_object(git: Git) -> str:
    result = git.run("cat-file", "--batch-check", request=f"{_OURS}\n", output_bytes=_MAX_COMMIT_BYTES)
    name, _, rest = result.output.read_text("ascii", "replace").partition(" ")
    return name if not result.status and rest.startswith("tag ") else ""


def _peel(git: Git, wanted: str) -> tuple[str, str]:
    result = git.run("cat-file", "--batch", request=f"{_OURS}^{{commit}}\n", output_bytes=_MAX_COMMIT_BYTES)
    header, _, commit = result.output.read_bytes().partition(b"\n")
    name, _, rest = header.decode("ascii", "replace").partition(" ")
    if result.status or not rest.startswith("commit "):
        raise Permanent("source.tag-not-a-commit", f"The {wanted} does not point to a commit.", "Tag a commit.")
    return name, author_name(commit)


def author_name(commit: bytes) -> str:
    """Read the author's name from a commit object, without the e-mail address. Pure.

    Args:
        commit: the object as git stores it (see git-commit-tree(1)); UTF-8 unless a header `encoding` says otherwise.

    Returns:
        At most 100 printable characters, or an empty text where there is none or where it is itself an e-mail address.
    """
    headers = commit.partition(b"\n\n")[0]
    author = re.search(rb"^author ([^<\n]*)<", headers, re.MULTILINE)
    encoding = re.search(rb"^encoding ([A-Za-z0-9_.:-]+)$", headers, re.MULTILINE)
    if author is None:
        return ""
    try:
        text = author[1].decode(encoding[1].decode() if encoding else "utf-8", "replace")
    except (LookupError, ValueError):
        text = author[1].decode("utf-8", "replace")
    name = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return "" if "@" in name else name[:_MAX_NAME].rstrip()
