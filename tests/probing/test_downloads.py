"""A published bundle is downloaded at the public address, and held against the catalogue, with a real nginx in front."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aslo_core.probing.downloads import probe_download
from aslo_core.testing import values
from aslo_core.testing.site import Site, opened, served
from aslo_core.testing.story import Made
from aslo_core.testing.web_servers import WebServer
from aslo_core.types import Blob, Probed

DATA = bytes(range(256)) * 1000
OTHER = b"something else, such as a page of the host's"


@pytest.fixture
def site(migrated: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "log.db").write_bytes(migrated.read_bytes())
    with opened(tmp_path) as site:
        yield site


@pytest.fixture
def url(site: Site) -> Iterator[str]:
    with served(replace(site.services, public_url="http://127.0.0.1")) as url:
        yield url


def publish(site: Site) -> Blob:
    bundle = site.first.keep(DATA, ".xo")
    site.story.published(values.announcement("1", "v1"), Made(bundle=bundle))
    site.projector.catch_up()
    return bundle


def probed(url: str) -> Probed:
    (found,) = probe_download(url)
    assert found.what == "download"
    return found


def test_the_published_bytes_are_good(site: Site, url: str) -> None:
    publish(site)
    row = probed(url)
    assert (row.verdict, "Maze-1.xo as published" in row.found) == ("good", True)


def test_where_nothing_is_published_nothing_can_be_told(url: str) -> None:
    assert (probed(url).verdict, probed(url).found) == ("unknown", "nothing is published yet")


def test_where_nobody_answers_nothing_can_be_told() -> None:
    row = probed("http://127.0.0.1:1")
    assert (row.verdict, "while aslo serve runs" in row.cure) == ("unknown", True)


@pytest.mark.parametrize("answer", ['return 200 "{}";', 'return 200 "<html>";', "return 404;"])
def test_where_another_answers_nothing_can_be_told(nginx: Callable[[str], WebServer], answer: str) -> None:
    row = probed(nginx(f"location / {{ {answer} }}").url)
    assert (row.verdict, "does not answer with ASLO's catalogue" in row.found) == ("unknown", True)


def test_a_web_server_that_says_it_sends_files_and_gives_nothing_is_bad(
    site: Site, url: str, nginx: Callable[[str], WebServer]
) -> None:
    publish(site)
    site.first.handed_over_by = "X-Sendfile"
    row = probed(nginx(f"location / {{ proxy_pass {url}; proxy_set_header X-Sendfile-Type X-Sendfile; }}").url)
    assert row.verdict == "bad"
    assert f"0 other bytes for Maze-1.xo, which has {len(DATA):,}" in row.found


def test_a_web_server_that_may_not_read_the_folder_is_bad(site: Site, url: str, nginx: Callable[[str], WebServer]) -> None:
    publish(site)
    site.first.handed_over_by = "X-Accel-Redirect"
    forbidden = "location /srv/ { internal; return 403; }"
    row = probed(
        nginx(f"location / {{ proxy_pass {url}; proxy_set_header X-Sendfile-Type X-Accel-Redirect; }} {forbidden}").url
    )
    assert (row.verdict, "answers 403 for Maze-1.xo" in row.found) == ("bad", True)
    assert "read the objects" in row.cure


@pytest.mark.parametrize(
    ("answer", "verdict"), [("return 404;", "bad"), (f'return 200 "{OTHER.decode()}";', "bad"), ("", "good")]
)
def test_where_it_leads_is_followed(
    site: Site, url: str, nginx: Callable[[str], WebServer], tmp_path: Path, answer: str, verdict: str
) -> None:
    bundle = publish(site)
    served = tmp_path / "served" / bundle.name
    served.parent.mkdir(parents=True)
    served.write_bytes(DATA)
    cdn = nginx(f"location / {{ root {tmp_path}/served; {answer} }}")
    site.first.public_url = cdn.url
    assert probed(url).verdict == verdict
    assert site.first.opened == 0
