"""Bringing a release: what is on the forge now, and what goes wrong on the way."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aslo_source_forgejo.source import ForgejoSource

from aslo_core.api import Announcement, Fetched, Permanent, Person, Transient
from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.code_host import faults
from aslo_core.testing.forgejo import Forgejo, Release
from aslo_core.testing.forgejo import Repository as Hosted
from aslo_core.testing.repository import GitPlumbing

TOKEN = "f0f9e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c"
ME = Person(login="me")
MakeSource = Callable[..., ForgejoSource]
Fetch = Callable[..., Fetched]


@pytest.fixture
def release(forge: Forgejo, hosted: Hosted, maze: GitPlumbing) -> Release:
    maze.release("v1", {"a": b"1"})
    return forge.publish(hosted, "v1", author="ada", files={"Maze-1.xo": b"bundle"})


@pytest.fixture
def announcement(make_source: MakeSource, release: Release) -> Announcement:
    return make_source().announce("sugarlabs/maze", "v1", ME)


@pytest.fixture
def fetch(make_source: MakeSource, announcement: Announcement, tmp_path: Path) -> Fetch:
    def bring(**options: Any) -> Fetched:
        into = tmp_path / "into"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        return make_source(**options).fetch(announcement, into, lambda _line: None)

    return bring


def rule_of(fetch: Fetch, **options: Any) -> str:
    with pytest.raises(Permanent) as caught:
        fetch(**options)
    assert TOKEN not in str(caught.value)
    return caught.value.rule


def delayed(fetch: Fetch, **options: Any) -> Transient:
    with pytest.raises(Transient) as caught:
        fetch(**options)
    assert TOKEN not in str(caught.value)
    return caught.value


# --- what is on the forge now ----------------------------------------------------------------------------------------------


def test_a_renamed_repository_is_found_by_its_id(forge: Forgejo, hosted: Hosted, fetch: Fetch) -> None:
    forge.rename_repository(hosted, "sugarlabs", "labyrinth")
    fetched = fetch()
    assert fetched.address == f"{forge.url}/sugarlabs/labyrinth.git"
    assert fetched.assets[0].path.read_bytes() == b"bundle"


def test_a_repository_that_was_given_away(forge: Forgejo, hosted: Hosted, fetch: Fetch) -> None:
    forge.rename_repository(hosted, "mallory", "maze")
    assert rule_of(fetch) == "source.owner-not-allowed"
    assert not any("git-upload-pack" in one for one in forge.requests)


def test_files_attached_late_are_brought(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    forge.attach(release, "Maze-2.xo", b"late")
    assert [one.path.read_bytes() for one in fetch().assets] == [b"bundle", b"late"]


@pytest.mark.parametrize("gone", ["draft", "is_tag"])
def test_a_release_that_was_taken_back(release: Release, fetch: Fetch, gone: str) -> None:
    setattr(release, gone, True)
    assert rule_of(fetch) == "source.release-missing"


def test_a_repository_that_was_deleted(forge: Forgejo, fetch: Fetch) -> None:
    forge.rows.repositories.clear()
    assert rule_of(fetch) == "source.repository-missing"


def test_an_attached_link_is_not_followed(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    forge.attach(release, "Other.xo", external_url="http://127.0.0.1:9/evil.xo")
    assert rule_of(fetch) == "source.asset-elsewhere"
    assert not any("/attachments/" in one for one in forge.requests)


def test_an_attached_link_to_something_else_is_none_of_ours(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    forge.attach(release, "handbook.pdf", external_url="https://example.org/handbook.pdf")
    assert len(fetch().assets) == 1


def test_no_address_of_an_answer_is_used(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    shape = {**forge.shapes.release(release)}
    shape["assets"] = [{**shape["assets"][0], "browser_download_url": "http://127.0.0.1:9/evil.xo"}]
    answer = faults.Canned(200, msgspec.json.encode(shape).decode(), {"Content-Type": "application/json"})
    forge.fail(answer, path="*/releases/*")
    assert fetch().assets[0].path.read_bytes() == b"bundle"


# --- who wrote it ------------------------------------------------------------------------------------------------------------


def commits_by(maze: GitPlumbing, *names: str) -> None:
    parent: list[str] = []
    for number, name in enumerate(names):
        tree = maze.files({"a": b"%d" % number})
        parent = [maze.commit(tree, author=f"{name} <{name}@example.org> 1700000000 +0000", parents=parent)]
    maze.point("refs/tags/v1", parent[0])


def test_the_most_active_authors_come_first_over_all_pages(
    forge: Forgejo, maze: GitPlumbing, release: Release, fetch: Fetch
) -> None:
    commits_by(maze, *["ada"] * 30, *["grace"] * 40, "nobody")
    for login in ("ada", "grace"):
        forge.add_account(login, f"{login}@example.org")

    contributors = fetch().contributors

    assert [person.login for person in contributors] == ["grace", "ada"]
    assert contributors[0].url == f"{forge.url}/grace"


def test_an_author_without_an_account_is_named_as_git_does(maze: GitPlumbing, release: Release, fetch: Fetch) -> None:
    commits_by(maze, "grace")
    assert fetch().contributors == (Person(login="grace"),)


@pytest.mark.parametrize("fault", [faults.Canned(500, ""), faults.Canned(200, "[{]"), faults.Canned(409, "{}")])
def test_no_release_fails_for_its_authors(forge: Forgejo, fetch: Fetch, fault: faults.Fault) -> None:
    forge.fail(fault, path="*/commits")
    assert [person.login for person in fetch().contributors] == ["Ada Example"]


# --- who may read it ----------------------------------------------------------------------------------------------------


def test_a_private_repository_is_read_with_the_token_alone(forge: Forgejo, hosted: Hosted, fetch: Fetch) -> None:
    hosted.private = True
    assert fetch().files == ("a",)
    assert rule_of(fetch, token=None) == "source.repository-missing"


@pytest.mark.parametrize("token", ["revoked", "narrow"])
def test_a_refused_token_is_the_operators_to_mend(fetch: Fetch, token: str) -> None:
    told = str(delayed(fetch, token=token))
    assert "the operator has to give this source a token with the scope read:repository" in told
    assert token not in told.partition("read:repository")[0].replace("token does not have", "")


def test_no_command_shows_the_token(hosted: Hosted, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = shutil.which("git"), tmp_path / "commands"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {seen}\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    hosted.private = True

    fetch()

    assert "fetch" in seen.read_text()
    assert TOKEN not in seen.read_text()


# --- what may pass by itself -------------------------------------------------------------------------------------------------

REQUESTS = ["/api/v1/repositories/*", "*/releases/*", "/attachments/*"]


@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize("fault", [faults.Canned(500, "{}"), faults.Canned(502, "<html>"), faults.lost_answer()])
def test_a_bad_day_of_the_forges(forge: Forgejo, fetch: Fetch, path: str, fault: faults.Fault) -> None:
    forge.fail(fault, path=path)
    delayed(fetch)


@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(429, {"Retry-After": "17"}, 17), (429, {}, 60), (403, {"Retry-After": "17"}, 17), (503, {"Retry-After": "17"}, 17)],
)
def test_a_forge_that_asks_to_wait(
    forge: Forgejo, fetch: Fetch, path: str, status: int, headers: dict[str, str], wait: float
) -> None:
    forge.fail(faults.Canned(status, "slow down", headers), path=path)
    assert delayed(fetch).retry_after == wait


@pytest.mark.parametrize("body", ['{"id": ', '{"id": "x"}', '{"id": 1, "id": 2}', "[]", "null"])
def test_an_answer_that_is_not_to_be_understood(forge: Forgejo, fetch: Fetch, body: str) -> None:
    forge.fail(faults.Canned(200, body, {"Content-Type": "application/json"}), path="*/releases/*")
    assert "no usable answer" in str(delayed(fetch))


def test_an_answer_without_end(forge: Forgejo, fetch: Fetch) -> None:
    forge.fail(faults.Canned(200, " " * (17 << 20)), path="*/releases/*")
    assert "more than 16,777,216 bytes" in str(delayed(fetch))


def test_an_answer_that_keeps_one_waiting(forge: Forgejo, fetch: Fetch) -> None:
    forge.fail(faults.slow(3), path="*/releases/*")
    delayed(fetch, timeout_seconds=1)


def test_nobody_listens(fetch: Fetch) -> None:
    delayed(fetch, url="http://127.0.0.1:9")


# --- downloads -----------------------------------------------------------------------------------------------------------


def test_bundles_that_say_they_are_too_large(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    forge.attach(release, "Large.xo", bytes(2 << 20))
    assert rule_of(fetch, assets_mib=1) == "source.assets-too-large"


def test_bundles_that_are_larger_than_they_say(forge: Forgejo, fetch: Fetch) -> None:
    forge.fail(faults.Canned(200, "x" * (2 << 20)), path="/attachments/*")
    assert rule_of(fetch, assets_mib=1) == "source.assets-too-large"


def test_a_bundle_that_arrives_in_part(forge: Forgejo, fetch: Fetch) -> None:
    forge.fail(faults.Canned(200, "bund"), path="/attachments/*")
    assert "6 bytes and sent 4" in str(delayed(fetch))


def test_a_bundle_that_vanished(forge: Forgejo, fetch: Fetch) -> None:
    forge.fail(faults.Canned(404, "{}"), path="/attachments/*")
    assert rule_of(fetch) == "source.asset-missing"


def redirect(forge: Forgejo, target: str, times: int = 1) -> None:
    forge.fail(faults.Canned(303, "", {"Location": target}), path="/attachments/*", times=times)


def test_a_download_is_followed_to_a_storage_that_the_operator_named_without_the_token(
    forge: Forgejo, release: Release, fetch: Fetch, tmp_path: Path
) -> None:
    with Forgejo(tmp_path / "storage") as storage:
        there = storage.publish(storage.add_repository("bucket", "bucket"), "v1", files={"x": b"bundle"}).attachments[0]
        address = f"{storage.url}/attachments/{there.uuid}?X-Amz-Signature=x"
        redirect(forge, address, times=2)
        assert f"{storage.url}/attachments/{there.uuid}, which is not below the source's `url` or its `assets_from`" in str(
            delayed(fetch)
        )
        assert storage.requests == []

        # The storage knows no token at all, so that one which it were shown would be refused.
        assert fetch(assets_from=[f"{storage.url}/attachments"]).assets[0].path.read_bytes() == b"bundle"


@pytest.mark.parametrize("target", ["//evil.example.org/x", "http://example.org/", "file:///etc/passwd", "/%2e%2e/x"])
def test_a_download_is_followed_nowhere_else(forge: Forgejo, fetch: Fetch, target: str) -> None:
    redirect(forge, target)
    assert "assets_from" in str(delayed(fetch))


def test_a_redirect_to_no_address(forge: Forgejo, fetch: Fetch) -> None:
    redirect(forge, "http://[")
    delayed(fetch)


def test_redirects_without_end(forge: Forgejo, release: Release, fetch: Fetch) -> None:
    redirect(forge, f"/attachments/{release.attachments[0].uuid}", times=9)
    assert "without end" in str(delayed(fetch))


# --- a forge with an authority of its own ------------------------------------------------------------------------------------


def test_a_certificate_of_ones_own_is_trusted_by_option(tmp_path: Path, make_source: MakeSource, maze: GitPlumbing) -> None:
    commit = maze.release("v1", {"a": b"1"})
    certificate = make_certificate(tmp_path, addresses=["127.0.0.1"])
    with Forgejo(tmp_path / "tls", certificate=certificate) as forge:
        forge.publish(forge.add_repository("sugarlabs", "maze", maze.path), "v1", files={"Maze-1.xo": b"bundle"})
        with pytest.raises(Transient):
            make_source(url=forge.url, token=None).announce("sugarlabs/maze", "v1", ME)

        source = make_source(url=forge.url, token=None, ca_file="certificate.pem")
        announced = source.announce("sugarlabs/maze", "v1", ME)
        (tmp_path / "into").mkdir()
        fetched = source.fetch(announced, tmp_path / "into", lambda _line: None)
    assert (fetched.commit, fetched.assets[0].path.read_bytes()) == (commit, b"bundle")


# --- by hand -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["sugarlabs/maze", "{}/sugarlabs/maze", "{}/sugarlabs/maze.git", "{}/sugarlabs/maze/"])
def test_a_release_is_submitted_by_name_or_address(
    forge: Forgejo, make_source: MakeSource, announcement: Announcement, form: str
) -> None:
    assert make_source().announce(form.format(forge.url), "v1", ME) == announcement


def test_a_former_name_leads_to_the_repository(
    forge: Forgejo, hosted: Hosted, make_source: MakeSource, release: Release
) -> None:
    forge.rename_repository(hosted, "sugarlabs", "labyrinth")
    assert make_source().announce("sugarlabs/maze", "v1", ME).repository.name == "labyrinth"


@pytest.mark.parametrize("draft", [True, False])
def test_a_tag_without_a_published_release_cannot_be_submitted(
    forge: Forgejo, hosted: Hosted, maze: GitPlumbing, make_source: MakeSource, draft: bool
) -> None:
    maze.release("v2", {"a": b"1"})
    if draft:
        forge.publish(hosted, "v2", draft=True)
    with pytest.raises(Permanent) as caught:
        make_source().announce("sugarlabs/maze", "v2", ME)
    assert caught.value.rule == "source.release-missing"


def test_a_tag_with_a_slash_is_a_tag(forge: Forgejo, hosted: Hosted, maze: GitPlumbing, make_source: MakeSource) -> None:
    maze.release("beta/2", {"a": b"1"})
    forge.publish(hosted, "beta/2")
    assert make_source().announce("sugarlabs/maze", "beta/2", ME).tag == "beta/2"


def test_a_prerelease_is_submitted_by_option(forge: Forgejo, hosted: Hosted, make_source: MakeSource) -> None:
    forge.publish(hosted, "v2", prerelease=True)
    with pytest.raises(Permanent, match="pre-release"):
        make_source().announce("sugarlabs/maze", "v2", ME)
    assert make_source(prereleases=True).announce("sugarlabs/maze", "v2", ME).prerelease


@pytest.mark.parametrize(
    "address", ["maze", "a/b/c", "https://evil.example.org/a/b", "sugarlabs/..", "../x", "sugarlabs/ma ze"]
)
def test_addresses_that_name_no_repository(make_source: MakeSource, address: str) -> None:
    with pytest.raises(Permanent) as caught:
        make_source().announce(address, "v1", ME)
    assert caught.value.rule == "source.address-malformed"


def test_other_owners_cannot_be_submitted(forge: Forgejo, maze: GitPlumbing, make_source: MakeSource) -> None:
    maze.release("v1", {"a": b"1"})
    forge.publish(forge.add_repository("mallory", "maze", maze.path), "v1")
    with pytest.raises(Permanent, match="belongs to mallory"):
        make_source().announce("mallory/maze", "v1", ME)
