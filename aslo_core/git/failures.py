"""What a complaint of git's means: whose fault it is, and whether to try again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aslo_core.errors import AsloError, Permanent, Transient

_MAX_QUOTE = 300
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_LIMIT = re.compile(r"died of signal 25|file too large|out of memory|(malloc|mmap) failed|cannot allocate", re.IGNORECASE)
_NO_ACCESS = re.compile(r"could not read (Username|Password)|Authentication failed|returned error: 401")


@dataclass(frozen=True)
class _Meaning:
    """A pattern of git's words, and the rule they tell of; `found` may name `{address}` and `{wanted}`."""

    words: re.Pattern[str]
    rule: str
    found: str
    cure: str


_NO_REPOSITORY = _Meaning(
    re.compile(r"repository '.*' not found|does not appear to be a git repository|returned error: (404|410|451)"),
    "source.repository-missing",
    "There is no public repository at {address}",
    "Check the address, and that the repository is public or this source has a token for it.",
)

_MEANINGS = (
    _Meaning(
        re.compile(r"couldn't find remote ref|no such remote ref"),
        "source.tag-missing",
        "There is no {wanted} in {address}",
        "Push the tag, then publish the release again.",
    ),
    _Meaning(
        re.compile(r"not our ref|unadvertised object|remote did not send all necessary objects"),
        "source.commit-missing",
        "{address} does not hand out the {wanted}",
        "Push the commit with its tag, then publish the release again.",
    ),
    _NO_REPOSITORY,
    _Meaning(
        re.compile(r"returned error: 30\d|update url base from redirection"),
        "source.repository-moved",
        "{address} sends git to another address, which is not followed",
        "Use the repository's present address.",
    ),
    _Meaning(
        re.compile(
            r"fsck error|error: object [0-9a-f]+: \w+:|SHA1 COLLISION|is corrupt|inflate returned|bad object|too-short tree"
        ),
        "source.object-damaged",
        "{address} has an object that git's own check refuses",
        "Run `git fsck` on the repository, mend what it names, and release again.",
    ),
    _Meaning(
        re.compile(r"mismatched algorithms|(unsupported|unknown) object format|does not support (shallow|--depth)"),
        "source.server-unsupported",
        "{address} cannot serve one commit alone by its SHA-1 name",
        "Release from a repository with SHA-1 names on a server that speaks git's smart protocol.",
    ),
)


def failure(address: str, wanted: str, complaint: str, *, signed_in: bool, file_bytes: int, memory_bytes: int) -> AsloError:
    """Turn what git wrote to standard error when a fetch failed into an error of ours.

    Args:
        address: what was fetched from.
        wanted: the tag or commit, in words.
        complaint: the end of standard error, in English (`LC_ALL=C`). Lines that begin with `remote:` are the other side's
            own words, with which it could pretend anything; they are left out.
        signed_in: whether a token was sent.
        file_bytes: how large a file could get while fetching.
        memory_bytes: how much memory git could take.

    Returns:
        The error to raise.
    """
    own = "\n".join(line for line in complaint.splitlines() if not line.startswith("remote:"))
    said = f"git said: {_quote(own)}"
    if _LIMIT.search(own):
        limits = f"a file of more than {file_bytes:,} bytes (fetch_mib) or more than {memory_bytes:,} bytes of memory"
        return too_large(f"unpacking it needs {limits}; {said}")
    if _NO_ACCESS.search(own):
        if signed_in:
            return Transient(f"{address} refuses the token of this source, which its operator has to replace; {said}")
        return _permanent(_NO_REPOSITORY, address, wanted, said)
    for meaning in _MEANINGS:
        if meaning.words.search(own):
            return _permanent(meaning, address, wanted, said)
    return Transient(f"The {wanted} could not be fetched from {address}; {said}")


def too_large(found: str) -> Permanent:
    """Tell the developer that a limit on size was reached."""
    return Permanent(
        "source.too-large",
        f"The repository is too large: {found}.",
        "Remove large files from the release's commit, or ask the operator for a higher limit.",
    )


def _permanent(meaning: _Meaning, address: str, wanted: str, said: str) -> Permanent:
    return Permanent(meaning.rule, f"{meaning.found.format(address=address, wanted=wanted)}; {said}.", meaning.cure)


def _quote(own: str) -> str:
    lines = [line for line in own.splitlines() if line.strip()] or ["nothing"]
    telling = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1])
    return _UNPRINTABLE.sub(" ", telling)[:_MAX_QUOTE].rstrip(". ")
