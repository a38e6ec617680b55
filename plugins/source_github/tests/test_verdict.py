"""What each delivery means."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from aslo_source_github.announcement import Wording
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.verdict import judge
from hypothesis import HealthCheck, given, settings
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
from aslo_core.testing.github import RELEASE_ACTIONS, GitHub, sign
from aslo_core.testing.github import Repository as Hosted
from aslo_core.testing.source import SAFE_STREAM

SECRET = "the webhook's secret"
DELIVERY_ID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
PAYLOAD: dict[str, Any] = {
    "action": "published",
    "release": {
        "id": 11,
        "tag_name": "v29",
        "name": "Maze 29",
        "body": "Notes",
        "draft": False,
        "prerelease": False,
        "author": {"login": "ada", "html_url": "https://evil.example.org/", "avatar_url": "javascript:alert(1)"},
        "html_url": "https://evil.example.org/",
        "assets": [
            {"id": 5, "name": "Maze-29.xo", "size": 3, "state": "uploaded", "browser_download_url": "file:///etc/passwd"}
        ],
    },
    "repository": {
        "id": 7,
        "name": "maze-activity",
        "owner": {"login": "SugarLabs"},
        "clone_url": "ext::sh -c evil",
        "html_url": "https://evil.example.org/",
    },
    "sender": {"login": "ada"},
}


def rules(*, owners: tuple[str, ...] = ("sugarlabs",), prereleases: bool = False) -> tuple[GitHubSourceOptions, Wording]:
    given = {"secret": SECRET, "owners": owners, "prereleases": prereleases}
    return GitHubSourceOptions.model_validate(given), Wording("github", "https://github.com")


def delivery(body: bytes, event: str = "release", media: str = "application/json", **headers: str) -> Delivery:
    given = {"content-type": media, "x-github-event": event, "x-github-delivery": DELIVERY_ID}
    return Delivery({**given, "x-hub-signature-256": sign(body, SECRET), **headers}, body)


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


def test_a_published_release_is_announced() -> None:
    verdict = verdict_on(PAYLOAD)

    assert isinstance(verdict, Announced)
    announced = verdict.announcement
    assert (verdict.delivery_id, verdict.trigger) == (DELIVERY_ID, "published")
    assert (announced.stream, announced.tag, announced.title, announced.notes) == (
        "release/github/7/11",
        "v29",
        "Maze 29",
        "Notes",
    )
    assert [(asset.id, asset.name, asset.size) for asset in announced.assets] == [("5", "Maze-29.xo", 3)]


def test_no_address_of_the_payload_is_used() -> None:
    verdict = verdict_on(PAYLOAD)

    assert "evil" not in repr(verdict)
    assert "javascript" not in repr(verdict)
    assert isinstance(verdict, Announced)
    assert verdict.announcement.author == Person(
        login="ada", url="https://github.com/ada", avatar_url="https://github.com/ada.png"
    )
    assert verdict.announcement.url == "https://github.com/SugarLabs/maze-activity/releases/tag/v29"


def test_an_edited_release_is_announced_as_edited() -> None:
    verdict = verdict_on(changed(action="edited"))
    assert isinstance(verdict, Announced)
    assert verdict.trigger == "edited"


@pytest.mark.parametrize("draft", [True, False])
def test_an_unpublished_release_is_withdrawn_although_it_is_a_draft_now(draft: bool) -> None:
    verdict = verdict_on(changed(action="unpublished", release__draft=draft))
    assert isinstance(verdict, Withdrawn)
    assert (verdict.trigger, verdict.stream, verdict.by) == ("unpublished", "release/github/7/11", "ada")


def test_a_deleted_release_is_withdrawn_but_a_deleted_draft_was_never_there() -> None:
    assert isinstance(verdict_on(changed(action="deleted")), Withdrawn)
    assert isinstance(verdict_on(changed(action="deleted", release__draft=True)), Ignored)


def test_a_prerelease_can_be_withdrawn_also_where_none_are_taken_now() -> None:
    assert isinstance(verdict_on(changed(action="deleted", release__prerelease=True)), Withdrawn)


@pytest.mark.parametrize("action", ["created", "released", "prereleased"])
def test_what_another_delivery_says_as_well_is_ignored_and_names_it(action: str) -> None:
    verdict = verdict_on(changed(action=action))
    assert isinstance(verdict, Ignored)
    assert verdict.trigger == f"release.{action}"
    assert "`published`" in verdict.reason
    assert verdict.release == "release/github/7/11"
    assert verdict.repository is not None
    assert verdict.repository.id == "7"


@pytest.mark.parametrize("action", ["published", "edited"])
def test_drafts_are_never_taken(action: str) -> None:
    assert isinstance(verdict_on(changed(action=action, release__draft=True), prereleases=True), Ignored)


def test_prereleases_are_taken_by_option() -> None:
    payload = changed(release__prerelease=True)
    assert isinstance(verdict_on(payload), Ignored)
    assert isinstance(verdict_on(payload, prereleases=True), Announced)


@pytest.mark.parametrize("action", ["published", "edited", "deleted", "unpublished", "created"])
def test_only_allowed_owners_release_or_withdraw(action: str) -> None:
    verdict = verdict_on(changed(action=action, repository__owner={"login": "mallory"}))
    assert isinstance(verdict, Ignored)
    assert "mallory" in verdict.reason


def test_a_star_allows_every_owner() -> None:
    assert isinstance(verdict_on(changed(repository__owner={"login": "mallory"}), owners=("*",)), Announced)


def test_ping_is_answered() -> None:
    assert verdict_on({"zen": "x", "hook_id": 5}, "ping") == Pong(DELIVERY_ID, "5")
    assert verdict_on({}, "ping") == Pong(DELIVERY_ID, "")


def test_other_events_are_ignored_whatever_is_in_them() -> None:
    verdict = judge(delivery(b"no json at all", "push"), *rules())
    assert isinstance(verdict, Ignored)
    assert verdict.trigger == "push"


def test_an_unknown_action_is_ignored_and_named() -> None:
    verdict = verdict_on(changed(action="archived"))
    assert isinstance(verdict, Ignored)
    assert "archived" in verdict.reason


@pytest.mark.parametrize("form", [False, True])
def test_full_payloads_as_github_sends_them(
    github: GitHub, hosted: Hosted, deliver: Callable[..., Delivery], form: bool
) -> None:
    release = github.add_release(hosted, "v1", assets={"Maze-1.xo": b"x"})
    verdicts = {
        action: judge(deliver(github.release_payload(release, action), form=form), *rules()) for action in RELEASE_ACTIONS
    }

    assert {action for action, verdict in verdicts.items() if isinstance(verdict, Announced)} == {"published", "edited"}
    assert {action for action, verdict in verdicts.items() if isinstance(verdict, Withdrawn)} == {"deleted", "unpublished"}
    assert not any(isinstance(verdict, Refused) for verdict in verdicts.values())


# --- what cannot be understood -------------------------------------------------------------------------------------------

TEXT = json.dumps(PAYLOAD)


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"null",
            b"[]",
            b"1",
            b'"x"',
            b"{",
            b"{}",
            TEXT.encode() + b"x",
            TEXT.encode("utf-16"),
            b"\xef\xbb\xbf" + TEXT.encode(),
        ),
        *(b"[" * 200_000, b'{"a":' * 100_000, b"\xff" + TEXT.encode()),
        TEXT.replace('"id": 11', '"id": 11, "id": 12').encode(),
        TEXT.replace('"id": 11', '"id": 1e3').encode(),
        TEXT.replace('"id": 11', '"id": NaN').encode(),
        TEXT.replace('"id": 11', '"id": 11, "x": Infinity').encode(),
        TEXT.replace('"id": 11', '"id": ' + "9" * 5000).encode(),
        TEXT.replace('"id": 11', '"id": 11, "x": {"y": 1, "y": 1}').encode(),
        TEXT.replace("Notes", "\\ud800").encode(),
        TEXT.replace("Notes", "\\udc00\\ud800").encode(),
        TEXT.encode().replace(b"Notes", b"\xed\xa0\x80"),
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
        *(("action", None), ("action", 1), ("action", "\n"), ("action", "x" * 51), ("release", None), ("repository", [])),
        *(("release__id", "11"), ("release__id", 0), ("release__id", -1), ("release__id", 2**63), ("release__id", True)),
        *(("release__id", 11.5), ("release__id", None), ("repository__id", "../1"), ("release__assets", {})),
        *(("release__tag_name", None), ("release__tag_name", ""), ("release__tag_name", "--upload-pack=x")),
        *(
            ("release__tag_name", "a..b"),
            ("release__tag_name", "x" * 256),
            ("release__tag_name", "a\nb"),
            ("release__tag_name", 1),
        ),
        *(("release__name", "x" * 1001), ("release__body", "x" * 200_001), ("release__draft", "no"), ("release__draft", None)),
        *(("repository__name", ".."), ("repository__name", "a/b"), ("repository__name", ""), ("repository__name", "a\n")),
        *(
            ("repository__owner", {"login": "-../"}),
            ("repository__owner", {"login": "sugarlabs\n"}),
            ("repository__owner", None),
        ),
        *(("sender", None), ("sender", {"login": ""}), ("release__author", {"login": 5})),
        ("release__assets", [{"id": 1, "name": "", "size": 1}]),
        ("release__assets", [{"id": 1, "name": "a.xo", "size": -1}]),
        ("release__assets", [{"id": 1, "name": "a.xo", "size": 1}] * 1001),
    ],
    ids=repr,
)
def test_fields_that_cannot_be(place: str, value: object) -> None:
    assert isinstance(verdict_on(changed(**{place: value}), owners=("*",)), Refused)


@pytest.mark.parametrize("event", ["", "Release", "release\n", "a/b", "x" * 51])
def test_names_of_events_that_cannot_be(event: str) -> None:
    assert isinstance(verdict_on(PAYLOAD, event), Refused)


@pytest.mark.parametrize(
    ("place", "value"), [("release__name", None), ("release__body", None), ("release__author", None), ("unknown", {"a": [1.5]})]
)
def test_what_github_may_leave_empty_or_add(place: str, value: object) -> None:
    assert isinstance(verdict_on(changed(**{place: value})), Announced)


def test_an_asset_that_is_still_being_uploaded_is_not_announced() -> None:
    verdict = verdict_on(changed(release__assets=[{"id": 5, "name": "Maze-29.xo", "size": 3, "state": "starter"}]))
    assert isinstance(verdict, Announced)
    assert verdict.announcement.assets == ()


# --- forms, content types, ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"payload", b"payload=", b"payload={}&payload={}", b"payload=%7B%7D&x=1", b"x=1", b"payload=%ff", b"\xff", b"&" * 50],
    ids=repr,
)
def test_forms_that_are_none(body: bytes) -> None:
    assert isinstance(judge(delivery(body, media="application/x-www-form-urlencoded"), *rules()), Refused)


FORM = "application/x-www-form-urlencoded"
NAMES = "up to 100 letters, digits, dots, hyphens and underscores"


@pytest.mark.parametrize(
    ("body", "media", "said"),
    [
        (TEXT.replace('"id": 11', '"id": ' + "9" * 5000), "application/json", "a number has 5,000 digits, more than 1,000"),
        (json.dumps(changed(repository__name="a b\\")), "application/json", f"a repository's name of {NAMES}, found 'a b"),
        (json.dumps(changed(sender={"login": ""})), "application/json", "expected an account's name of up to 100 letters"),
        (json.dumps(changed(action="X")), "application/json", "an action of up to 50 small letters and underscores, found 'X'"),
        ("payload={}&payload={}", FORM, "expected a form with the one field payload, found these fields: 'payload', 'payload'"),
        ("x=1", FORM, "expected a form with the one field payload, found these fields: 'x'"),
        ("payload", FORM, "found what is no form"),
    ],
    ids=["digits", "repository", "account", "action", "twice", "another", "none"],
)
def test_a_refusal_says_in_words_what_was_expected_and_found(body: str, media: str, said: str) -> None:
    verdict = judge(delivery(body.encode(), media=media), *rules())
    assert isinstance(verdict, Refused)
    assert said in verdict.reason
    assert not any(inside in verdict.reason for inside in ("regex", "sys.", "[A-Z", "codec"))


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;x"])
def test_content_types_that_are_json(media: str) -> None:
    assert isinstance(judge(delivery(json.dumps(PAYLOAD).encode(), media=media), *rules()), Announced)


@pytest.mark.parametrize("media", ["", "text/plain", "application/jsonx", "multipart/form-data", "application"])
def test_other_content_types_are_unsupported(media: str) -> None:
    with pytest.raises(UnsupportedMedia):
        judge(delivery(json.dumps(PAYLOAD).encode(), media=media), *rules())


def test_who_cannot_sign_is_not_told_what_else_is_wrong() -> None:
    with pytest.raises(AuthenticationFailed):
        judge(delivery(b"[" * 200_000, "\n", "text/plain", **{"x-hub-signature-256": "sha256=00"}), *rules())


@pytest.mark.parametrize("given_id", ["", "../../x", "a b", "x" * 65, "a/b", "\n", ".", "\u00e9", "-x"])
def test_a_missing_or_odd_id_is_replaced_by_one_made_of_the_content(given_id: str) -> None:
    body = json.dumps(PAYLOAD).encode()
    first, again = (judge(delivery(body, **{"x-github-delivery": given_id}), *rules()) for _ in range(2))
    other = judge(delivery(body + b" ", **{"x-github-delivery": given_id}), *rules())

    assert first.delivery_id == again.delivery_id != other.delivery_id
    assert SAFE_STREAM.fullmatch(f"release/x/y/{first.delivery_id}")
    assert isinstance(first, Announced)


# --- whatever is signed --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES = (
    "action",
    "release",
    "repository",
    "sender",
    "release__id",
    "release__tag_name",
    "release__assets",
    "repository__owner",
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    payload = changed(**{draw(st.sampled_from(PLACES)): draw(JSON)})
    return draw(
        st.binary(max_size=100) | st.just(json.dumps(payload).encode()) | JSON.map(lambda value: json.dumps(value).encode())
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    body=bodies(),
    event=st.sampled_from(["release", "ping"]) | st.text(max_size=10),
    media=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]) | st.text(max_size=10),
    given_id=st.text(max_size=70),
)
def test_whatever_is_signed_has_a_verdict(body: bytes, event: str, media: str, given_id: str) -> None:
    try:
        verdict = judge(delivery(body, event, media, **{"x-github-delivery": given_id}), *rules(owners=("*",)))
    except UnsupportedMedia:
        return
    assert isinstance(verdict, Announced | Withdrawn | Ignored | Refused | Pong)
    assert SAFE_STREAM.fullmatch(f"release/x/y/{verdict.delivery_id}")
    if isinstance(verdict, Announced):
        assert SAFE_STREAM.fullmatch(verdict.announcement.stream)


@given(body=bodies(), wrong=st.text(max_size=80))
def test_whatever_is_not_signed_is_not_believed(body: bytes, wrong: str) -> None:
    with pytest.raises(AuthenticationFailed):
        judge(delivery(body, **{"x-hub-signature-256": wrong}), *rules())
