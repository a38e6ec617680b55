"""Which configurations are taken, and that the others say why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aslo_notify_webhook import aslo_notifiers
from aslo_notify_webhook.options import WebhookOptions
from pydantic import ValidationError

from aslo_core.api import ConfigError

if TYPE_CHECKING:
    from plugins.notify_webhook.tests.conftest import Desk

SECRET = "whsec_" + "c2VjcmV0" * 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "http://hooks.example/"}, "use https"),
        ({"url": "ftp://hooks.example/"}, "expected an address"),
        ({"url": "hooks.example"}, "expected an address"),
        ({"url": "https://ada:pw@hooks.example/"}, "without a user"),
        ({"url": "https://hooks.example/#x"}, "without `#`"),
        ({"url": "https://hooks.example/a b"}, "without spaces"),
        ({"url": "https://hooks.example/\r\nX: y"}, "without spaces"),
        ({"url": "https://höoks.example/"}, "xn--"),
        ({"url": "https://hooks.example:99999/"}, "out of range"),
        ({"secret": "s3cret"}, "openssl rand"),
        ({"previous_secrets": ["s3cret"]}, "openssl rand"),
        ({"allow_private": ["inside"]}, "network"),
        ({"timeout_seconds": 0}, "greater than 0"),
        ({"retries": 3}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason_and_without_secrets(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        WebhookOptions(**({"url": "https://hooks.example/", "secret": SECRET} | options))
    assert "s3cret" not in str(refused.value)
    assert "ada:pw" not in str(refused.value)


@pytest.mark.parametrize("options", [{"ca_file": "absent.pem"}, {"templates": "absent"}])
def test_what_is_not_there_is_told_with_its_key(desk: Desk, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        desk.notifier(**options)
    assert [problem.key for problem in refused.value.problems] == list(options)


def test_the_readme_explains_every_option() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert [key for key in WebhookOptions.model_fields if f"| `{key}`" not in readme] == []


def test_the_plugin_offers_itself_as_webhook() -> None:
    (offer,) = aslo_notifiers()
    assert (offer.name, offer.options) == ("webhook", WebhookOptions)
