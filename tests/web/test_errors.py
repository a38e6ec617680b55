"""Errors are answered in the form that is asked for, and tell nothing of the inside."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Blueprint

import aslo_core.web
from aslo_core.errors import Transient
from aslo_core.log import LogUnavailable
from aslo_core.projections import Views
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.web import create_app


def test_not_found_as_a_page_and_as_a_problem(site: Site) -> None:
    page = site.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>Not Found</h1>" in page.text
    problem = site.get("/nothing", Accept="application/json")
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert problem.get_json()["title"] == "Not Found"
    assert "no-store" in problem.headers["Cache-Control"]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_format_that_there_is_none_of(site: Site, accept: str) -> None:
    response = site.get("/?format=xml", Accept=accept)
    assert response.status_code == 400
    assert "no format" in response.text
    assert "format=json" in response.text
    assert (response.mimetype == "text/html") == (accept == "text/html")
    assert site.get("/?format=html", Accept="application/json").mimetype == "text/html"


def test_another_method_names_those_that_are_allowed(site: Site) -> None:
    response = site.client.post("/")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_below_api_errors_are_for_programs(site: Site, accept: str) -> None:
    blueprint = Blueprint("program", __name__)

    @blueprint.post("/api/thing")
    def thing() -> str:
        raise RuntimeError("broken")

    client = create_app(replace(site.services, intake=blueprint)).test_client()
    headers = {"Accept": accept}
    other_method = client.get("/api/thing", headers=headers)
    assert "POST" in other_method.headers["Allow"]
    answers = (other_method, client.get("/api/other", headers=headers), client.post("/api/thing", headers=headers))
    assert [answer.status_code for answer in answers] == [405, 404, 500]
    for answer in answers:
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["status"] == answer.status_code
    assert client.post("/", headers={"Accept": "text/html"}).mimetype == "text/html"


def test_a_fault_of_ours_tells_nothing_of_the_inside(site: Site) -> None:
    blueprint = Blueprint("faulty", __name__)

    @blueprint.get("/fault")
    def fault() -> str:
        raise RuntimeError("the secret is 42")

    client = create_app(replace(site.services, intake=blueprint)).test_client()
    response = client.get("/fault")
    assert response.status_code == 500
    assert "42" not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_what_will_pass_says_when_to_ask_again(site: Site) -> None:
    blueprint = Blueprint("busy", __name__)

    @blueprint.get("/busy")
    def busy() -> str:
        raise Transient("the peer at 10.0.0.1 is down", retry_after=30)

    client = create_app(replace(site.services, intake=blueprint)).test_client()
    response = client.get("/busy")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert "10.0.0.1" not in response.text


def test_alive_and_ready(site: Site) -> None:
    site.story.announced(values.announcement())
    assert site.get("/healthz").get_json()["ready"] is True
    ready = site.get("/readyz")
    assert (ready.status_code, ready.get_json()["position"]) == (200, site.story.log.head())


@pytest.mark.parametrize("path", ["/", "/status", "/activities/a.b/1"])
def test_without_views_pages_are_unavailable_and_it_is_not_ready(site: Site, tmp_path: Path, path: str) -> None:
    with closing(Views(tmp_path / "missing.db")) as views:
        client = create_app(replace(site.services, views=views)).test_client()
        assert client.get(path).status_code == 503
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["ready"]) == (503, False)


def test_while_views_are_being_rebuilt_it_is_not_ready(site: Site, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "views.db")) as connection:
        connection.execute("UPDATE progress SET schema_version = 0 WHERE name = 'catalogue'")
        connection.commit()
    response = site.client.get("/readyz")
    assert response.status_code == 503
    assert "rebuilt" in response.get_json()["detail"]


def test_while_the_log_cannot_be_written_it_is_not_ready(site: Site, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as connection:
        connection.execute("ALTER TABLE events RENAME TO events_elsewhere")
        with pytest.raises(LogUnavailable):
            site.story.announced(values.announcement())
        response = site.client.get("/readyz")
        assert response.status_code == 503
        assert "the log cannot be written" in response.get_json()["detail"]
        assert site.client.get("/healthz").status_code == 200

        connection.execute("ALTER TABLE events_elsewhere RENAME TO events")
    site.story.announced(values.announcement())
    assert site.client.get("/readyz").status_code == 200


def test_the_style_is_served_with_its_licence_beside_it(site: Site) -> None:
    page = site.get("/").text
    start = page.index("/static/vendor/bootstrap-")
    path = page[start : page.index('"', start)]
    with site.get(path) as style, site.get(path.replace("bootstrap.min.css", "LICENSE")) as licence:
        assert style.mimetype == "text/css"
        assert b"sourceMappingURL" not in style.data
        assert b"MIT" in licence.data
    folder = Path(aslo_core.web.__file__).parent / path.removeprefix("/").removesuffix("/bootstrap.min.css")
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
