"""What a web server in front is told, and what the options refuse. Whether it sends the file is tried with real ones."""

from pathlib import Path

import pytest
from aslo_storage_local import LocalOptions, create
from pydantic import ValidationError

from aslo_core.api import Blob, ConfigError, Context, Handover, HandsOver

BLOB = Blob(digest="ab" * 32, size=21, suffix=".xo")


def handover(tmp_path: Path, **options: str) -> Handover | None:
    context = Context(name="main", directory=tmp_path, data=tmp_path / "data", public_url="http://localhost")
    storage = create(LocalOptions.model_validate({"path": "bundles"} | options), context)
    assert isinstance(storage, HandsOver)
    return storage.handover(BLOB)


def test_nobody_is_told_anything_by_default(tmp_path: Path) -> None:
    assert handover(tmp_path) is None


def test_nginx_is_told_the_path_below_its_location(tmp_path: Path) -> None:
    told = handover(tmp_path, serve_with="x-accel-redirect", internal_path="/-/bundles/")
    assert told == Handover(header="X-Accel-Redirect", value=f"/-/bundles/{BLOB.name}")


def test_apache_and_lighttpd_are_told_the_file(tmp_path: Path) -> None:
    told = handover(tmp_path, serve_with="x-sendfile")
    assert told == Handover(header="X-Sendfile", value=f"{tmp_path}/bundles/{BLOB.name}")


@pytest.mark.parametrize("path", ["with space", "50%", "für alle", "a?b", "a\r\nSet-Cookie: x"])
def test_a_folder_that_a_header_cannot_name_is_refused_for_them_alone(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="ASCII letters") as told:
        handover(tmp_path, path=path, serve_with="x-sendfile")
    assert [problem.key for problem in told.value.problems] == ["path"]
    assert handover(tmp_path, path=path, serve_with="x-accel-redirect", internal_path="/b/") is not None


@pytest.mark.parametrize(
    "path",
    ["", "/", "bundles/", "/bundles", "//", "/a//b/", "/../", "/a/../b/", "/.well-known/", "/a b/", "/a%20b/", "/ä/", "/a/\n"],
)
def test_what_is_no_plain_location_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValidationError, match="such as /-/bundles/"):
        handover(tmp_path, serve_with="x-accel-redirect", internal_path=path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"serve_with": "x-accel-redirect"}, "needs internal_path"),
        ({"serve_with": "x-sendfile", "internal_path": "/-/bundles/"}, "internal_path has no meaning"),
        ({"internal_path": "/-/bundles/"}, "internal_path has no meaning"),
        ({"serve_with": "sendfile"}, "'x-accel-redirect' or 'x-sendfile'"),
    ],
)
def test_options_that_do_not_belong_together_are_refused(tmp_path: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        handover(tmp_path, **options)
