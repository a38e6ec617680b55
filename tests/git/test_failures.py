"""What git's complaints mean."""

import pytest

from aslo_core.errors import AsloError, Permanent, Transient
from aslo_core.git.failures import failure

ADDRESS = "https://git.example.org/x"


def meant(complaint: str, *, signed_in: bool = False) -> AsloError:
    return failure(ADDRESS, "tag 'v9'", complaint, signed_in=signed_in, file_bytes=5_000, memory_bytes=7_000_000)


@pytest.mark.parametrize(
    ("complaint", "rule"),
    [
        ("fatal: couldn't find remote ref refs/tags/v9", "source.tag-missing"),
        ("fatal: remote error: upload-pack: not our ref 00", "source.commit-missing"),
        ("error: Server does not allow request for unadvertised object 00", "source.commit-missing"),
        ("remote: Repository not found.\nfatal: repository 'https://x/y/' not found", "source.repository-missing"),
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", "source.repository-missing"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 301", "source.repository-moved"),
        ("error: object 00: hasDotdot: contains '..'\nfatal: fsck error in packed object", "source.object-damaged"),
        ("fatal: mismatched algorithms: client sha1; server sha256", "source.server-unsupported"),
        ("fatal: dumb http transport does not support shallow capabilities", "source.server-unsupported"),
        ("error: index-pack died of signal 25\nfatal: fetch-pack: invalid index-pack output", "source.too-large"),
        ("fatal: Out of memory, malloc failed (tried to allocate 3000001 bytes)", "source.too-large"),
    ],
)
def test_what_the_developer_can_mend(complaint: str, rule: str) -> None:
    error = meant(complaint)
    assert isinstance(error, Permanent)
    assert error.rule == rule
    assert ADDRESS in error.found or rule == "source.too-large"


@pytest.mark.parametrize(
    "complaint",
    [
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        "fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused",
        "fatal: unable to access 'https://x/': The requested URL returned error: 503",
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
        "fatal: unable to access 'https://x/': server certificate verification failed",
        "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly\nfatal: early EOF",
        "fatal: write error: No space left on device",
        "",
    ],
)
def test_what_may_pass_by_itself(complaint: str) -> None:
    assert isinstance(meant(complaint), Transient)


def test_a_refused_token_is_the_operators_to_mend() -> None:
    error = meant("fatal: Authentication failed for 'https://x/'", signed_in=True)
    assert isinstance(error, Transient)
    assert "operator" in str(error)


def test_the_other_sides_own_words_mean_nothing() -> None:
    assert isinstance(meant("remote: couldn't find remote ref\nfatal: early EOF"), Transient)


def test_what_is_quoted_is_short_and_printable() -> None:
    error = meant("fatal: \x1b[2J" + "x" * 10_000)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 500


def test_limits_are_told_with_their_size() -> None:
    error = meant("error: index-pack died of signal 25")
    assert "a file of more than 5,000 bytes (fetch_mib) or more than 7,000,000 bytes of memory" in str(error)
