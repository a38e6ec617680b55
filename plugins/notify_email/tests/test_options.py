"""Which configurations are taken, and that the others say why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aslo_notify_email import aslo_notifiers
from aslo_notify_email.options import EmailOptions
from pydantic import ValidationError

GIVEN = {"host": "mail.example.org", "sender": "aslo@example.org", "to": ["list@example.org"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"to": []}, "nobody is written to"),
        ({"to": ["list"]}, "expected an address"),
        ({"to": ["a@b@c"]}, "expected an address"),
        ({"to": ["ada@"]}, "expected an address"),
        ({"to": ["friends: a@example.org;"]}, "expected an address"),
        ({"to": ["a@example.org, b@example.org"]}, "expected an address"),
        ({"to": ["a@example.org\r\nBcc: b@example.org"]}, "expected an address"),
        ({"to": ["ä@example.org"]}, "expected an address"),
        ({"sender": "ASLO"}, "expected an address"),
        ({"sender": ""}, "expected an address"),
        ({"authors": [{"login": "ada", "address": "nobody"}]}, "expected an address"),
        ({"host": ""}, "at least 1"),
        ({"host": "mail.example.org\r\nEHLO"}, "match"),
        ({"security": "ssl"}, "'starttls', 'tls' or 'none'"),
        ({"user": "aslo"}, "go together"),
        ({"password": "s3cret"}, "go together"),
        ({"user": "aslo\n", "password": "s3cret"}, "control characters"),
        ({"security": "none", "ca_file": "ca.pem"}, "no meaning"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"reply_to": "x@example.org"}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        EmailOptions(**(GIVEN | options))
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_way_to_encrypt_has_its_usual_port(security: str, port: int) -> None:
    assert EmailOptions.model_validate(GIVEN | {"security": security}).server_port == port
    assert EmailOptions.model_validate(GIVEN | {"security": security, "port": 2525}).server_port == 2525


def test_an_author_is_enough() -> None:
    assert EmailOptions.model_validate(GIVEN | {"to": [], "authors": [{"login": "ada", "address": "Ada <ada@example.org>"}]})


def test_the_readme_explains_every_option() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert [key for key in EmailOptions.model_fields if f"| `{key}`" not in readme] == []


def test_the_plugin_offers_itself_as_email() -> None:
    (offer,) = aslo_notifiers()
    assert (offer.name, offer.options) == ("email", EmailOptions)


def test_addresses_of_others_are_not_among_what_is_recorded_of_the_configuration() -> None:
    options = EmailOptions.model_validate(GIVEN | {"authors": [{"login": "ada", "address": "ada@example.net"}]})
    for told in (repr(options), options.model_dump_json()):
        assert "list@" not in told
        assert "ada@" not in told
