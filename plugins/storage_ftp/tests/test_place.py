"""Where a folder on a server is, whoever asks for it and however."""

from pathlib import Path
from typing import Any

import pytest
from aslo_storage_ftp import FtpOptions, create

from aslo_core.api import Context, Located, Place


def place(**options: Any) -> Place:
    given = {"host": "ftp.example.org", "user": "aslo", "password": "secret", "path": "/srv/bundles"}
    context = Context(name="main", directory=Path("/"), data=Path("/data"), public_url="http://localhost")
    storage = create(FtpOptions.model_validate(given | options), context)
    assert isinstance(storage, Located)
    return storage.place()


@pytest.mark.parametrize(
    "other",
    [
        {"user": "other", "password": "other"},
        {"tls": "off"},
        {"tls": "implicit"},
        {"port": 21},
        {"host": "FTP.example.org."},
        {"path": "/srv//x/../bundles/"},
        {"public_url": "https://cdn.example.org", "timeout_seconds": 3},
    ],
)
def test_the_same_place_with_other_options(other: dict[str, Any]) -> None:
    assert place(**other) == place()


@pytest.mark.parametrize(
    "other",
    [{"host": "ftp.example.com"}, {"port": 2121}, {"path": "srv/bundles"}, {"path": "/srv/bundles/deep"}, {"path": "/srv"}],
)
def test_another_place(other: dict[str, Any]) -> None:
    assert not place().holds(place(**other))
    assert not place(**other).holds(place())


def test_a_path_without_a_slash_in_front_is_in_the_folder_of_the_account() -> None:
    assert place(path="") == place(path=".", tls="off")
    assert place(path="bundles") != place(path="bundles", user="other")
