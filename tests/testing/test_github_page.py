"""The address of a comment can be opened in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted


def test_a_comments_address_shows_it_and_the_newest_status(hosted: Hosted) -> None:
    path = f"/repos/sugarlabs/hello/statuses/{hosted.first}"
    for state, text in (("pending", "Building"), ("success", "Published")):
        hosted.http.post(path, json={"state": state, "context": "aslo", "description": text}).raise_for_status()
    body = "<!-- hidden -->\n\n### Done\n\n<script>alert(1)</script>"
    made = hosted.http.post(f"/repos/sugarlabs/hello/commits/{hosted.first}/comments", json={"body": body}).json()
    page = hosted.http.get(made["html_url"].partition("#")[0])
    assert page.headers["Content-Type"].startswith("text/html")
    assert f'id="commitcomment-{made["id"]}"' in page.text
    assert "<h3>Done</h3>" in page.text
    assert "Published" in page.text
    assert not [word for word in ("hidden", "alert", "Building") if word in page.text]


def test_an_unknown_commit_has_no_page(hosted: Hosted) -> None:
    assert hosted.http.get(f"{hosted.github.url}/sugarlabs/hello/commit/{'0' * 40}").status_code == 404
