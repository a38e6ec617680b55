"""What `aslo check --probe` asks of GitHub, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aslo_source_github.source import GitHubSource

from aslo_core.api import Probed, Probes
from aslo_core.testing.github import AppKey, GitHub, faults
from aslo_core.testing.github import Repository as Hosted

HERE = "https://aslo.example/api/hook"
ADMIN = {"metadata": "read", "contents": "read", "organization_hooks": "read", "repository_hooks": "read"}
TOKEN = "ghp_verysecrettoken"

Make = Callable[..., GitHubSource]


@pytest.fixture
def organisation(github: GitHub, hosted: Hosted) -> str:
    """`sugarlabs`, an organisation with one repository, whose webhooks the token may see."""
    github.add_token(TOKEN, "aslo-bot", ADMIN)
    return github.add_account("sugarlabs", kind="Organization").login


@pytest.fixture
def app(github: GitHub, hosted: Hosted) -> AppKey:
    return github.add_app("aslo", "sugarlabs", {"metadata": "read", "contents": "read"})


def found(source: GitHubSource) -> dict[str, Probed]:
    assert isinstance(source, Probes)
    rows = list(source.probe())
    assert len({row.what for row in rows}) == len(rows)
    assert TOKEN not in repr(rows)
    return {row.what: row for row in rows}


def by_app(key: AppKey) -> dict[str, Any]:
    return {"token": None, "app_id": key.id, "private_key": key.private_key}


@pytest.mark.parametrize("address", [HERE, f"{HERE}/", f"{HERE}/github"])
def test_a_webhook_of_the_organisation_that_points_here_is_good(
    github: GitHub, organisation: str, make_source: Make, address: str
) -> None:
    github.add_hook(organisation, "https://ci.example.org/hidden-path")
    github.add_hook(organisation, address, answers=[202, 503])
    rows = found(make_source())
    assert {row.verdict for row in rows.values()} == {"good"}
    assert rows["account"].found == "aslo-bot"
    assert rows["webhook of sugarlabs"].found == (
        "that of the organisation sugarlabs points here; the last delivery was answered 202"
    )
    assert not [path for path in github.requests if path.startswith("GET /repos/")], "one is enough"


@pytest.mark.parametrize(
    ("fields", "said", "cure"),
    [
        ({"active": False}, "switched off", "switch it on"),
        ({"events": ["push", "ping"]}, "sends push, ping", "event release"),
        ({"answers": [401]}, "answered 401", "secret of this table"),
        ({"answers": [502, 202]}, "answered 502", "deliver it again"),
        ({"answers": [0]}, "answered by nobody", "deliver it again"),
    ],
)
def test_a_webhook_that_points_here_and_brings_nothing_is_bad(
    github: GitHub, organisation: str, make_source: Make, fields: dict[str, Any], said: str, cure: str
) -> None:
    github.add_hook(organisation, HERE, **fields)
    row = found(make_source())["webhook of sugarlabs"]
    assert (row.verdict, said in row.found, cure in row.cure) == ("bad", True, True)


def test_webhooks_that_all_point_elsewhere_are_bad_and_lay_no_secret_address_open(
    github: GitHub, organisation: str, make_source: Make
) -> None:
    github.add_hook("sugarlabs/maze", "https://old.example.org/api/hook")
    github.add_hook(organisation, "https://chat.example.org/services/T0SECRET")
    row = found(make_source())["webhook of sugarlabs"]
    assert row.verdict == "bad"
    assert "that of sugarlabs/maze goes to https://old.example.org/api/hook" in row.found
    assert "https://chat.example.org/…" in row.found
    assert "T0SECRET" not in row.found
    assert f"enter {HERE} as a webhook" in row.cure
    assert "public_url" in row.cure


def test_a_webhook_of_a_repository_is_enough(github: GitHub, organisation: str, make_source: Make) -> None:
    github.add_hook("SugarLabs/maze", HERE, content_type="form")
    row = found(make_source())["webhook of sugarlabs"]
    assert (row.verdict, row.found) == ("good", "that of sugarlabs/maze points here")


def test_a_webhook_of_ones_own_private_repository_is_enough(github: GitHub, make_source: Make) -> None:
    github.add_token(TOKEN, "ada", ADMIN)
    for name, private in (("open", False), ("closed", True)):
        github.add_repository("ada", name, private=private)
    assert found(make_source(owners=["ada"]))["webhook of ada"].verdict == "bad"
    github.add_hook("ada/closed", HERE)
    assert found(make_source(owners=["ada"]))["webhook of ada"].found == "that of ada/closed points here"


def test_another_persons_webhooks_are_unknown(github: GitHub, make_source: Make) -> None:
    github.add_token(TOKEN, "aslo-bot", {"metadata": "read"})
    github.add_repository("ada", "maze")
    assert found(make_source(owners=["ada"]))["webhook of ada"].verdict == "unknown"


def test_what_the_token_may_not_see_is_unknown_and_says_what_it_takes(
    github: GitHub, organisation: str, make_source: Make
) -> None:
    github.add_hook(organisation, HERE)
    for scopes in (None, ["public_repo"]):
        github.add_token(TOKEN, "aslo-bot", scopes=scopes)
        row = found(make_source())["webhook of sugarlabs"]
        assert (row.verdict, "admin:org_hook" in row.cure, "admin:repo_hook" in row.cure) == ("unknown", True, True)


def test_without_signing_in_the_owner_is_seen_and_the_webhook_is_unknown(make_source: Make, hosted: Hosted) -> None:
    rows = found(make_source(token=None))
    assert [(row.what, row.verdict) for row in rows.values()] == [
        ("requests left", "good"),
        ("owner sugarlabs", "good"),
        ("webhook of sugarlabs", "unknown"),
    ]
    assert "of 60 in this hour, without signing in" in rows["requests left"].found


def test_an_owner_that_is_not_there_is_bad(github: GitHub, make_source: Make) -> None:
    github.fail(faults.refusal(404), path="/users/sugarlbas")
    row = found(make_source(owners=["sugarlbas"]))["owner sugarlbas"]
    assert (row.verdict, "mend owners" in row.cure) == ("bad", True)


def test_everybody_has_no_webhook_to_look_at(make_source: Make) -> None:
    assert found(make_source(owners=["*"]))["webhook"].verdict == "unknown"


def test_a_token_that_is_refused_is_bad(github: GitHub, make_source: Make) -> None:
    github.access.revoke(TOKEN)
    row = found(make_source(owners=["*"]))["account"]
    assert (row.verdict, "Bad credentials" in row.found, "expired or been revoked" in row.cure) == ("bad", True, True)


def test_used_up_requests_are_bad(github: GitHub, make_source: Make) -> None:
    github.fail(faults.primary_limit(1800), path="/user")
    row = found(make_source(owners=["*"]))["account"]
    assert (row.verdict, "its limit is reached" in row.found) == ("bad", True)
    assert "wait 1" in row.cure


def test_a_host_that_is_away_is_bad(github: GitHub, make_source: Make) -> None:
    source = make_source()
    github.stop()
    rows = found(source)
    github.start()
    assert rows["account"].verdict == "bad"
    assert "no usable answer" in rows["account"].found


def test_an_app_that_has_all_it_needs_is_good(github: GitHub, app: AppKey, make_source: Make) -> None:
    github.add_hook(str(app.id), HERE, answers=[202])
    rows = found(make_source(**by_app(app)))
    assert {row.verdict for row in rows.values()} == {"good"}
    assert rows["account"].found == "the App aslo"
    assert rows["webhook"].found == "that of the App aslo points here; the last delivery was answered 202"


def test_an_app_without_a_permission_names_it(github: GitHub, make_source: Make) -> None:
    key = github.add_app("aslo", "sugarlabs", {"metadata": "read"})
    rows = found(make_source(**by_app(key)))
    assert (rows["permissions"].verdict, rows["permissions"].found) == ("bad", "the App lacks contents: read")
    assert rows["owner sugarlabs"].verdict == rows["installations"].verdict == "bad"


def test_an_app_is_to_be_installed_on_each_owner(app: AppKey, make_source: Make) -> None:
    rows = found(make_source(owners=["SugarLabs", "ada"], **by_app(app)))
    assert rows["owner SugarLabs"].verdict == "good"
    assert (rows["owner ada"].verdict, rows["owner ada"].found) == ("bad", "the App is not installed there")


def test_an_app_whose_webhook_sends_no_releases_or_goes_elsewhere_is_told(github: GitHub, make_source: Make) -> None:
    silent = github.add_app("aslo", "sugarlabs", events=["push"])
    github.add_hook(str(silent.id), HERE)
    assert "sends push" in found(make_source(**by_app(silent)))["webhook"].found
    elsewhere = github.add_app("other", "sugarlabs")
    github.add_hook(str(elsewhere.id), "https://staging.example.org/api/hook")
    row = found(make_source(**by_app(elsewhere)))["webhook"]
    assert (row.verdict, "https://staging.example.org/api/hook" in row.found) == ("unknown", True)
    without = github.add_app("third", "sugarlabs")
    assert found(make_source(**by_app(without)))["webhook"].verdict == "unknown"


def test_an_app_with_another_s_key_is_bad(github: GitHub, app: AppKey, make_source: Make) -> None:
    other = github.add_app("other", "sugarlabs")
    rows = found(make_source(**by_app(app) | {"private_key": other.private_key}))
    assert (rows["account"].verdict, "private_key_file" in rows["account"].cure) == ("bad", True)
    assert "PRIVATE KEY" not in repr(rows)
