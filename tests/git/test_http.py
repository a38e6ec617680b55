"""Fetching over HTTP: what is sent to whom."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from aslo_core import git
from aslo_core.errors import AsloError, Permanent, Transient
from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.forgejo import Forgejo
from aslo_core.testing.github import GitHub
from aslo_core.testing.repository import GitPlumbing

TOKEN = "ghs_verysecrettoken"


@dataclass
class Peer:
    """A server that gives one answer to everything and keeps what it was asked."""

    status: int = 404
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer.asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(peer.status)
            for name, value in peer.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        peer.url = f"http://127.0.0.1:{server.server_port}"
        yield peer
        server.shutdown()
        thread.join()


def remote(url: str, path: str, token: str | None = None) -> git.Remote:
    allow = git.AllowList.parse([url])
    return git.Remote(git.check_address(url + path, allow), allow, SecretStr(token) if token else None)


def failed(remote: git.Remote, into: Path) -> AsloError:
    with pytest.raises((Permanent, Transient)) as caught:
        git.fetch_tag(remote, "v1", into)
    assert TOKEN not in str(caught.value)
    assert base64.b64encode(TOKEN.encode()).decode()[4:-4] not in str(caught.value)
    return caught.value


def test_a_tag_and_a_commit_over_http(repository: GitPlumbing, tmp_path: Path, into: Path) -> None:
    commit = repository.release("v1", {"a": b"1"})
    with GitHub(tmp_path / "github", tokens={TOKEN: "aslo-bot"}) as github:
        github.add_repository("ada", "hello", repository.path, private=True)
        there = remote(github.url, "/ada/hello.git", TOKEN)
        assert git.fetch_tag(there, "v1", into).commit == commit
        (tmp_path / "again").mkdir()
        assert git.fetch_commit(there, commit, tmp_path / "again").files == ("a",)


def test_a_certificate_of_ones_own_is_trusted_for_that_remote_alone(
    repository: GitPlumbing, tmp_path: Path, into: Path
) -> None:
    commit = repository.release("v1", {"a": b"1"})
    certificate = make_certificate(tmp_path, addresses=["127.0.0.1"])
    with Forgejo(tmp_path / "forge", certificate=certificate) as forge:
        forge.add_repository("ada", "hello", repository.path)
        there = remote(forge.url, "/ada/hello.git")
        assert isinstance(failed(there, into), Transient)
        assert git.fetch_tag(replace(there, ca_file=certificate.chain), "v1", into).commit == commit


def test_the_token_is_sent_in_a_header_and_nowhere_else(peer: Peer, into: Path) -> None:
    failed(remote(peer.url, "/ada/hello.git", TOKEN), into)

    path, authorization = peer.asked[0]
    assert TOKEN not in path
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"x-access-token:{TOKEN}"


def test_a_redirect_is_not_followed_and_told(peer: Peer, into: Path) -> None:
    peer.status, peer.headers = 301, {"Location": f"{peer.url}/elsewhere"}

    error = failed(remote(peer.url, "/ada/hello.git", TOKEN), into)

    assert isinstance(error, Permanent)
    assert error.rule == "source.repository-moved"
    assert len(peer.asked) == 1


@pytest.mark.parametrize(
    ("status", "token", "rule"),
    [
        (404, None, "source.repository-missing"),
        (401, None, "source.repository-missing"),
        (401, TOKEN, ""),
        (503, None, ""),
        (403, None, ""),
    ],
)
def test_answers_that_are_errors(peer: Peer, into: Path, status: int, token: str | None, rule: str) -> None:
    peer.status, peer.headers = status, {"WWW-Authenticate": "Basic"} if status == 401 else {}

    error = failed(remote(peer.url, "/ada/hello.git", token), into)

    assert getattr(error, "rule", "") == rule


def test_nobody_listens(into: Path, peer: Peer) -> None:
    assert isinstance(failed(remote("http://127.0.0.1:9", "/ada/hello.git"), into), Transient)


def test_a_small_pack_that_needs_much_memory(repository: GitPlumbing, tmp_path: Path, into: Path) -> None:
    size = 24 << 20
    commit = repository.release("v1", {"one": bytes(size), "two": bytes(size - 1) + b"x"})
    repository.git("-c", "core.bigFileThreshold=1g", "-c", "pack.window=2", "repack", "-adfq")
    with GitHub(tmp_path / "github") as github:
        github.add_repository("ada", "hello", repository.path)
        with pytest.raises(Permanent) as caught:
            git.fetch_commit(remote(github.url, "/ada/hello.git"), commit, into, git.Limits(memory_bytes=50 << 20))
    assert caught.value.rule == "source.too-large"


def test_git_connects_to_the_addresses_that_were_checked(peer: Peer, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = peer.url.rpartition(":")[2]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", ("127.0.0.1", int(port)))])
    monkeypatch.setattr("aslo_core.git.addresses.is_public", lambda _ip: True)

    error = failed(git.Remote(git.check_address(f"https://name.invalid:{port}/x", git.AllowList())), into)

    # The name exists nowhere but above: that TLS fails, not the look-up, shows that git went where it was told.
    assert "resolve" not in str(error)
    assert "unable to access" in str(error)
