"""Which configurations are taken, and that the others say why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aslo_notify_github import aslo_notifiers
from aslo_notify_github.options import GitHubNotifierOptions
from pydantic import ValidationError

if TYPE_CHECKING:
    from plugins.notify_github.tests.conftest import World

PEM = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "nobody to comment as"),
        ({"token": ""}, r"token\n.*it is empty"),
        ({"token": "t", "app_id": 1, "private_key": PEM}, "both a token and an App"),
        ({"app_id": 1}, "private_key_file"),
        ({"private_key": PEM}, "app_id"),
        ({"token": "t", "api_url": "http://github.example/api/v3"}, "use https"),
        ({"token": "t", "api_url": "github.example"}, "expected an address"),
        ({"token": "t", "comments": False, "statuses": False}, "nobody is told"),
        ({"token": "t", "tokne": "x"}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        GitHubNotifierOptions(**options)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080/api/v3", "http://[::1]/", "http://localhost:1"])
def test_plain_http_is_for_loopback(address: str) -> None:
    assert GitHubNotifierOptions.model_validate({"token": "t", "api_url": address}).api_url == address.rstrip("/")


@pytest.mark.parametrize("key", ["nonsense", PEM])
def test_a_private_key_that_is_none_is_refused_at_once_without_showing_it(world: World, key: str) -> None:
    with pytest.raises(ValueError, match="not an RSA private key") as refused:
        world.notifier(token=None, app_id=1, private_key=key)
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(GitHubNotifierOptions.model_validate({"token": "hidden"}))


def test_the_readme_explains_every_option() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert [key for key in GitHubNotifierOptions.model_fields if f"| `{key}`" not in readme] == []


def test_the_plugin_offers_itself_as_github() -> None:
    (offer,) = aslo_notifiers()
    assert (offer.name, offer.options) == ("github", GitHubNotifierOptions)
