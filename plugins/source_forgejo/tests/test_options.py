from pathlib import Path
from typing import Any

import pytest
from aslo_source_forgejo import aslo_sources
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.source import create
from pydantic import ValidationError

from aslo_core.api import Context

GIVEN = {"url": "https://codeberg.org/", "secret": "s3cret", "owners": ["sugarlabs"]}


def test_it_is_offered_as_forgejo() -> None:
    (offer,) = aslo_sources()
    assert (offer.name, offer.options) == ("forgejo", ForgejoSourceOptions)


def test_an_address_a_secret_and_owners_are_enough() -> None:
    options = ForgejoSourceOptions.model_validate(GIVEN)
    assert options.url == "https://codeberg.org"
    assert [str(entry) for entry in options.clone_from.entries] == ["https://codeberg.org"]


@pytest.mark.parametrize("missing", ["url", "secret", "owners"])
def test_what_has_no_default(missing: str) -> None:
    with pytest.raises(ValidationError):
        ForgejoSourceOptions.model_validate({name: value for name, value in GIVEN.items() if name != missing})


@pytest.mark.parametrize(
    "options",
    [
        *({"secret": value} for value in ("", " \n", None)),
        {"previous_secrets": [""]},
        *({"owners": value} for value in ([], ["a/b"], [""], [".."])),
        {"token": ""},
        *({"url": value} for value in ("http://codeberg.org", "ftp://x", "https://user@x", "https://x/api/v1", "codeberg.org")),
        {"url": "https://x/../y"},
        {"url": "http://127.0.0.1:3000", "ca_file": "ca.pem"},
        {"assets_from": ["http://storage.example.org"]},
        {"assets_mib": 0},
        {"timeout_seconds": 0},
        {"ownrs": []},
    ],
    ids=repr,
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ForgejoSourceOptions.model_validate({**GIVEN, **options})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000", "https://forge.lan:8443", "https://example.org/git"])
def test_a_forge_of_ones_own(url: str) -> None:
    assert ForgejoSourceOptions.model_validate({**GIVEN, "url": url}).url == url


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_holds_no_certificate_is_told_when_the_source_is_made(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    options = ForgejoSourceOptions.model_validate({**GIVEN, "ca_file": "ca.pem"})
    with pytest.raises(ValueError, match=r"ca_file: .*ca\.pem is no file of certificates"):
        create(options, Context("forge", tmp_path, tmp_path, ""))
