"""A double of GitHub with one repository: an annotated tag, a lightweight one, and two authors; and a server that echoes."""

from __future__ import annotations

import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import github as pygithub
import httpx2
import pytest

from aslo_core.testing.github import GitHub, Repository
from aslo_core.testing.proxy import Address

TOKEN = "ghp_test"


def git(directory: Path, *arguments: str, author: str = "Ada <7+ada@users.noreply.github.com>") -> str:
    name, _, email = author.removesuffix(">").partition(" <")
    people = {f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")}
    people |= {f"GIT_{who}_EMAIL": email for who in ("AUTHOR", "COMMITTER")}
    clean = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(["git", *arguments], cwd=directory, env=clean | people, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Hosted:
    """The double, its repository and ways to talk to it."""

    github: GitHub
    repository: Repository
    tree: Path
    first: str
    second: str
    http: httpx2.Client

    def client(self, token: str | None = TOKEN, **more: Any) -> pygithub.Github:
        auth = pygithub.Auth.Token(token) if token else None
        quick = {"retry": None, "seconds_between_requests": None, "seconds_between_writes": None}
        return pygithub.Github(base_url=self.github.api_url, auth=auth, **quick | more)

    def git(self, *arguments: str) -> str:
        return git(self.tree, *arguments)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """Serve `sugarlabs/hello`."""
    tree = tmp_path / "hello"
    tree.mkdir()
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "commit", "--quiet", "--allow-empty", "--message=First")
    git(tree, "tag", "light")
    git(tree, "commit", "--quiet", "--allow-empty", "--message=Second\n\nWith a body", author="Bob <bob@example.org>")
    git(tree, "commit", "--quiet", "--allow-empty", "--message=Third")
    git(tree, "tag", "--annotate", "v1", "--message=Version 1")
    first, second = git(tree, "rev-list", "--topo-order", "--reverse", "HEAD").splitlines()[:2]
    with GitHub(tmp_path / "root", tokens={TOKEN: "aslo-bot"}) as github:
        repository = github.add_repository("sugarlabs", "hello", tree)
        headers = {"Authorization": f"token {TOKEN}", "User-Agent": "tests"}
        with httpx2.Client(base_url=github.api_url, headers=headers, timeout=30) as http:
            yield Hosted(github, repository, tree, first, second, http)


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1024):
            self.request.sendall(data)


class EchoServer(socketserver.ThreadingTCPServer):
    def handle_error(self, *_: object) -> None:
        """A reset by the proxy is what is wanted here."""


@pytest.fixture
def echo() -> Iterator[Address]:
    with EchoServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield ("127.0.0.1", server.server_address[1])
        server.shutdown()
        thread.join()
