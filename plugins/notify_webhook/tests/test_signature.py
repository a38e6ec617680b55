"""Receivers can prove where a webhook comes from, with any library for Standard Webhooks."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest
from aslo_notify_webhook.signature import key_of, signed_headers

from aslo_core.testing.webhook_receiver import Answer, Received

if TYPE_CHECKING:
    from plugins.notify_webhook.tests.conftest import Desk

OLD = "whsec_" + b64encode(b"o" * 24).decode()


def is_signed(webhook: Received, secret: str) -> bool:
    """Check as a receiver does."""
    headers = webhook.headers
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), webhook.body])
    right = b64encode(hmac.new(b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers["webhook-signature"].split(" ")


def test_a_signature_is_that_of_the_standard() -> None:
    """The example of the reference libraries."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [key])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_signed_and_json(desk: Desk) -> None:
    desk.notifier().notify(desk.notice("n1", "published"))
    (webhook,) = desk.receiver.received
    assert is_signed(webhook, desk.secret)
    assert not is_signed(webhook, OLD)
    assert webhook.headers["content-type"] == "application/json"


def test_while_a_secret_is_replaced_either_proves_it(desk: Desk) -> None:
    desk.notifier(previous_secrets=(OLD,)).notify(desk.notice("n1", "published"))
    (webhook,) = desk.receiver.received
    assert is_signed(webhook, desk.secret)
    assert is_signed(webhook, OLD)


def test_a_webhook_that_comes_again_has_the_same_id_and_body(desk: Desk) -> None:
    desk.receiver.answers.append(Answer(500))
    with pytest.raises(Exception, match="500"):
        desk.notifier().notify(desk.notice("n1", "published"))
    desk.notifier().notify(desk.notice("n1", "published"))
    desk.notifier().notify(desk.notice("n2", "published"))
    first, again, other = desk.receiver.received
    assert (first.headers["webhook-id"], first.body) == (again.headers["webhook-id"], again.body)
    assert first.headers["webhook-id"] != other.headers["webhook-id"]


@pytest.mark.parametrize(
    "secret", ["", "c2VjcmV0", "whsec_", "whsec_!!!", "whsec_" + "YQ==", "whsec_" + b64encode(b"k" * 65).decode()]
)
def test_what_is_no_secret_is_refused_with_a_way_to_make_one(secret: str) -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        key_of(secret)
