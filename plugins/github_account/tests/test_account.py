"""Who we are on GitHub, asked of an HTTP server that knows tokens and Apps."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from aslo_github_account import AccountOptions, account_of, client, rate_limit_seconds, retry_after_seconds
from github import GithubException, UnknownObjectException

from aslo_core.api import Permanent
from aslo_core.testing.github import GitHub, faults

PERMISSIONS = {"metadata": "read", "contents": "read"}


@pytest.fixture
def app(github: GitHub) -> AccountOptions:
    """An App that sugarlabs has installed."""
    key = github.add_app("aslo", "sugarlabs", PERMISSIONS)
    return AccountOptions.model_validate({"api_url": github.api_url, "app_id": key.id, "private_key": key.private_key})


def issued(github: GitHub) -> int:
    return sum(request.endswith("/access_tokens") for request in github.requests)


def good_for(seconds: int) -> faults.Canned:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    body = {"token": f"good-for-{seconds}", "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "permissions": {}}
    return faults.Canned(201, json.dumps(body), {"Content-Type": "application/json"})


def test_a_token_is_the_same_for_every_repository_and_asks_nothing(github: GitHub, token: str) -> None:
    options = AccountOptions.model_validate({"api_url": github.api_url, "token": f" {token}\n"})
    account = account_of(options)
    for owner in ("sugarlabs", "ada"):
        given = account.token(owner, "maze")
        assert given is not None
        assert given.get_secret_value() == token
    assert not github.requests
    with client(options, account.token("ada", "maze")) as connected:
        assert connected.get_user().login == "aslo-bot"


def test_nobody_reads_what_everybody_may_read(github: GitHub) -> None:
    options = AccountOptions(api_url=github.api_url)
    assert account_of(options).token("ada", "maze") is None
    with client(options, None) as connected:
        assert connected.get_repo("ada/maze").full_name == "ada/maze"


def test_an_app_signs_in_once_for_each_owner_whatever_the_case(github: GitHub, app: AccountOptions) -> None:
    account = account_of(app)
    first = account.token("sugarlabs", "maze")
    assert account.token("SugarLabs", "maze") == first
    assert issued(github) == 1
    with client(app, first) as connected:
        assert connected.get_repo("sugarlabs/maze").full_name == "sugarlabs/maze"


def test_many_threads_sign_in_once(github: GitHub, app: AccountOptions) -> None:
    account = account_of(app)
    with ThreadPoolExecutor(8) as threads:
        tokens = set(threads.map(lambda _: account.token("sugarlabs", "maze"), range(16)))
    assert (len(tokens), issued(github)) == (1, 1)


@pytest.mark.parametrize(("seconds", "times"), [(270, 2), (330, 1)])
def test_a_token_is_renewed_five_minutes_before_its_end(github: GitHub, app: AccountOptions, seconds: int, times: int) -> None:
    github.fail(good_for(seconds), path="*/access_tokens", times=2)
    account = account_of(app)
    for _ in range(2):
        account.token("sugarlabs", "maze")
    assert issued(github) == times


def test_an_app_that_is_not_installed_there_has_no_token(app: AccountOptions) -> None:
    with pytest.raises(UnknownObjectException):
        account_of(app).token("ada", "maze")


def test_everybody_knows_their_own_id_after_asking_once(github: GitHub, app: AccountOptions, token: str) -> None:
    of_token = AccountOptions.model_validate({"api_url": github.api_url, "token": token})
    for options, login in ((of_token, "aslo-bot"), (app, "aslo[bot]")):
        account = account_of(options)
        with client(options, account.token("sugarlabs", "maze")) as connected:
            known = account.user_id(connected)
            assert connected.get_user(login).id == known
            asked = len(github.requests)
            assert account.user_id(connected) == known
            assert len(github.requests) == asked


def test_a_page_that_is_not_githubs_is_told(github: GitHub, token: str) -> None:
    options = AccountOptions.model_validate({"api_url": github.api_url, "token": token})
    account = account_of(options)
    github.fail(faults.Canned(200, "{}", {"Content-Type": "application/json"}), path="*")
    with client(options, account.token("ada", "maze")) as connected, pytest.raises(Permanent) as refused:
        account.user_id(connected)
    assert refused.value.rule == "github.unexpected-answer"


@pytest.mark.parametrize(
    ("status", "headers", "limit", "after"),
    [
        (403, {"Retry-After": "7"}, 7, 7),
        (429, {}, 60, None),
        (403, {}, None, None),
        (503, {"Retry-After": "7"}, None, 7),
    ],
)
def test_how_long_github_asks_to_wait(status: int, headers: dict[str, str], limit: float | None, after: float | None) -> None:
    error = GithubException(status, {"message": "no"}, headers)
    assert (rate_limit_seconds(error), retry_after_seconds(error)) == (limit, after)


def test_a_token_that_was_refused_is_replaced_where_there_can_be_another(
    github: GitHub, app: AccountOptions, token: str
) -> None:
    account = account_of(app)
    first = account.token("sugarlabs", "maze")
    assert account.forget("SugarLabs")
    assert account.token("sugarlabs", "maze") != first
    assert not account.forget("nobody")
    assert not account_of(AccountOptions(api_url=github.api_url, token=token)).forget("sugarlabs")
