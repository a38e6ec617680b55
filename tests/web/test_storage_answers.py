"""The page of a release tells how far it is on each storage, why it is not there, and when that is tried again."""

from __future__ import annotations

from aslo_core.events import CopiesDelayed, CopiesReceived, CopyRefused, StepFailed
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.testing.story import Made

RELEASE = values.announcement("1", "v1")
PAGE = "/status/releases/github/1/1"
MADE = Made()


def told(site: Site) -> list[tuple[str, bool, str, str]]:
    return [(one["name"], one["required"], one["state"], one["reason"]) for one in site.json(PAGE)["storages"]]


def test_what_is_not_required_follows(site: Site) -> None:
    site.story.storages = ("first",)
    site.story.published(RELEASE, MADE)
    assert told(site) == [("first", True, "stored", ""), ("second", False, "waiting", "")]
    site.story.happened("copies/second", CopiesDelayed(failures=1, error="it is away", retry_at_us=1_800_000_000_000_000))
    assert told(site)[1] == ("second", False, "failed", "it is away")
    assert site.json(PAGE)["storages"][1]["retry_at"] == "2027-01-15T08:00:00Z"
    page = site.get(PAGE, Accept="text/html").text
    assert "it is away" in page
    assert "(not required)" in page
    site.story.happened("copies/second", CopyRefused(blob=MADE.bundle, error="other bytes there"))
    assert told(site)[1] == ("second", False, "failed", "other bytes there")
    site.story.happened("copies/second", CopiesReceived(objects=(MADE.bundle,), verified="backend"))
    assert told(site)[1] == ("second", False, "stored", "")


def test_what_is_required_is_waited_for(site: Site) -> None:
    site.story.announced(RELEASE)
    assert told(site) == [("first", True, "waiting", ""), ("second", True, "waiting", "")]
    attempt = site.story.claimed(RELEASE, "store:first")
    failed = StepFailed(attempt=attempt, step="store:first", kind="transient", error="the disk is full", retry_at_us=5_000_000)
    site.story.happened(RELEASE.stream, failed)
    assert told(site) == [("first", True, "failed", "the disk is full"), ("second", True, "waiting", "")]
    assert site.json(PAGE)["storages"][0]["retry_at"] == "1970-01-01T00:00:05Z"
