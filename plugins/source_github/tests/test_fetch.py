"""What is brought of a release on GitHub, and what happens where GitHub will not."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aslo_source_github.assets import Downloads
from aslo_source_github.source import GitHubSource

from aslo_core.api import Announced, Announcement, Delivery, Fetched, Permanent, Person, Secret, Transient
from aslo_core.testing.github import GitHub, Release, faults
from aslo_core.testing.github import Repository as Hosted
from aslo_core.testing.repository import LINK, GitPlumbing

MakeSource = Callable[..., GitHubSource]
Announce = Callable[[Release], Announcement]
TOKEN = "ghp_verysecrettoken"


@pytest.fixture
def announce(github: GitHub, make_source: MakeSource, deliver: Callable[..., Delivery]) -> Announce:
    def make(release: Release) -> Announcement:
        verdict = make_source().verify(deliver(github.release_payload(release)))
        assert isinstance(verdict, Announced)
        return verdict.announcement

    return make


@pytest.fixture
def release(github: GitHub, hosted: Hosted, maze: GitPlumbing) -> Release:
    maze.release("v1", {"a": b"1"})
    return github.add_release(hosted, "v1", author="ada", assets={"Maze-1.xo": b"bundle"})


@pytest.fixture
def fetch(make_source: MakeSource, announce: Announce, release: Release, tmp_path: Path) -> Callable[..., Fetched]:
    def fetch(announcement: Announcement | None = None, **options: Any) -> Fetched:
        into = tmp_path / "into"
        into.mkdir()
        return make_source(**options).fetch(announcement or announce(release), into, lambda _: None)

    return fetch


def rule_of(fetch: Callable[..., Fetched], **options: Any) -> str:
    with pytest.raises(Permanent) as caught:
        fetch(**options)
    return caught.value.rule


def test_a_renamed_repository_is_found_by_its_id(
    github: GitHub, hosted: Hosted, announce: Announce, release: Release, fetch: Callable[..., Fetched]
) -> None:
    before = announce(release)
    github.rename_repository(hosted, "sugarlabs", "labyrinth")

    assert fetch(before).files == ("a",)


def test_a_repository_that_moved_to_somebody_else_is_not_taken(
    github: GitHub, hosted: Hosted, announce: Announce, release: Release, fetch: Callable[..., Fetched]
) -> None:
    before = announce(release)
    github.rename_repository(hosted, "mallory", "maze")

    with pytest.raises(Permanent) as caught:
        fetch(before)
    assert caught.value.rule == "source.owner-not-allowed"


def test_files_attached_later_are_found(
    github: GitHub, announce: Announce, release: Release, fetch: Callable[..., Fetched]
) -> None:
    before = announce(release)
    github.add_asset(release, "Late-1.xo", b"late")

    assert [one.path.read_bytes() for one in fetch(before).assets] == [b"bundle", b"late"]


def test_the_tag_of_the_moment_counts(
    maze: GitPlumbing, announce: Announce, release: Release, fetch: Callable[..., Fetched]
) -> None:
    before = announce(release)
    moved = maze.release("v1", {"a": b"2"})

    assert fetch(before).commit == moved


def test_what_was_fetched_is_named_in_full(
    github: GitHub, hosted: Hosted, maze: GitPlumbing, announce: Announce, fetch: Callable[..., Fetched]
) -> None:
    commit = maze.commit(maze.files({"a": b"2"}))
    tag = maze.annotate("v2", commit)

    fetched = fetch(announce(github.add_release(hosted, "v2", author="ada")))

    assert (fetched.commit, fetched.tag_object) == (commit, tag)
    assert fetched.address == f"{github.url}/sugarlabs/maze.git"


def test_contributors_are_named_with_pages_built_here(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.add_account("ada", emails=("ada@example.org",))

    assert fetch().contributors == (Person(login="ada", url=f"{github.url}/ada", avatar_url=f"{github.url}/ada.png"),)


def test_contributors_are_no_reason_to_fail(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(faults.server_error(), path="*/contributors")

    assert fetch().contributors == ()


def test_without_a_token_public_repositories_are_read(fetch: Callable[..., Fetched]) -> None:
    assert fetch(token=None).files == ("a",)


def test_the_developer_is_told_of_links(
    github: GitHub, hosted: Hosted, maze: GitPlumbing, make_source: MakeSource, announce: Announce, tmp_path: Path
) -> None:
    maze.release("v2", {"a": b"/etc/passwd"}, {"a": LINK})
    said: list[bytes] = []

    make_source().fetch(announce(github.add_release(hosted, "v2")), tmp_path, said.append)

    assert b"a is a symbolic link" in b"".join(said)


# --- what is not there ---------------------------------------------------------------------------------------------------


def test_a_private_repository_without_a_token_is_not_there(
    github: GitHub, maze: GitPlumbing, announce: Announce, fetch: Callable[..., Fetched]
) -> None:
    maze.release("v1", {"a": b"1"})
    private = github.add_repository("sugarlabs", "secret", maze.path, private=True)

    with pytest.raises(Permanent) as caught:
        fetch(announce(github.add_release(private, "v1")), token=None)
    assert caught.value.rule == "source.repository-missing"


def test_a_release_that_became_a_draft_is_not_there(
    github: GitHub, release: Release, announce: Announce, fetch: Callable[..., Fetched]
) -> None:
    before = announce(release)
    github.store.change(release, draft=True)

    with pytest.raises(Permanent) as caught:
        fetch(before)
    assert caught.value.rule == "source.release-missing"


def test_a_tag_on_a_tree(
    github: GitHub, hosted: Hosted, maze: GitPlumbing, announce: Announce, fetch: Callable[..., Fetched]
) -> None:
    maze.annotate("v2", maze.files({"a": b"1"}), "tree")

    with pytest.raises(Permanent) as caught:
        fetch(announce(github.add_release(hosted, "v2")))
    assert caught.value.rule == "source.tag-not-a-commit"


@pytest.mark.parametrize(
    ("path", "rule"), [("*/releases/assets/*", "source.asset-missing"), ("/api/objects/*", "source.asset-missing")]
)
def test_an_asset_that_vanished(github: GitHub, fetch: Callable[..., Fetched], path: str, rule: str) -> None:
    github.fail(faults.refusal(404), path=path)

    assert rule_of(fetch) == rule


# --- what may pass by itself ---------------------------------------------------------------------------------------------

REQUESTS = ["/repositories/*[0-9]", "*/git/ref/*", "*/releases/[0-9]*", "*/releases/assets/*", "/api/objects/*"]


BAD_DAYS: list[tuple[str, faults.Fault]] = [(path, faults.server_error()) for path in REQUESTS]
BAD_DAYS += [(REQUESTS[0], faults.server_error(502)), (REQUESTS[0], faults.lost_answer()), (REQUESTS[3], faults.lost_answer())]


@pytest.mark.parametrize(("path", "fault"), BAD_DAYS)
def test_a_bad_day_of_githubs(github: GitHub, fetch: Callable[..., Fetched], path: str, fault: faults.Fault) -> None:
    github.fail(fault, path=path)

    with pytest.raises(Transient):
        fetch()


@pytest.mark.parametrize(
    ("path", "fault", "least", "most"),
    [
        *((path, faults.secondary_limit(17), 17, 17) for path in REQUESTS[:4]),
        (REQUESTS[0], faults.secondary_limit(17, 429), 17, 17),
        (REQUESTS[0], faults.secondary_limit(None), 60, 60),
        (REQUESTS[3], faults.secondary_limit(None), 60, 60),
        (REQUESTS[0], faults.primary_limit(36_000), 30_000, 36_002),
        (REQUESTS[0], faults.primary_limit(36_000, 429), 30_000, 36_002),
    ],
)
def test_a_limit_says_how_long_to_wait(
    github: GitHub, fetch: Callable[..., Fetched], path: str, fault: faults.Fault, least: float, most: float
) -> None:
    github.fail(fault, path=path)

    with pytest.raises(Transient) as caught:
        fetch()
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most


@pytest.mark.parametrize(("path", "status"), [(REQUESTS[0], 401), (REQUESTS[0], 403), (REQUESTS[3], 401), (REQUESTS[3], 403)])
def test_a_refused_token_is_the_operators_to_mend(
    github: GitHub, fetch: Callable[..., Fetched], path: str, status: int
) -> None:
    github.fail(faults.refusal(status), path=path)

    with pytest.raises(Transient, match="operator") as caught:
        fetch()
    assert TOKEN not in str(caught.value)


def test_an_answer_that_is_no_json(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(faults.Canned(200, '{"id": ', {"Content-Type": "application/json"}), path="*/releases/[0-9]*")

    with pytest.raises(Transient, match="no usable answer"):
        fetch()


def test_an_answer_of_another_shape(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(
        faults.Canned(200, '{"id": "x", "name": "../.."}', {"Content-Type": "application/json"}), path="/repositories/*"
    )

    with pytest.raises(Transient, match="no usable answer"):
        fetch()


def test_nobody_listens(fetch: Callable[..., Fetched], announce: Announce, release: Release) -> None:
    with pytest.raises(Transient):
        fetch(announce(release), api_url="http://127.0.0.1:9")


# --- downloads -----------------------------------------------------------------------------------------------------------


def test_bundles_that_say_they_are_too_large(fetch: Callable[..., Fetched], github: GitHub, release: Release) -> None:
    github.add_asset(release, "Large.xo", bytes(2 << 20))

    assert rule_of(fetch, assets_mib=1) == "source.assets-too-large"


def test_bundles_that_are_larger_than_they_say(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(faults.Canned(200, "x" * (2 << 20)), path="/api/objects/*")

    assert rule_of(fetch, assets_mib=1) == "source.assets-too-large"


def test_a_bundle_that_arrives_in_part(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(faults.Canned(200, "bund"), path="/api/objects/*")

    with pytest.raises(Transient, match="6 bytes and sent 4"):
        fetch()


@pytest.fixture
def other_host() -> Iterator[tuple[str, list[str | None]]]:
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"bundle")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x", seen
        server.shutdown()
        thread.join()


def test_nothing_is_followed_to_another_host_without_https(
    github: GitHub, fetch: Callable[..., Fetched], other_host: tuple[str, list[str | None]]
) -> None:
    github.fail(faults.Canned(302, "", {"Location": other_host[0]}), path="*/releases/assets/*")

    with pytest.raises(Transient, match="without https"):
        fetch()
    assert other_host[1] == []


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.github.com/repositories/1/releases/assets/1", True),
        *((url, False) for url in ("https://objects.example.org/x", "http://api.github.com/x", "https://api.github.com:444/x")),
        *((url, False) for url in ("https://api.github.com.example.org/x", "https://api.github.com@example.org/x")),
    ],
)
def test_the_token_is_shown_to_the_api_alone(url: str, sent: bool) -> None:
    downloads = Downloads("https://api.github.com", Secret(TOKEN), 1, 1)
    assert ("Authorization" in downloads.headers(url)) == sent


def test_redirects_without_end(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    github.fail(faults.Canned(302, "", {"Location": f"{github.url}/api/objects/1/x"}), path="/api/objects/*", times=9)

    with pytest.raises(Transient, match="without end"):
        fetch()


# --- who we are ----------------------------------------------------------------------------------------------------------


def test_an_app_reads_what_it_is_installed_on(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    key = github.add_app("aslo", "sugarlabs", {"contents": "read", "metadata": "read"})

    assert fetch(token=None, app_id=key.id, private_key=key.private_key).files == ("a",)


def test_an_app_that_was_installed_anew_reads_at_the_next_attempt(
    github: GitHub, make_source: MakeSource, announce: Announce, release: Release, tmp_path: Path
) -> None:
    key = github.add_app("aslo", "sugarlabs", {"contents": "read", "metadata": "read"})
    source = make_source(token=None, app_id=key.id, private_key=key.private_key)

    def fetched(name: str) -> Fetched:
        (tmp_path / name).mkdir()
        return source.fetch(announce(release), tmp_path / name, lambda _: None)

    assert fetched("first").files == ("a",)
    github.access.revoke_all()
    with pytest.raises(Transient):
        fetched("second")
    assert fetched("third").files == ("a",)


def test_an_app_that_is_not_installed_there(github: GitHub, fetch: Callable[..., Fetched]) -> None:
    key = github.add_app("aslo", "elsewhere")

    assert rule_of(fetch, token=None, app_id=key.id, private_key=key.private_key) == "source.app-not-installed"


# --- by hand -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", ["sugarlabs/maze", "{web}/sugarlabs/maze", "{web}/sugarlabs/maze.git", "{web}/sugarlabs/maze/"]
)
def test_a_release_is_submitted_by_name_or_address(
    github: GitHub, make_source: MakeSource, release: Release, announce: Announce, form: str
) -> None:
    assert make_source().announce(form.format(web=github.url), "v1", Person(login="me")) == announce(release)


def test_a_tag_without_a_release_cannot_be_submitted(maze: GitPlumbing, make_source: MakeSource, release: Release) -> None:
    maze.release("v2", {"a": b"1"})
    with pytest.raises(Permanent) as caught:
        make_source().announce("sugarlabs/maze", "v2", Person(login="me"))
    assert caught.value.rule == "source.release-missing"


def test_a_prerelease_is_submitted_by_option(
    github: GitHub, hosted: Hosted, maze: GitPlumbing, make_source: MakeSource
) -> None:
    maze.release("v2", {"a": b"1"})
    github.add_release(hosted, "v2", prerelease=True)

    with pytest.raises(Permanent, match="pre-release"):
        make_source().announce("sugarlabs/maze", "v2", Person(login="me"))
    assert make_source(prereleases=True).announce("sugarlabs/maze", "v2", Person(login="me")).prerelease


@pytest.mark.parametrize(
    "address", ["maze", "a/b/c", "https://evil.example.org/a/b", "sugarlabs/..", "sugarlabs/ma ze", "../../x"]
)
def test_addresses_that_name_no_repository(make_source: MakeSource, address: str) -> None:
    with pytest.raises(Permanent) as caught:
        make_source().announce(address, "v1", Person(login="me"))
    assert caught.value.rule == "source.address-malformed"


def test_other_owners_cannot_be_submitted(github: GitHub, maze: GitPlumbing, make_source: MakeSource) -> None:
    maze.release("v1", {"a": b"1"})
    github.add_release(github.add_repository("mallory", "maze", maze.path), "v1")
    with pytest.raises(Permanent, match="belongs to mallory"):
        make_source().announce("mallory/maze", "v1", Person(login="me"))
