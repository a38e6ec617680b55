from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import GitHubSource, create

from aslo_core.api import Context, Delivery
from aslo_core.testing.github import GitHub, delivery_headers, encode
from aslo_core.testing.github import Repository as Hosted
from aslo_core.testing.repository import GitPlumbing

SECRET = "the webhook's secret"
TOKEN = "ghp_verysecrettoken"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "host", tokens={TOKEN: "aslo-bot"}) as github:
        yield github


@pytest.fixture
def maze(tmp_path: Path) -> GitPlumbing:
    return GitPlumbing(tmp_path / "host" / "repositories" / "sugarlabs" / "maze.git")


@pytest.fixture
def hosted(github: GitHub, maze: GitPlumbing) -> Hosted:
    return github.add_repository("sugarlabs", "maze", maze.path)


@pytest.fixture
def make_source(github: GitHub, tmp_path: Path) -> Callable[..., GitHubSource]:
    def make(**options: Any) -> GitHubSource:
        where = {"api_url": github.api_url, "web_url": github.url, "clone_url": f"{github.url}/{{owner}}/{{name}}.git"}
        given = {"secret": SECRET, "owners": ["sugarlabs"], "token": TOKEN, **where, **options}
        return create(GitHubSourceOptions.model_validate(given), Context("github", tmp_path, tmp_path, "https://aslo.example"))

    return make


@pytest.fixture
def deliver() -> Callable[..., Delivery]:
    def make(payload: Any, event: str = "release", *, secret: str | None = SECRET, **options: Any) -> Delivery:
        body = payload if isinstance(payload, bytes) else encode(payload, form=options.get("form", False))
        options.setdefault("delivery_id", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        headers = delivery_headers(body, event, secret, **options)
        return Delivery({name.lower(): value for name, value in headers.items()}, body)

    return make
