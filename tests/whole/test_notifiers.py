"""A release is told by webhook and by e-mail; a notifier that is filtered or broken fails nothing, and is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.github import deliver
from aslo_core.testing.mail_server import MailServer
from aslo_core.testing.webhook_receiver import WebhookReceiver
from examples.demo.reading import eventually
from examples.demo.stage import Stage, commit, make_repository, stage

SECRET = "whsec_" + "c2VjcmV0" * 6

NOTIFIERS = """
[notifier.chat]
use = "webhook"
url = "{hook}/chat"
secret = "{secret}"
allow_private = ["127.0.0.0/8"]
events = ["published"]
owners = ["Sugar-*"]

[notifier.elsewhere]
use = "webhook"
url = "{hook}/elsewhere"
secret = "{secret}"
allow_private = ["127.0.0.0/8"]
activities = ["org.example.Another"]

[notifier.inside]
use = "webhook"
url = "{hook}/inside"
secret = "{secret}"

[notifier.mail]
use = "email"
host = "localhost"
port = {port}
sender = "ASLO <aslo@example.org>"
authors = [{{ login = "grace", address = "Grace <grace@example.org>" }}]
user = "{user}"
password = "{password}"
ca_file = "{ca}"

[notifier.broken]
use = "email"
host = "localhost"
port = {port}
sender = "aslo@example.org"
to = ["list@example.org"]
ca_file = "{ca}"
templates = "{templates}"
"""


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def told(tmp_path: Path, receiver: WebhookReceiver) -> Iterator[tuple[Stage, MailServer]]:
    certificate = make_certificate(tmp_path)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "subject.txt").write_text("{{ titel }}")
    with MailServer("starttls", certificate) as mail:
        given = {"hook": receiver.url, "secret": SECRET, "port": mail.port, "user": mail.user, "password": mail.password}
        more = NOTIFIERS.format(**given, ca=certificate.chain, templates=templates)
        with stage(tmp_path / "stage", more) as up:
            eventually(f"{up.url}/readyz", "ready")
            yield up, mail


def settled(page: dict[str, Any], notifier: str) -> dict[str, str]:
    return {one["kind"]: one["state"] for one in page["notices"] if one["notifier"] == notifier}


def test_the_whole_way(told: tuple[Stage, MailServer], receiver: WebhookReceiver):
    up, mail = told
    repository, tree = make_repository(up.github, up.folder, "star-map")
    commit(tree, "Version 1", "v1")
    payload = up.github.release_payload(up.github.add_release(repository, "v1", author="grace"))
    url = deliver(up.hook, "release", payload, up.secret).json()["release_url"]
    page = eventually(url, "ended")
    assert page["state"] == "published"
    while "pending" in [one["state"] for one in page["notices"] if one["notifier"] != "broken"] or len(mail.taken) < 2:
        page = eventually(url, "ended")

    assert settled(page, "chat") == {"published": "sent"}
    assert settled(page, "elsewhere") == {}
    assert settled(page, "mail") == {"started": "sent", "published": "sent"}
    assert settled(page, "inside") == {"started": "failed", "published": "failed"}
    (webhook,) = receiver.received
    sent = json.loads(webhook.body)
    assert (webhook.path, sent["type"], sent["data"]["author"]["login"]) == ("/chat", "release.published", "grace")
    assert sent["data"]["status_url"] == url
    assert [recipients for _, recipients in mail.taken] == [("grace@example.org",)] * 2
    started, published = (message for message, _ in mail.taken)
    assert started["References"] == published["References"]
    assert sent["data"]["name"] in published["Subject"]

    broken = [one for one in page["notices"] if one["notifier"] == "broken"]
    assert {one["state"] for one in broken} == {"pending"}
    assert broken[0]["error"].startswith("templates/subject.txt:1: 'titel' is undefined")
    assert SECRET not in json.dumps(page)
    assert "grace@example.org" not in json.dumps(page)
