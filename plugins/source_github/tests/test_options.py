from typing import Any

import pytest
from aslo_source_github import aslo_sources
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import create
from pydantic import ValidationError

from aslo_core.api import Context

GIVEN = {"secret": "s3cret", "owners": ["sugarlabs"]}


def test_it_is_offered_as_github() -> None:
    (offer,) = aslo_sources()
    assert (offer.name, offer.options) == ("github", GitHubSourceOptions)


def test_a_secret_and_owners_are_enough() -> None:
    options = GitHubSourceOptions.model_validate(GIVEN)
    assert str(options.clone_from.entries[0]) == "https://github.com"


@pytest.mark.parametrize(
    "options",
    [
        {"secret": ""},
        {"secret": " \n"},
        {"secret": None},
        {"previous_secrets": [""]},
        {"owners": []},
        {"owners": ["a/b"]},
        {"owners": [""]},
        {"token": ""},
        {"token": "t", "app_id": 1, "private_key": "k"},
        {"app_id": 1},
        {"private_key": "k"},
        {"api_url": "http://api.github.com"},
        {"api_url": "ftp://x"},
        {"api_url": "https://user@x"},
        {"clone_url": "https://github.com/{owner}/x.git"},
        {"clone_url": "https://{owner}.example.org/{name}"},
        {"clone_url": "http://example.org/{owner}/{name}"},
        {"clone_url": "ext::sh {owner} {name}"},
        {"clone_url": "https://github.com/{owner}/{name}{0}"},
        {"assets_mib": 0},
        {"ownrs": []},
    ],
    ids=repr,
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        GitHubSourceOptions.model_validate({**GIVEN, **options})
    assert "s3cret" not in str(caught.value)


def test_neither_is_a_source_without_a_secret_or_owners() -> None:
    with pytest.raises(ValidationError):
        GitHubSourceOptions.model_validate({"owners": ["*"]})
    with pytest.raises(ValidationError):
        GitHubSourceOptions.model_validate({"secret": "x"})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/{owner}/{name}.git", "file:///srv/git/{owner}/{name}", "https://h.lan/g/{owner}/{name}"]
)
def test_a_place_of_the_operators_own_choice(url: str) -> None:
    assert len(GitHubSourceOptions.model_validate({**GIVEN, "clone_url": url}).clone_from.entries) == 1


def test_a_key_that_is_none_is_told_when_the_source_is_made(tmp_path: Any) -> None:
    options = GitHubSourceOptions.model_validate({**GIVEN, "app_id": 1, "private_key": "no key"})
    with pytest.raises(ValueError, match="private_key is not"):
        create(options, Context("github", tmp_path, tmp_path, ""))
