"""Who may publish what: the rules on an activity's stream."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent, Transient
from aslo_core.release.activity import ActivityState, check_reservable, evolve, fold
from aslo_core.testing import values
from aslo_core.types import Blob, Repository

OURS = values.repository("1", "maze", "ada")
THEIRS = values.repository("2", "maze", "mallory")
ONE, TWO = values.blob("one"), values.blob("two")
STREAM = "activity/org.example.Maze"


def given(*events: e.Event) -> ActivityState:
    return fold(STREAM, [values.recorded(event, STREAM, number) for number, event in enumerate(events, 1)])


def reserved(version: str = "1", release: str = "release/a", run: int = 1, repository: Repository = OURS) -> e.VersionReserved:
    return e.VersionReserved(
        release=release, run=run, repository=repository, version=version, bundle=ONE, content_digest="d" * 64
    )


def published(
    version: str = "1", release: str = "release/a", repository: Repository = OURS, bundle: Blob = ONE
) -> e.VersionPublished:
    announcement = values.announcement()
    return e.VersionPublished(
        release=release,
        run=1,
        repository=repository,
        version=version,
        bundle=bundle,
        content_digest="d" * 64,
        asset=None,
        commit="c" * 40,
        tag="v1",
        title="",
        notes="",
        prerelease=False,
        url="",
        author=announcement.author,
        contributors=(),
        metadata=values.metadata(version=version),
        icons=(),
        screenshots=(),
        storages=("main",),
    )


def withdrawn(hold: str, version: str = "1", release: str = "release/a") -> e.VersionWithdrawn:
    return e.VersionWithdrawn(release=release, version=version, by="ada", reason="a mistake", hold=hold)


def may(
    state: ActivityState, version: str = "1", release: str = "release/a", repository: Repository = OURS, bundle: Blob = ONE
) -> str:
    """The rule that forbids it, `wait`, or nothing."""
    try:
        check_reservable(state, release=release, run=1, repository=repository, version=Version.parse(version), bundle=bundle)
    except Permanent as reason:
        return reason.rule
    except Transient:
        return "wait"
    return ""


def test_anybody_may_publish_a_new_activity():
    assert may(given()) == ""


def test_whoever_published_first_owns_it():
    state = given(published())
    assert may(state, "2", repository=THEIRS) == "activity.owned-elsewhere"
    assert may(state, "2", repository=OURS) == ""


def test_an_owner_that_was_renamed_owns_it_still():
    assert may(given(published()), "2", repository=values.repository("1", "labyrinth", "ada-lovelace")) == ""


def test_the_same_number_at_another_host_is_another_repository():
    theirs = values.repository("1", "maze", "ada", source="elsewhere")
    assert may(given(published()), "2", repository=theirs) == "activity.owned-elsewhere"


def test_a_withdrawn_activity_has_its_owner_still():
    assert may(given(published(), withdrawn("host")), "2", repository=THEIRS) == "activity.owned-elsewhere"


def test_who_was_second_does_not_become_the_owner():
    assert given(published(), published("2", repository=THEIRS)).owner == OURS


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0", "1-rc"])
def test_a_published_version_never_changes(version: str):
    assert may(given(published()), version, bundle=TWO) == "activity.version-taken"


def test_the_same_bytes_again_are_no_change():
    assert may(given(published()), "1.0", release="release/b") == ""


def test_a_withdrawn_version_never_changes_either():
    assert may(given(published(), withdrawn("host")), bundle=TWO) == "activity.version-taken"


@pytest.mark.parametrize("version", ["0.9", "2", "1.1", "1.10", "0"])
def test_other_versions_are_free_higher_or_lower(version: str):
    assert may(given(published()), version, bundle=TWO) == ""


def test_a_reserved_version_is_waited_for():
    state = given(published("0"), reserved())
    assert may(state, "1.0", release="release/b") == "wait"
    assert may(state, "2", release="release/b") == ""


def test_an_earlier_run_of_the_same_release_is_waited_for():
    state = given(reserved(run=7))
    assert may(state) == "wait"


def test_what_a_run_has_reserved_it_may_reserve():
    assert may(given(reserved(run=1))) == ""


def test_a_version_that_was_freed_is_free():
    assert may(given(reserved(), e.VersionFreed(release="release/a", run=1, version="1.0")), release="release/b") == ""


def test_two_repositories_do_not_race_for_an_activity():
    state = given(reserved("1", repository=THEIRS))
    assert may(state, "2", release="release/b", repository=OURS) == "wait"
    assert may(state, "2", release="release/b", repository=THEIRS) == ""


def test_nor_once_the_activity_has_an_owner():
    state = given(published(), reserved("2"))
    assert may(state, "3", release="release/b", repository=THEIRS) == "activity.owned-elsewhere"


def test_a_host_s_hold_ends_with_the_same_release():
    state = given(published(), withdrawn("host"))
    assert may(state, release="release/a") == ""
    assert may(state, release="release/b") == "activity.version-held"


def test_an_operator_s_hold_does_not():
    state = given(published(), withdrawn("operator"))
    assert may(state, release="release/a") == "activity.version-held"


def test_published_again_it_is_on_hold_no_more():
    state = given(published(), withdrawn("host"), published("1.0"))
    assert [(v.version.text, v.live, v.hold) for v in state.published.values()] == [("1.0", True, "")]
    assert may(state, release="release/b") == ""


def test_publishing_ends_the_reservation_of_that_version_alone():
    state = given(reserved("1.0"), reserved("2", "release/b"), published("1"))
    assert [held.version.text for held in state.reservations.values()] == ["2"]


def test_a_version_is_found_by_its_number():
    state = given(published("1.0"), published("1.10"))
    found = state.published.get(Version.parse("1"))
    assert found is not None
    assert found.version.text == "1.0"
    assert Version.parse("1.1") not in state.published


def test_withdrawing_what_was_never_published_changes_nothing():
    state = given(published())
    after = evolve(state, values.recorded(withdrawn("host", "2"), STREAM, 2))
    assert (after.published, after.version) == (state.published, 2)


def test_refusals_name_both_sides_and_a_cure():
    with pytest.raises(Permanent) as refused:
        check_reservable(given(published()), release="r", run=1, repository=THEIRS, version=Version.parse("2"), bundle=ONE)
    assert "ada/maze" in refused.value.found
    assert "mallory/maze" in refused.value.found
    assert "activity.info" in refused.value.cure
    assert "source" not in refused.value.cure, "one source knows both, so none was renamed"


def test_a_source_that_was_renamed_is_told_by_its_two_names():
    renamed = values.repository("1", "maze", "ada", source="gh")
    with pytest.raises(Permanent) as refused:
        check_reservable(given(published()), release="r", run=1, repository=renamed, version=Version.parse("2"), bundle=ONE)
    assert refused.value.found == (
        "The bundle id org.example.Maze belongs to the repository ada/maze of source github; this release comes from the"
        " repository ada/maze of source gh."
    )
    assert refused.value.cure.endswith("the table has to be [source.github] again.")
