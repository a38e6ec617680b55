"""The page of a release that is worked on, in a real browser: it shows what is written, and what became of it, by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.services import missing
from tests.bootstrap.conftest import Installation, gated, installation
from tests.live.browser import Browser, browsing
from tests.live.conftest import eventually
from tests.live.test_processes import building

__all__ = ["gated", "installation"]

pytestmark = pytest.mark.timeout(120)

KEPT = """
    const log = document.querySelector("pre[data-live]");
    new MutationObserver(() => { sessionStorage.shown += "|" + log.textContent; }).observe(log, {childList: true});
    sessionStorage.shown = "";
"""
"""Has the browser remember what the log shows, beyond the page's being loaded again."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    folder = tmp_path / "browser"
    folder.mkdir()
    try:
        with browsing(folder) as opened:
            yield opened
    except NotInstalled as error:
        missing(str(error))


def test_the_page_follows_a_build_to_its_end(gated: Installation, browser: Browser) -> None:
    serving = gated.serve()
    release = gated.submit()
    gated.wait_until_building()
    building(serving, release)
    browser.open(f"{serving.url}/status/releases/{release.removeprefix('release/')}")
    assert browser.value("document.querySelector('pre[data-live]').textContent") == "the gate is shut\n"
    browser.value(KEPT)
    gated.open_gate()
    eventually(lambda: "rejected" in browser.value("document.title"))
    assert browser.value("sessionStorage.shown").split("|") == [
        "",
        "the gate is shut\nthe gate is open\n",
        "the gate is shut\nthe gate is open\nat last",
    ]
    assert browser.value("document.querySelectorAll('script, [data-live]').length") == 0, "nothing is left to follow"
    assert browser.complaints == []
