"""Where in which bucket objects are, whoever asks for them and however."""

from pathlib import Path
from typing import Any

import pytest
from aslo_storage_s3 import S3Options, create

from aslo_core.api import Context, Located, Place


def place(**options: Any) -> Place:
    given = {
        "bucket": "bundles",
        "access_key": "id",
        "secret_key": "secret",
        "endpoint": "https://s3.example.org",
        "prefix": "aslo",
    }
    context = Context(name="main", directory=Path("/"), data=Path("/data"), public_url="http://localhost")
    storage = create(S3Options.model_validate(given | options), context)
    assert isinstance(storage, Located)
    return storage.place()


@pytest.mark.parametrize(
    "other",
    [
        {"access_key": "other", "secret_key": "other"},
        {"endpoint": "https://S3.example.org:443/"},
        {"endpoint": "http://s3.example.org", "plain_http": True},
        {"addressing": "virtual"},
        {"region": "auto"},
        {"public_url": "https://cdn.example.org"},
    ],
)
def test_the_same_place_with_other_options(other: dict[str, Any]) -> None:
    assert place(**other) == place()


@pytest.mark.parametrize(
    "other",
    [{"bucket": "other"}, {"prefix": ""}, {"prefix": "aslo/deep"}, {"endpoint": "https://s3.example.org:9000"}],
)
def test_another_place(other: dict[str, Any]) -> None:
    assert not place().holds(place(**other))
    assert not place(**other).holds(place())


def test_amazons_own_address_is_that_of_the_region() -> None:
    assert place(endpoint=None) == place(endpoint="https://s3.us-east-1.amazonaws.com")
    assert place(endpoint=None) != place(endpoint=None, region="eu-central-1")
