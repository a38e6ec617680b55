"""Posts notices as signed webhooks."""

from __future__ import annotations

import json
import secrets
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from aslo_core.api import ConfigError, ConfigProblem, Context, Notice, Probed, Templates
from aslo_notify_webhook.connection import CheckedBackend, Deadline, Resolver, resolve
from aslo_notify_webhook.options import WebhookOptions
from aslo_notify_webhook.posting import post, reach
from aslo_notify_webhook.signature import key_of, signed_headers

BODY = "body.json"
SHIPPED = Path(__file__).parent / "templates"


class WebhookNotifier:
    """Posts each notice to one address.

    Args:
        options: where to, and how.
        templates: give the body.
        trust: whom to trust.
        name: the table's name in `aslo.toml`.
        resolver: gives the addresses of a host.
    """

    def __init__(
        self, options: WebhookOptions, templates: Templates, trust: ssl.SSLContext, name: str, resolver: Resolver
    ) -> None:
        self._options = options
        self._templates = templates
        self._trust = trust
        self._name = name
        self._resolver = resolver
        secrets = (options.secret, *options.previous_secrets)
        self._keys = tuple(key_of(secret.get_secret_value()) for secret in secrets)

    def notify(self, notice: Notice) -> str:
        """Post one notice; see `aslo_core.api.Notifier`. There is no address at which a webhook can be seen."""
        self._post(f"{notice.id}-{self._name}", self._templates.render(BODY, notice).encode())
        return ""

    def probe(self) -> Iterable[Probed]:
        """Connect to the receiver, and post nothing; see `aslo_core.api.Probes`."""
        yield Probed.good("receiver", reach(self._options.url.get_secret_value(), self._backend(), self._trust))

    def send_test(self) -> Probed:
        """Post a webhook of the type `test`, signed as all are; see `aslo_core.api.SendsTest`."""
        said = {"message": "This is a test of ASLO's; nothing was released.", "notifier": self._name}
        body = json.dumps({"type": "test", "timestamp": datetime.now(UTC).isoformat(), "data": said}).encode()
        self._post(f"test-{secrets.token_hex(16)}-{self._name}", body)
        return Probed.good("test notice", "the receiver took it")

    def template_problems(self) -> Iterable[ConfigProblem]:
        """Say what is wrong with the templates; see `aslo_core.api.Templated`."""
        return self._templates.problems()

    def _post(self, message_id: str, body: bytes) -> None:
        headers = signed_headers(message_id, int(time.time()), body, self._keys)
        post(self._options.url.get_secret_value(), headers, body, self._backend(), self._trust, self._table)

    def _backend(self) -> CheckedBackend:
        deadline = Deadline(self._options.timeout_seconds)
        return CheckedBackend(self._resolver, self._options.allow_private, deadline, self._table)

    @property
    def _table(self) -> str:
        return f"[notifier.{self._name}]"


def create(options: WebhookOptions, context: Context, resolver: Resolver = resolve) -> WebhookNotifier:
    """Make the notifier of one table; `resolver` gives the addresses of a host."""
    templates = Templates(SHIPPED, options.replaced(context))
    file = None if options.ca_file is None else context.directory / options.ca_file
    try:
        trust = ssl.create_default_context(cafile=file)
    except OSError as reason:
        found = f"{file} holds no certificates that can be read ({reason})"
        raise ConfigError([ConfigProblem("", 0, "ca_file", found, "name a file with certificates in PEM form")]) from None
    return WebhookNotifier(options, templates, trust, context.name, resolver)
