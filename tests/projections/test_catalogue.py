"""What can be downloaded, and which version is the latest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.projections import Projector, Views, catalogue
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Announcement, Screenshot

BUNDLE_ID = "org.example.Maze"


def release(version: str, *, prerelease: bool = False) -> Announcement:
    return values.announcement(f"of-{version}", f"v{version}", prerelease=prerelease)


def made(version: str, **fields: str) -> Made:
    return Made(metadata=values.metadata(BUNDLE_ID, version, **fields), bundle=values.blob(version))


def latest(projector: Projector, views: Views) -> str | None:
    projector.catch_up()
    with views.snapshot() as connection:
        return catalogue.latest(connection, BUNDLE_ID)


numbers = st.lists(st.integers(0, 10**18 - 1), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@given(numbers, numbers)
def test_sort_keys_order_as_versions_do(one: str, other: str) -> None:
    assert (catalogue.sort_key(one) < catalogue.sort_key(other)) == (Version.parse(one) < Version.parse(other))
    assert (catalogue.sort_key(one) == catalogue.sort_key(other)) == (Version.parse(one) == Version.parse(other))


def test_who_an_activity_was_given_to_is_its_repository(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("1"), made("1"))
    given = values.repository("2", "maze", "grace")
    transferred = e.ActivityTransferred(owner=given, before=values.repository(), by="root", reason="")
    story.happened(f"activity/{BUNDLE_ID}", transferred)
    projector.catch_up()
    with views.snapshot() as connection:
        assert [row.repository for row in catalogue.newest(connection, 10)] == [given]


def test_a_version_whose_hold_was_lifted_is_withdrawn_still(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("1"), made("1"))
    story.withdrawn(release("1"), made("1"), "a mistake")
    story.happened(f"activity/{BUNDLE_ID}", e.VersionLifted(release=release("1").stream, version="1", by="root", reason=""))
    assert latest(projector, views) is None
    with views.snapshot() as connection:
        row = catalogue.find(connection, BUNDLE_ID, "1")
    assert row is not None
    assert (row.hold, row.withdrawn_reason) == ("", "a mistake")


def test_versions_are_numbers_and_no_fractions(story: Story, projector: Projector, views: Views) -> None:
    for version in ("1.9", "1.10", "1.2.3"):
        story.published(release(version), made(version))
    assert latest(projector, views) == "1.10"
    with views.snapshot() as connection:
        assert [one.version for one in catalogue.versions_of(connection, BUNDLE_ID)] == ["1.10", "1.9", "1.2.3"]


def test_an_older_version_published_later_never_becomes_the_latest(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("2"), made("2", name="New"))
    story.published(release("1"), made("1", name="Old"))
    assert latest(projector, views) == "2"
    with views.snapshot() as connection:
        assert [one.name for one in catalogue.newest(connection, 10)] == ["New"]


def test_a_prerelease_is_the_latest_only_where_there_is_nothing_else(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("3", prerelease=True), made("3"))
    assert latest(projector, views) == "3"
    story.published(release("2"), made("2"))
    assert latest(projector, views) == "2"


def test_the_latest_published_again_as_a_prerelease_yields_to_the_one_before(
    story: Story, projector: Projector, views: Views
) -> None:
    story.published(release("1"), made("1"))
    story.published(release("2"), made("2"))
    story.published(release("2", prerelease=True), made("2"))
    assert latest(projector, views) == "1"


def test_withdrawing_the_latest_gives_the_one_before(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("1"), made("1"))
    story.published(release("2"), made("2"))
    story.withdrawn(release("2"), made("2"), "it crashes", by="ada", hold="host")
    assert latest(projector, views) == "1"
    with views.snapshot() as connection:
        gone = catalogue.find(connection, BUNDLE_ID, "2")
        assert gone is not None
        assert (gone.withdrawn_by, gone.withdrawn_reason, gone.hold) == ("ada", "it crashes", "host")
        assert [one.withdrawn for one in catalogue.versions_of(connection, BUNDLE_ID)] == [True, False]


def test_with_every_version_withdrawn_an_activity_is_not_listed(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("1"), made("1"))
    story.withdrawn(release("1"), made("1"), "it crashes")
    assert latest(projector, views) is None
    with views.snapshot() as connection:
        assert catalogue.newest(connection, 10) == ()
        assert catalogue.count(connection) == 0
        assert catalogue.find(connection, BUNDLE_ID, "1") is not None


def test_a_version_published_again_is_back(story: Story, projector: Projector, views: Views) -> None:
    story.published(release("1"), made("1"))
    story.withdrawn(release("1"), made("1"), "it crashes")
    story.published(release("1"), made("1"))
    assert latest(projector, views) == "1"
    with views.snapshot() as connection:
        back = catalogue.find(connection, BUNDLE_ID, "1")
    assert back is not None
    assert (back.withdrawn_us, back.run) == (None, 2)


def test_lists_are_by_time_or_by_name_and_come_in_pages(story: Story, projector: Projector, views: Views) -> None:
    for number, name in enumerate(("zebra", "Ant", "élan", "bee")):
        about = values.metadata(f"org.example.N{number}", "1", name=name)
        story.published(values.announcement(str(number)), Made(metadata=about, bundle=values.blob(name)))
    projector.catch_up()
    with views.snapshot() as connection:
        assert [one.name for one in catalogue.newest(connection, 3)] == ["bee", "élan", "Ant"]
        assert [one.name for one in catalogue.newest(connection, 3, 3)] == ["zebra"]
        assert [one.name for one in catalogue.alphabetical(connection, 2)] == ["Ant", "bee"]
        assert catalogue.count(connection) == 4


def test_icons_and_pictures_are_shown_while_a_version_shows_them(story: Story, projector: Projector, views: Views) -> None:
    shot = Screenshot(language="en", image=values.blob("png", ".png"), width=4, height=3)
    about = values.metadata(BUNDLE_ID, "1", icon="<svg/>")
    story.published(release("1"), Made(metadata=about, screenshots=(shot,)))
    projector.catch_up()
    with views.snapshot() as connection:
        row = catalogue.find(connection, BUNDLE_ID, "1")
        assert row is not None
        assert row.metadata.icon == ""
        assert catalogue.icon(connection, row.icon) == "<svg/>"
        assert catalogue.picture(connection, shot.image.digest) == shot.image
    story.withdrawn(release("1"), Made(metadata=about), "an indecent picture")
    projector.catch_up()
    with views.snapshot() as connection:
        assert catalogue.icon(connection, row.icon) is None
        assert catalogue.picture(connection, shot.image.digest) is None


def test_all_that_was_true_at_the_time_is_kept(story: Story, projector: Projector, views: Views) -> None:
    announced = values.announcement("9", "v9", title="Nine", notes="# Nine")
    story.published(announced, made("9"))
    projector.catch_up()
    with views.snapshot() as connection:
        row = catalogue.find(connection, BUNDLE_ID, "9")
    assert row is not None
    assert (row.release, row.tag, row.title, row.notes) == (announced.stream, "v9", "Nine", "# Nine")
    assert (row.author, row.repository, row.storages) == (announced.author, announced.repository, ("main",))
