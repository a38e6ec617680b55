"""Where a request may go, and who sees the token."""

import ssl

import pytest
from aslo_source_forgejo.connection import Connection, Peer, covers
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import Secret, Transient


@pytest.mark.parametrize(
    ("url", "below"),
    [
        *(
            (url, True)
            for url in ("https://x.org/git", "https://x.org/git/", "https://x.org:443/git/a", "HTTPS://X.ORG/git/a?b")
        ),
        *(
            (url, False)
            for url in ("https://x.org/", "https://x.org/gitx", "https://x.org/git/../a", "https://x.org/git/%2E%2E/a")
        ),
        *((url, False) for url in ("http://x.org/git/a", "https://x.org:444/git/a", "https://y.org/git/a", "/git/a", "")),
        *((url, False) for url in ("https://x.org@y.org/git/a", "https://y@x.org/git/a", "https://x.org.y.org/git/a")),
        ("https://x.org/git/..\\a", False),
    ],
)
def test_what_lies_below_an_address(url: str, below: bool) -> None:
    assert covers("https://x.org/git", url) == below
    with Connection(Peer("https://x.org/git", Secret("hush"), ssl.create_default_context(), 1)) as connection:
        assert ("Authorization" in connection.headers(url)) == below


@pytest.mark.parametrize("location", ["https://[x", "https://x.org:port/git/a"])
def test_an_address_that_is_none_is_no_fault_of_ours(location: str) -> None:
    with (
        Connection(Peer("https://x.org/git", None, ssl.create_default_context(), 1)) as connection,
        pytest.raises(Transient, match=r"^list: the forge sends to "),
    ):
        connection._followed("https://x.org/git", location, "list")


@given(host=st.from_regex(r"[a-z.@:\\/]{1,12}", fullmatch=True))
def test_no_other_host_is_taken_for_it(host: str) -> None:
    try:
        inside = covers("https://x.org", f"https://{host}/a")
    except ValueError:
        return
    assert not inside or host in ("x.org", "x.org:") or host.startswith(("x.org/", "x.org:/"))
