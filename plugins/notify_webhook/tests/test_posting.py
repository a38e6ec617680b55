"""Where webhooks go, where they never go, and what becomes of each answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import pytest

from aslo_core.api import Permanent, Transient
from aslo_core.testing.webhook_receiver import Answer, WebhookReceiver

if TYPE_CHECKING:
    from plugins.notify_webhook.tests.conftest import Desk


@pytest.fixture
def other(desk: Desk) -> Iterator[WebhookReceiver]:
    """A second receiver, to which the first may redirect."""
    with WebhookReceiver() as receiver:
        yield receiver


def refused(desk: Desk, **options: object) -> Permanent:
    with pytest.raises(Permanent) as caught:
        desk.notifier(**options).notify(desk.notice("n1", "started"))  # type: ignore[arg-type]
    return caught.value


def test_the_body_is_the_whole_notice(desk: Desk) -> None:
    notice = desk.notice("n1", "rejected", tag='v"1\n</script>')
    desk.notifier().notify(notice)
    sent = json.loads(desk.messages()[0])
    assert sent["type"] == "release.rejected"
    assert sent["timestamp"] == "2026-09-21T14:13:20+00:00"
    assert sent["data"] == json.loads(msgspec.json.encode(notice))


def test_path_and_query_are_kept(desk: Desk) -> None:
    desk.path = "/services/T0/B0?token=a%20b&x"
    desk.notifier().notify(desk.notice("n1", "started"))
    assert desk.receiver.received[0].path == desk.path


def test_nothing_is_sent_inside_unless_allowed(desk: Desk) -> None:
    refusal = refused(desk, allow_private=())
    assert refusal.rule == "webhook.inside-network"
    assert "allow_private of [notifier.chat]" in refusal.cure
    assert refused(desk, allow_private=("10.0.0.0/8",)).rule == "webhook.inside-network"
    assert not desk.receiver.received


@pytest.mark.parametrize("addresses", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::ffff:10.0.0.1"]])
def test_one_address_inside_is_enough_to_refuse_a_name(tls_desk: Desk, addresses: Sequence[str]) -> None:
    assert refused(tls_desk, resolver=lambda *_: addresses).rule == "webhook.inside-network"
    assert not tls_desk.receiver.received


def test_a_name_is_resolved_once_and_the_connection_goes_where_it_was_checked(tls_desk: Desk) -> None:
    """A name that means another address a moment later gains nothing by it (DNS rebinding)."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    tls_desk.notifier(resolver=lambda *_: answers.pop(0)).notify(tls_desk.notice("n1", "started"))
    assert answers == [["10.0.0.1"]]
    (webhook,) = tls_desk.receiver.received
    assert webhook.headers["host"] == f"hooks.example:{tls_desk.receiver.port}"


def test_the_next_address_is_tried_where_one_does_not_answer(tls_desk: Desk) -> None:
    tls_desk.notifier(resolver=lambda *_: ["127.0.0.2", "127.0.0.1"]).notify(tls_desk.notice("n1", "started"))
    assert len(tls_desk.receiver.received) == 1


def test_a_name_that_leads_nowhere_is_tried_again_later(tls_desk: Desk) -> None:
    def nowhere(*_: object) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Transient, match=r"hooks\.example .*leads nowhere"):
        tls_desk.notifier(resolver=nowhere).notify(tls_desk.notice("n1", "started"))


@pytest.mark.parametrize("options", [{"ca_file": None}, {"url": "https://else.example:{port}/"}])
def test_a_certificate_that_is_not_trusted_or_for_another_name_gets_nothing(tls_desk: Desk, options: dict[str, str]) -> None:
    given = {name: value and value.format(port=tls_desk.receiver.port) for name, value in options.items()}
    with pytest.raises(Transient, match="certificate verify failed"):
        tls_desk.notifier(resolver=lambda *_: ["127.0.0.1"], **given).notify(tls_desk.notice("n1", "started"))
    assert not tls_desk.receiver.received


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_request_is_followed(desk: Desk, other: WebhookReceiver, status: int) -> None:
    desk.receiver.always = Answer(status, {"Location": f"{other.url}/new"}, taken=False)
    desk.notifier().notify(desk.notice("n1", "started"))
    (webhook,) = other.received
    assert webhook.path == "/new"
    assert webhook.headers["webhook-id"].startswith("n1")


@pytest.mark.parametrize("location", ["http://127.0.0.2:{port}/", "//127.0.0.2:{port}/x"])
def test_a_redirect_is_checked_like_the_first_address(desk: Desk, other: WebhookReceiver, location: str) -> None:
    desk.receiver.always = Answer(307, {"Location": location.format(port=other.port)}, taken=False)
    assert refused(desk, allow_private=("127.0.0.1/32",)).rule == "webhook.inside-network"
    assert not other.received


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (301, "/new"),
        (302, "/new"),
        (303, "/new"),
        (307, "http://example.org/"),
        (307, "gopher://x/"),
        (307, "/round"),
        (304, ""),
    ],
)
def test_other_redirects_are_not(desk: Desk, status: int, location: str) -> None:
    desk.receiver.always = Answer(status, {"Location": location} if location else {}, taken=False)
    refusal = refused(desk)
    assert refusal.rule == "webhook.redirected"
    assert "[notifier.chat]" in refusal.cure


def test_a_redirect_never_leads_from_https_to_http(tls_desk: Desk) -> None:
    tls_desk.receiver.always = Answer(307, {"Location": "http://127.0.0.1:1/"}, taken=False)
    assert "plain http" in refused(tls_desk, resolver=lambda *_: ["127.0.0.1"]).found


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_one(desk: Desk, status: int) -> None:
    desk.receiver.always = Answer(status)
    assert desk.notifier().notify(desk.notice("n1", "started")) == ""


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(desk: Desk, status: int) -> None:
    desk.receiver.always = Answer(status, {"Retry-After": "42"})
    with pytest.raises(Transient, match=str(status)) as caught:
        desk.notifier().notify(desk.notice("n1", "started"))
    assert caught.value.retry_after == 42


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_a_refusal_is_told_once_without_the_address_that_may_be_a_secret(desk: Desk, status: int) -> None:
    desk.path = "/services/s3cret"
    desk.receiver.always = Answer(status)
    refusal = refused(desk)
    assert refusal.rule == "webhook.refused"
    assert str(status) in refusal.found
    assert "s3cret" not in str(refusal)


def test_an_answer_without_end_holds_up_nobody(desk: Desk) -> None:
    desk.receiver.always = Answer(200, drips=True)
    desk.notifier(timeout_seconds=100).notify(desk.notice("n1", "started"))


def test_an_answer_whose_head_drips_ends_by_the_deadline(desk: Desk) -> None:
    """Each byte comes in time, all of them never do."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.05):
                    connection.send(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        try:
            with pytest.raises(Transient, match="in time"):
                desk.notifier(url=url, timeout_seconds=0.4).notify(desk.notice("n1", "started"))
        finally:
            over.set()
            thread.join()


def test_an_operators_template_makes_the_body(desk: Desk) -> None:
    (desk.context.directory / "templates").mkdir()
    (desk.context.directory / "templates" / "body.json").write_text('{"text": {{ symbol ~ " " ~ title }}, "to": ["#sugar"]}')
    notice = desk.notice("n1", "published", name='"}, {"')
    desk.notifier(templates="templates").notify(notice)
    assert json.loads(desk.messages()[0]) == {"text": '✅ "}, {" 29 is published', "to": ["#sugar"]}


def test_a_template_that_gives_no_json_is_told_by_check_and_by_each_try(desk: Desk) -> None:
    folder = desk.context.directory / "templates"
    folder.mkdir()
    (folder / "body.json").write_text('{"text": "{{ title }}"}')
    notifier = desk.notifier(templates="templates")
    problems = list(notifier.template_problems())
    assert problems
    assert "without quotes" in problems[0].found
    with pytest.raises(Transient, match=r"body\.json.*is not JSON"):
        notifier.notify(desk.notice("n1", "started"))
