"""What each delivery means."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.verdict import judge
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import (
    Announced,
    AuthenticationFailed,
    Delivery,
    Ignored,
    Person,
    Pong,
    Refused,
    UnsupportedMedia,
    Verdict,
    Withdrawn,
)
from aslo_core.testing.forgejo import Flavour, Forgejo, delivery_headers
from aslo_core.testing.forgejo import Repository as Hosted
from aslo_core.testing.source import SAFE_STREAM

SECRET = "the webhook's secret"
DELIVERY_ID = "f6266f16-1bf3-46a5-9ea4-602e06ead473"
UUID = "2d3c8b1a-8e6f-4c57-9a44-0f8f1b6f9f10"
PAYLOAD: dict[str, Any] = {
    "action": "published",
    "release": {
        "id": 11,
        "tag_name": "v29",
        "name": "Maze 29",
        "body": "Notes",
        "draft": False,
        "prerelease": False,
        "published_at": "2026-03-01T12:00:00+02:00",
        "author": {"login": "ada", "html_url": "https://evil.example.org/", "avatar_url": "javascript:alert(1)"},
        "html_url": "https://evil.example.org/",
        "assets": [{"id": 5, "name": "Maze-29.xo", "size": 3, "uuid": UUID, "browser_download_url": "file:///etc/passwd"}],
    },
    "repository": {
        "id": 7,
        "name": "maze-activity",
        "owner": {"login": "SugarLabs", "username": "SugarLabs"},
        "clone_url": "ext::sh -c evil",
        "html_url": "https://evil.example.org/",
    },
    "sender": {"login": "grace"},
}


def rules(*, owners: tuple[str, ...] = ("sugarlabs",), prereleases: bool = False) -> tuple[ForgejoSourceOptions, Wording]:
    given = {"secret": SECRET, "owners": owners, "prereleases": prereleases, "url": "https://codeberg.org"}
    return ForgejoSourceOptions.model_validate(given), Wording("forge", "https://codeberg.org")


def delivery(body: bytes, event: str = "release", flavour: Flavour = "forgejo", **headers: str | None) -> Delivery:
    sent: dict[str, str | None] = dict(delivery_headers(body, event, SECRET, delivery_id=DELIVERY_ID, flavour=flavour))
    lower = {name.lower(): value for name, value in sent.items()} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Delivery({name: value for name, value in lower.items() if value is not None}, body)


def changed(**places: object) -> dict[str, Any]:
    """The payload with other values: `release__draft=True` sets payload["release"]["draft"]."""
    payload = copy.deepcopy(PAYLOAD)
    for place, value in places.items():
        *folders, name = place.split("__")
        part = payload
        for folder in folders:
            part = part[folder]
        part[name] = value
    return payload


def verdict_on(payload: object, event: str = "release", **options: Any) -> Verdict:
    return judge(delivery(json.dumps(payload).encode(), event), *rules(**options))


@pytest.mark.parametrize("flavour", ["forgejo", "gitea"])
def test_a_published_release_is_announced(flavour: Flavour) -> None:
    verdict = judge(delivery(json.dumps(PAYLOAD).encode(), flavour=flavour), *rules())

    assert isinstance(verdict, Announced)
    announced = verdict.announcement
    assert (verdict.delivery_id, verdict.trigger) == (DELIVERY_ID, "published")
    assert (announced.stream, announced.tag, announced.title, announced.notes, announced.published_us) == (
        "release/forge/7/11",
        "v29",
        "Maze 29",
        "Notes",
        1_772_359_200_000_000,
    )
    assert [(asset.id, asset.name, asset.size) for asset in announced.assets] == [("5", "Maze-29.xo", 3)]


def test_no_address_of_the_payload_is_used() -> None:
    verdict = verdict_on(PAYLOAD)

    assert "evil" not in repr(verdict)
    assert "javascript" not in repr(verdict)
    assert isinstance(verdict, Announced)
    assert verdict.announcement.author == Person(
        login="ada", url="https://codeberg.org/ada", avatar_url="https://codeberg.org/ada.png"
    )
    assert verdict.announcement.url == "https://codeberg.org/SugarLabs/maze-activity/releases/tag/v29"


def test_an_updated_release_is_what_aslo_calls_edited() -> None:
    verdict = verdict_on(changed(action="updated"))
    assert isinstance(verdict, Announced)
    assert verdict.trigger == "edited"


def test_a_deleted_release_is_withdrawn_but_a_deleted_draft_was_never_there() -> None:
    verdict = verdict_on(changed(action="deleted"))
    assert isinstance(verdict, Withdrawn)
    assert (verdict.trigger, verdict.stream, verdict.by) == ("deleted", "release/forge/7/11", "grace")
    assert isinstance(verdict_on(changed(action="deleted", release__draft=True)), Ignored)


def test_a_prerelease_can_be_withdrawn_also_where_none_are_taken_now() -> None:
    assert isinstance(verdict_on(changed(action="deleted", release__prerelease=True)), Withdrawn)


@pytest.mark.parametrize("action", ["published", "updated"])
def test_drafts_are_never_taken(action: str) -> None:
    assert isinstance(verdict_on(changed(action=action, release__draft=True), prereleases=True), Ignored)


def test_prereleases_are_taken_by_option() -> None:
    payload = changed(release__prerelease=True)
    assert isinstance(verdict_on(payload), Ignored)
    assert isinstance(verdict_on(payload, prereleases=True), Announced)


@pytest.mark.parametrize("action", ["published", "updated", "deleted"])
def test_only_allowed_owners_release_or_withdraw(action: str) -> None:
    verdict = verdict_on(changed(action=action, repository__owner={"login": "mallory"}))
    assert isinstance(verdict, Ignored)
    assert "mallory" in verdict.reason


def test_a_star_allows_every_owner() -> None:
    assert isinstance(verdict_on(changed(repository__owner={"login": "mallory"}), owners=("*",)), Announced)


def test_an_account_may_be_named_in_the_old_way() -> None:
    verdict = verdict_on(changed(repository__owner={"username": "sugarlabs"}, release__author=None))
    assert isinstance(verdict, Announced)
    assert verdict.announcement.repository.full_name == "sugarlabs/maze-activity"
    assert verdict.announcement.author.login == "grace"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", None])
def test_a_time_before_all_releases_is_none(time: str | None) -> None:
    verdict = verdict_on(changed(release__published_at=time))
    assert isinstance(verdict, Announced)
    assert verdict.announcement.published_us is None


@pytest.mark.parametrize("event", ["push", "create", "delete", "issues", "pull_request"])
def test_other_events_are_ignored_with_a_reason(forge: Forgejo, hosted: Hosted, event: str) -> None:
    verdict = verdict_on(forge.push_payload(hosted, "1" * 40, "2" * 40), event)
    assert isinstance(verdict, Ignored)
    assert (verdict.trigger, "only releases" in verdict.reason) == (event, True)


def test_the_button_that_tests_a_webhook_is_answered(forge: Forgejo, hosted: Hosted) -> None:
    assert verdict_on(forge.push_payload(hosted, "0" * 40, "0" * 40), "push") == Pong(DELIVERY_ID)


def test_an_unknown_action_is_ignored_and_named() -> None:
    verdict = verdict_on(changed(action="archived"))
    assert isinstance(verdict, Ignored)
    assert "archived" in verdict.reason


@pytest.mark.parametrize("flavour", ["forgejo", "gitea"])
def test_full_payloads_as_the_forge_sends_them(
    forge: Forgejo, hosted: Hosted, deliver: Callable[..., Delivery], flavour: Flavour
) -> None:
    release = forge.publish(hosted, "v1", files={"Maze-1.xo": b"x"})
    verdicts = {
        action: type(judge(deliver(forge.payload(release, action), flavour=flavour), *rules()))
        for action in ("published", "updated", "deleted")
    }
    assert verdicts == {"published": Announced, "updated": Announced, "deleted": Withdrawn}


# --- headers -------------------------------------------------------------------------------------------------------------

BODY = json.dumps(PAYLOAD).encode()
WITHOUT_ID = dict.fromkeys(("x_forgejo_delivery", "x_gitea_delivery", "x_gogs_delivery", "x_github_delivery"))


@pytest.mark.parametrize(
    "headers",
    [
        {"x_gitea_event": "push"},
        {"x_github_event": "push"},
        {"x_gogs_event": ""},
        {"x_forgejo_event": "push"},
        {"x_gitea_delivery": "another"},
        {"x_github_delivery": "another"},
    ],
)
def test_headers_that_contradict_each_other_are_refused_and_named(headers: dict[str, str]) -> None:
    verdict = judge(delivery(BODY, **headers), *rules())
    assert isinstance(verdict, Refused)
    assert next(iter(headers)).replace("_", "-") in verdict.reason


def test_the_event_is_the_forges_own() -> None:
    bare = delivery(BODY, x_forgejo_event=None, x_gitea_event=None)
    verdict = judge(bare, *rules())
    assert isinstance(verdict, Refused)
    assert "X-Forgejo-Event" in verdict.reason


@pytest.mark.parametrize("event", ["", "Release", "release\n", "a/b", "x" * 51])
def test_names_of_events_that_cannot_be(event: str) -> None:
    assert isinstance(verdict_on(PAYLOAD, event), Refused)


@given(given_id=st.text(max_size=70))
def test_a_delivery_always_has_a_name_that_a_stream_takes(given_id: str) -> None:
    verdict = judge(delivery(BODY, **{**WITHOUT_ID, "x_forgejo_delivery": given_id}), *rules())
    assert isinstance(verdict, Announced)
    assert SAFE_STREAM.fullmatch(f"release/forge/{verdict.delivery_id}/x")


def test_without_an_id_the_same_body_is_the_same_delivery() -> None:
    once, again, other = (judge(delivery(body, **WITHOUT_ID), *rules()) for body in (BODY, BODY, BODY + b" "))
    assert once.delivery_id == again.delivery_id != other.delivery_id


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_another_content_type_says_what_to_choose(media: str) -> None:
    with pytest.raises(UnsupportedMedia, match="choose application/json as the webhook's content type"):
        judge(delivery(BODY, content_type=media), *rules())


def test_nothing_is_parsed_before_the_proof() -> None:
    with pytest.raises(AuthenticationFailed):
        judge(delivery(b"\xff no json", x_forgejo_signature="0" * 64), *rules())


# --- what cannot be understood -------------------------------------------------------------------------------------------

TEXT = json.dumps(PAYLOAD)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b'"x"', b"{", b"{}", TEXT.encode() + b"x", TEXT.encode("utf-16"), b"[" * 200_000),
        TEXT.replace('"id": 11', '"id": 11, "id": 12').encode(),
        TEXT.replace('"id": 11', '"id": NaN').encode(),
        TEXT.replace('"id": 11', '"id": ' + "9" * 5000).encode(),
        TEXT.replace("Notes", "\\ud800").encode(),
        TEXT.encode().replace(b"Notes", b"\xff"),
    ],
    ids=lambda body: body[:12].hex() + f"-{len(body)}",
)
def test_json_that_is_none(body: bytes) -> None:
    verdict = judge(delivery(body), *rules())
    assert isinstance(verdict, Refused)
    assert len(verdict.reason) < 1000


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("action", None), ("action", "\n"), ("action", "x" * 51), ("release", None), ("repository", [])),
        *(("release__id", "11"), ("release__id", 0), ("release__id", 2**63), ("release__id", True), ("repository__id", "../1")),
        *(("release__tag_name", None), ("release__tag_name", ""), ("release__tag_name", "--upload-pack=x")),
        *(("release__tag_name", "a..b"), ("release__tag_name", "x" * 256), ("release__name", "x" * 1001)),
        *(("release__body", "x" * 200_001), ("release__draft", "no"), ("release__published_at", "yesterday")),
        *(("repository__name", ".."), ("repository__name", "a/b"), ("repository__name", ""), ("repository__name", "a\n")),
        *(("repository__owner", {"login": ".."}), ("repository__owner", {"login": "a/b"}), ("repository__owner", None)),
        *(("repository__owner", {}), ("repository__owner", {"login": "ada", "username": "mallory"})),
        *(("sender", None), ("sender", {"login": ""}), ("release__author", {"login": 5})),
        ("release__assets", [{"id": 1, "name": "", "size": 1, "uuid": UUID}]),
        ("release__assets", [{"id": 1, "name": "a.xo", "size": -1, "uuid": UUID}]),
        ("release__assets", [{"id": 1, "name": "a.xo", "size": 1, "uuid": "../../api/v1/user"}]),
        ("release__assets", [{"id": 1, "name": "a.xo", "size": 1, "uuid": UUID}] * 1001),
    ],
    ids=repr,
)
def test_fields_that_cannot_be(place: str, value: object) -> None:
    assert isinstance(verdict_on(changed(**{place: value}), owners=("*",)), Refused)
