"""The receiver is connected to without a webhook, and a test webhook says that it is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aslo_core.api import Permanent, Probed, Probes, SendsTest, Transient
from aslo_core.testing.webhook_receiver import Answer
from plugins.notify_webhook.tests.conftest import SECRET, names

if TYPE_CHECKING:
    from aslo_notify_webhook.notifier import WebhookNotifier

    from plugins.notify_webhook.tests.conftest import Desk


def probed(notifier: WebhookNotifier) -> Probed:
    assert isinstance(notifier, Probes)
    (row,) = notifier.probe()
    return row


def test_a_receiver_that_answers_is_good_and_gets_no_webhook(desk: Desk) -> None:
    row = probed(desk.notifier())
    assert (row.verdict, row.found) == ("good", "127.0.0.1 answers")
    assert desk.receiver.received == []


def test_with_tls_its_certificate_has_to_be_trusted(tls_desk: Desk) -> None:
    resolver = names({"hooks.example": ["127.0.0.1"]})
    assert "with a certificate that is trusted" in probed(tls_desk.notifier(resolver)).found
    with pytest.raises(Transient, match=r"hooks\.example gave no usable answer"):
        probed(tls_desk.notifier(resolver, ca_file=None))
    assert tls_desk.receiver.received == []


def test_an_address_inside_is_refused_before_anything_is_connected(desk: Desk) -> None:
    with pytest.raises(Permanent, match=r"webhook\.inside-network"):
        probed(desk.notifier(allow_private=()))


def test_a_name_that_leads_nowhere_and_a_receiver_that_is_away_are_told(desk: Desk) -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(Transient, match="its name leads nowhere"):
        probed(desk.notifier(nowhere))
    desk.go_away()
    with pytest.raises(Transient, match="gave no usable answer"):
        probed(desk.notifier())


def test_a_test_notice_is_signed_and_of_a_type_of_its_own(desk: Desk) -> None:
    notifier = desk.notifier()
    assert isinstance(notifier, SendsTest)
    assert [notifier.send_test().verdict, notifier.send_test().verdict] == ["good", "good"]
    first, again = desk.receiver.received
    body = json.loads(first.body)
    assert (body["type"], sorted(body)) == ("test", ["data", "timestamp", "type"])
    assert "test" in body["data"]["message"]
    assert first.headers["webhook-signature"].startswith("v1,")
    assert first.headers["webhook-id"] != again.headers["webhook-id"]
    assert SECRET not in str(first)


def test_a_test_notice_that_is_refused_says_so(desk: Desk) -> None:
    desk.receiver.always = Answer(403, taken=False)
    with pytest.raises(Permanent, match="answered 403"):
        desk.notifier().send_test()
