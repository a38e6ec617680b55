"""A receiver of webhooks on loopback, and a notifier that posts to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aslo_notify_webhook.connection import Resolver, resolve
from aslo_notify_webhook.notifier import WebhookNotifier, create
from aslo_notify_webhook.options import WebhookOptions

from aslo_core.api import Context, Notice
from aslo_core.testing import values
from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.webhook_receiver import Answer, Received, WebhookReceiver

SECRET = "whsec_" + "c2VjcmV0" * 6
LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Desk:
    """A receiver and whoever posts to it."""

    receiver: WebhookReceiver
    context: Context
    options: dict[str, Any] = field(default_factory=dict)
    path: str = "/hook"

    @property
    def secret(self) -> str:
        return SECRET

    @property
    def names_waits(self) -> bool:
        return True

    def notifier(self, resolver: Resolver = resolve, **options: Any) -> WebhookNotifier:
        given = {"url": self.receiver.url + self.path, "secret": SECRET, "allow_private": LOOPBACK} | self.options | options
        return create(WebhookOptions(**given), self.context, resolver)

    def notice(self, notice_id: str, kind: str, **fields: Any) -> Notice:
        return values.notice(notice_id, kind, **fields)  # type: ignore[arg-type]

    def webhooks(self) -> Sequence[Received]:
        """Those that the receiver had not had before, as the standard wants it: the id tells."""
        return list({webhook.headers["webhook-id"]: webhook for webhook in self.receiver.received}.values())

    def messages(self) -> list[str]:
        return [webhook.body.decode() for webhook in self.webhooks()]

    def lose_next_answer(self) -> None:
        self.receiver.answers.append(Answer(0))

    def hold_until_both_post(self) -> None:
        self.receiver.together = threading.Barrier(2)

    def fail_next_request(self) -> None:
        self.receiver.answers.append(Answer(502, taken=False))

    def limit_next_request(self, seconds: int) -> None:
        self.receiver.answers.append(Answer(429, {"Retry-After": str(seconds)}, taken=False))

    def disallow(self) -> None:
        self.receiver.always = Answer(403, taken=False)

    def go_away(self) -> None:
        self.receiver.stop()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(name="chat", directory=tmp_path, data=tmp_path, public_url="https://aslo.example")


@pytest.fixture
def desk(context: Context) -> Iterator[Desk]:
    with WebhookReceiver() as receiver:
        yield Desk(receiver, context)


@pytest.fixture
def tls_desk(context: Context, tmp_path: Path) -> Iterator[Desk]:
    certificate = make_certificate(tmp_path, ("hooks.example",))
    with WebhookReceiver(certificate, "hooks.example") as receiver:
        yield Desk(receiver, context, {"ca_file": certificate.chain})


def names(table: Mapping[str, Sequence[str]]) -> Resolver:
    """A resolver that knows these names alone."""
    return lambda host, _port: table[host]
