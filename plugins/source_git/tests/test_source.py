from pathlib import Path

import msgspec
import pytest
from aslo_source_git import aslo_sources, create
from aslo_source_git.options import GitOptions
from aslo_source_git.source import GitSource, release_id, repository_id
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aslo_core.api import Context, Permanent, Person, Submittable, WebhookReceiver, git
from aslo_core.testing.repository import LINK, GitPlumbing
from aslo_core.testing.source import SAFE_STREAM

ADA = Person(login="ada")
CONTEXT = Context("mine", Path(), Path(), "")


def source(**options: object) -> GitSource:
    return create(GitOptions.model_validate(options), CONTEXT)


def test_it_is_offered_as_git() -> None:
    (offer,) = aslo_sources()
    assert (offer.name, offer.options) == ("git", GitOptions)


def test_an_announcement_names_the_repository_by_its_address() -> None:
    announced = source().announce("https://Git.Example.org/ada/maze.git/", "v29", ADA)

    assert announced.repository.source == "mine"
    assert announced.repository.name == "maze"
    assert announced.repository.url == "https://git.example.org/ada/maze.git"
    assert announced.author == ADA


def test_one_repository_has_one_id_however_its_address_is_written() -> None:
    ids = {
        source().announce(address, "v1", ADA).repository.id
        for address in ("https://example.org/a", "https://example.org/a/", "https://EXAMPLE.org:443/a")
    }
    assert len(ids) == 1
    assert source().announce("https://example.org/A", "v1", ADA).repository.id not in ids


def test_ids_stay_what_they_are() -> None:
    assert repository_id(git.Address.parse("https://example.org/a")) == "b5b10dd0429e69ac7cfaf0a20b6901c1"
    assert release_id("debian/30-0_quozl2") == "debian-30-0_quozl2-51c5088ad2ad"


@given(st.text(min_size=1, max_size=300))
def test_any_tag_makes_a_safe_stream(tag: str) -> None:
    assert SAFE_STREAM.fullmatch(f"release/git/{'0' * 32}/{release_id(tag)}")


@given(st.lists(st.text(max_size=8), min_size=2, max_size=2, unique=True))
def test_two_tags_are_two_releases(tags: list[str]) -> None:
    one, two = (release_id(tag) for tag in tags)
    assert one != two


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.1.2.3/x",
        "file:///srv/x",
        "git@example.org:x",
        "https://u:p@example.org/x",
    ],
)
def test_what_is_not_allowed_is_refused_when_submitted(address: str) -> None:
    with pytest.raises(Permanent):
        source().announce(address, "v1", ADA)


def test_a_refusal_names_the_option_that_would_allow_it() -> None:
    with pytest.raises(Permanent) as caught:
        source().announce("https://127.0.0.1/x.git", "v1", ADA)
    assert '"https://127.0.0.1/x.git" to `source.mine.allow` in aslo.toml' in caught.value.cure


def test_there_is_no_host_that_could_send_webhooks() -> None:
    assert isinstance(source(), Submittable)
    assert not isinstance(source(), WebhookReceiver)


def test_an_allow_list_that_no_longer_allows_is_obeyed(tmp_path: Path) -> None:
    repository = GitPlumbing(tmp_path / "host" / "x.git")
    repository.release("v1", {"a": b"1"})
    announced = source(allow=[repository.path.parent.as_uri()]).announce(repository.address, "v1", ADA)

    with pytest.raises(Permanent) as caught:
        source().fetch(announced, tmp_path, lambda _: None)
    assert caught.value.rule == "source.address-not-allowed"


def test_an_address_that_is_not_the_repositorys_is_refused(tmp_path: Path) -> None:
    announced = source().announce("https://example.org/a", "v1", ADA)
    other = msgspec.structs.replace(
        announced, repository=msgspec.structs.replace(announced.repository, url="https://example.org/b")
    )

    with pytest.raises(Permanent) as caught:
        source().fetch(other, tmp_path, lambda _: None)
    assert caught.value.rule == "source.repository-mismatch"


def test_the_developer_is_told_of_links_and_of_the_author(tmp_path: Path) -> None:
    repository = GitPlumbing(tmp_path / "host" / "x.git")
    repository.release("v1", {"a": b"1", "link": b"/etc/passwd"}, {"link": LINK})
    mine = source(allow=[repository.path.parent.as_uri()])
    said: list[bytes] = []

    fetched = mine.fetch(mine.announce(repository.address, "v1", ADA), tmp_path, said.append)

    assert b"link is a symbolic link" in b"".join(said)
    assert fetched.contributors == (Person(login="Ada Example"),)


@pytest.mark.parametrize("options", [{"allow": ["*"]}, {"allow": ["http://example.org/"]}, {"fetch_mib": 0}, {"alow": []}])
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GitOptions.model_validate(options)


def test_the_limits_are_those_of_the_options(tmp_path: Path) -> None:
    repository = GitPlumbing(tmp_path / "host" / "x.git")
    repository.release("v1", {"a": b"1", "b": b"2"})
    mine = source(allow=[repository.path.parent.as_uri()], files=1)

    with pytest.raises(Permanent) as caught:
        mine.fetch(mine.announce(repository.address, "v1", ADA), tmp_path, lambda _: None)
    assert caught.value.rule == "source.too-large"
