"""What every source has to hold, as tests that a plugin adopts by giving its source and one release.

All of a plugin's `tests/test_contract.py`, for example:

    class TestContract(SourceContract):
        @pytest.fixture
        def source(self, release: ReleaseOnHost) -> Source: ...

        @pytest.fixture
        def release(self, tmp_path: Path) -> ReleaseOnHost: ...

One whose host sends webhooks adopts `WebhookSourceContract` in its place, and gives a delivery as the host sends it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.errors import AuthenticationFailed, Permanent, UnsupportedMedia
from aslo_core.types import (
    Announced,
    Announcement,
    Delivery,
    Fetched,
    ListsReleases,
    Source,
    Submittable,
    Verdict,
    WebhookReceiver,
)

SAFE_STREAM = re.compile(r"release(/[!-.0-~]+){3}")
"""Streams are printable ASCII without white space; a slash only separates."""

# A suite is inherited: each class that adopts it is another executor of the same property.
_SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


@dataclass(frozen=True)
class ReleaseOnHost:
    """A release that really is on the host (or its double).

    Attributes:
        announcement: as the source would announce it.
        commit: the commit that its tag points to, peeled.
        files: path → bytes of the commit, at least one of them in a folder.
        assets: file name → bytes of the attached bundles that are to be downloaded, in the host's order.
    """

    announcement: Announcement
    commit: str
    files: Mapping[str, bytes]
    assets: Mapping[str, bytes] = field(default_factory=dict)


class SourceContract:
    """Tests of any source. Give the fixtures `source` and `release`."""

    @pytest.fixture
    def source(self) -> Source:
        """Make the source under test."""
        raise NotImplementedError("a contract test gives its source")

    @pytest.fixture
    def release(self) -> ReleaseOnHost:
        """Make a release on the source's host."""
        raise NotImplementedError("a contract test gives a release")

    def test_the_commit_is_brought_byte_for_byte(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """The files are those of the commit, listed in bytewise order."""
        fetched = fetch(source, release.announcement, tmp_path / "into")

        assert fetched.commit == release.commit
        assert fetched.address
        assert fetched.tag_object != fetched.commit
        assert fetched.files == tuple(sorted(release.files, key=str.encode))
        assert {path: (fetched.tree / path).read_bytes() for path in fetched.files} == release.files
        assert len(fetched.contributors) <= 30  # noqa: PLR2004 -- as `Fetched` says

    def test_nothing_lies_in_the_tree_but_the_commit(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """No `.git`, no file more, no link; and all of it below the directory that was given."""
        fetched = fetch(source, release.announcement, tmp_path / "into")
        found = [path for path in fetched.tree.rglob("*") if not path.is_dir() or path.is_symlink()]

        assert {path.relative_to(fetched.tree).as_posix() for path in found} == set(release.files)
        assert not any(path.is_symlink() for path in found)
        assert fetched.tree.is_relative_to(tmp_path / "into")
        assert [path.name for path in tmp_path.iterdir() if path.name not in ("into", "host")] == []

    def test_attached_bundles_are_brought(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """They lie below the given directory, under names that are not the developer's."""
        fetched = fetch(source, release.announcement, tmp_path / "into")

        assert [(one.asset.name, one.path.read_bytes()) for one in fetched.assets] == list(release.assets.items())
        assert all(one.path.is_relative_to(tmp_path / "into") for one in fetched.assets)
        assert all(one.asset.name not in one.path.parts for one in fetched.assets)

    def test_fetching_twice_brings_the_same(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """A repeated step finds what the first one found."""
        once, again = (fetch(source, release.announcement, tmp_path / "into" / name) for name in ("1", "2"))

        assert (once.commit, once.files, once.contributors) == (again.commit, again.files, again.contributors)

    def test_a_missing_tag_is_the_developers_to_mend(self, source: Source, release: ReleaseOnHost, tmp_path: Path) -> None:
        """It is told by its rule, never retried."""
        gone = msgspec.structs.replace(release.announcement, tag="no-such-tag")

        with pytest.raises(Permanent) as caught:
            fetch(source, gone, tmp_path / "into")
        assert caught.value.rule == "source.tag-missing"
        assert "no-such-tag" in caught.value.found

    @pytest.mark.parametrize("tag", ["--upload-pack=true", "-x", "a..b", "a b", "../../x", ""])
    def test_a_hostile_tag_reaches_no_command(self, source: Source, release: ReleaseOnHost, tmp_path: Path, tag: str) -> None:
        """What git would refuse or take for an option is refused before."""
        with pytest.raises(Permanent) as caught:
            fetch(source, msgspec.structs.replace(release.announcement, tag=tag), tmp_path / "into")
        assert caught.value.rule in ("source.tag-malformed", "source.tag-missing")

    def test_streams_have_safe_names(self, release: ReleaseOnHost) -> None:
        """An announcement names a stream that the log takes."""
        assert SAFE_STREAM.fullmatch(release.announcement.stream)


class SubmittableSourceContract(SourceContract):
    """Tests of a source that also takes releases by hand. Give the fixture `address` as well."""

    @pytest.fixture
    def address(self) -> str:
        """Give the address of the release's repository as a person writes it."""
        raise NotImplementedError("a contract test gives an address")

    def test_a_release_by_hand_is_the_release(self, source: Source, release: ReleaseOnHost, address: str) -> None:
        """Announced by hand, it has the very stream that it has otherwise."""
        assert isinstance(source, Submittable)
        announced = source.announce(address, release.announcement.tag, release.announcement.author)

        assert announced.stream == release.announcement.stream
        assert announced.tag == release.announcement.tag
        assert announced.repository == release.announcement.repository

    @pytest.mark.parametrize(
        "bad",
        ["", "-x", "--upload-pack=x", "ext::sh -c x", "file:///etc", "https://127.0.0.1/a/b", "http://[::1]/a/b", "a\nb/c"],
    )
    def test_an_address_that_leads_elsewhere(self, source: Source, tmp_path: Path, release: ReleaseOnHost, bad: str) -> None:
        """It is refused at the latest before anything is fetched."""
        assert isinstance(source, Submittable)
        with pytest.raises(Permanent):
            fetch(source, source.announce(bad, release.announcement.tag, release.announcement.author), tmp_path / "into")


class WebhookSourceContract(SourceContract):
    """Tests of a source whose host sends webhooks. Give the fixture `delivery` as well."""

    @pytest.fixture
    def delivery(self) -> Delivery:
        """Give the delivery with which the host announces the release."""
        raise NotImplementedError("a contract test gives a delivery")

    @pytest.fixture
    def receiver(self, source: Source) -> WebhookReceiver:
        """The source as what takes webhooks."""
        assert isinstance(source, WebhookReceiver)
        return source

    @_SETTINGS
    @given(headers=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=3), body=st.binary(max_size=60))
    def test_what_nobody_signed_is_not_believed(self, receiver: WebhookReceiver, headers: dict[str, str], body: bytes) -> None:
        """No delivery without a proof says anything."""
        with pytest.raises((AuthenticationFailed, UnsupportedMedia)):
            receiver.verify(Delivery(headers, body))

    def test_the_hosts_delivery_announces_the_release(
        self, receiver: WebhookReceiver, release: ReleaseOnHost, delivery: Delivery
    ) -> None:
        """It announces what is on the host, and says the same each time it is asked."""
        verdict: Verdict = receiver.verify(delivery)

        assert isinstance(verdict, Announced)
        assert verdict.announcement == release.announcement
        assert receiver.verify(delivery) == verdict
        assert SAFE_STREAM.fullmatch(f"release/{release.announcement.repository.source}/{verdict.delivery_id}/x")

    @_SETTINGS
    @given(data=st.data())
    def test_one_changed_byte_breaks_the_proof(
        self, receiver: WebhookReceiver, delivery: Delivery, data: st.DataObject
    ) -> None:
        """What is believed is exactly what the host signed."""
        place = data.draw(st.integers(0, len(delivery.body) - 1))
        flip = data.draw(st.integers(1, 255))
        body = bytearray(delivery.body)
        body[place] ^= flip
        with pytest.raises(AuthenticationFailed):
            receiver.verify(dataclasses.replace(delivery, body=bytes(body)))


class ListingSourceContract(SourceContract):
    """Tests of a source whose host tells which releases there are. Its options name the owner of the `release`."""

    @pytest.fixture
    def lister(self, source: Source) -> ListsReleases:
        """The source as what lists releases."""
        assert isinstance(source, ListsReleases)
        return source

    def test_a_release_is_listed_as_its_webhook_announces_it(self, lister: ListsReleases, release: ReleaseOnHost) -> None:
        """Nobody can tell whether it was heard of by webhook or found here."""
        assert list(lister.recent((), 0)) == [release.announcement]

    def test_a_known_repository_is_not_listed_twice(self, lister: ListsReleases, release: ReleaseOnHost) -> None:
        """It may be known by another name than it has now."""
        known = release.announcement.repository
        renamed = msgspec.structs.replace(known, name="its-former-name")

        assert list(lister.recent((known, renamed), 0)) == [release.announcement]

    def test_what_was_published_before_is_not_listed(self, lister: ListsReleases, release: ReleaseOnHost) -> None:
        """What was published in that very microsecond is."""
        published_us = release.announcement.published_us
        assert published_us is not None

        assert list(lister.recent((), published_us)) == [release.announcement]
        assert list(lister.recent((release.announcement.repository,), published_us + 1)) == []

    def test_a_known_repository_that_is_gone_is_passed_over(self, lister: ListsReleases, release: ReleaseOnHost) -> None:
        """It hides nothing of the others."""
        gone = msgspec.structs.replace(release.announcement.repository, id="987654321")

        assert list(lister.recent((gone,), 0)) == [release.announcement]


def fetch(source: Source, announcement: Announcement, into: Path) -> Fetched:
    """Fetch into a new directory; what the source says to the developer is decoded, so that it has to be text."""
    into.mkdir(parents=True)
    said: list[bytes] = []
    fetched = source.fetch(announcement, into, said.append)
    b"".join(said).decode()
    return fetched
