"""Downloads: whole, in part, conditional, and from whichever storage gives them (RFC 9110)."""

from __future__ import annotations

import httpx2
import pytest
from structlog.testing import capture_logs

from aslo_core.errors import Transient
from aslo_core.events import CopiesDelayed, CopiesLost, CopiesReceived, StorageRetired, StorageSwitched
from aslo_core.testing import values
from aslo_core.testing.site import Site, served
from aslo_core.testing.story import Made
from aslo_core.types import Blob
from aslo_core.web.downloads import content_disposition

ADDRESS = "/download/org.example.Maze/1/Maze-1.xo"
DATA = bytes(range(256)) * 1000
RELEASE = values.announcement("1", "v1")


@pytest.fixture
def bundle(site: Site) -> Blob:
    blob = site.first.keep(DATA, ".xo")
    site.story.published(RELEASE, Made(bundle=blob))
    return blob


def test_the_whole_file(site: Site, bundle: Blob) -> None:
    response = site.get(ADDRESS)
    assert response.status_code == 200
    assert response.data == DATA
    assert response.mimetype == "application/vnd.olpc-sugar"
    assert response.headers["Content-Length"] == str(len(DATA))
    assert response.headers["ETag"] == f'"{bundle.digest}"'
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Maze-1.xo"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("state", ["whole", "in the second storage", "down", "gone"])
def test_the_head_alone_says_what_the_whole_would(site: Site, bundle: Blob, state: str) -> None:
    if state == "in the second storage":
        site.second.keep(DATA, ".xo")
    if state in ("in the second storage", "gone"):
        site.first.delete(bundle.name)
    site.first.down = state == "down"
    head, whole = site.head(ADDRESS), site.get(ADDRESS)
    assert head.status_code == whole.status_code == (503 if state in ("down", "gone") else 200)
    assert head.data == b""
    if whole.status_code == 200:
        assert dict(head.headers) == dict(whole.headers)


def test_why_a_storage_gives_nothing_is_said_to_the_operator(site: Site, bundle: Blob) -> None:
    site.first.delete(bundle.name)
    site.second.down = True
    with capture_logs() as logged:
        site.get(ADDRESS)
    failed = [(entry["storage"], entry["reason"]) for entry in logged if entry["event"] == "storage.read_failed"]
    assert failed == [("first", "the object is not there"), ("second", "the shelf is out of reach")]
    (unavailable,) = (entry["error"] for entry in logged if entry["event"] == "web.unavailable")
    assert unavailable.endswith("(first: the object is not there; second: the shelf is out of reach)")


@pytest.mark.usefixtures("bundle")
def test_a_head_takes_no_notice_of_ranges(site: Site) -> None:
    response = site.head(ADDRESS, Range="bytes=0-9")
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(len(DATA)))


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=255990-", 255_990, 256_000),
        ("bytes=-5", 255_995, 256_000),
        ("bytes=255999-9999999", 255_999, 256_000),
        ("bytes=-9999999", 0, 256_000),
        ("bytes=100000-200000", 100_000, 200_001),
    ],
)
@pytest.mark.usefixtures("bundle")
def test_a_part_of_it(site: Site, wanted: str, start: int, stop: int) -> None:
    response = site.get(ADDRESS, Range=wanted)
    assert response.status_code == 206
    assert response.data == DATA[start:stop]
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert response.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("wanted", ["bytes=256000-", "bytes=999999-1000000", "bytes=-0"])
@pytest.mark.usefixtures("bundle")
def test_a_part_beyond_its_end(site: Site, wanted: str) -> None:
    response = site.get(ADDRESS, Range=wanted)
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=x", "bytes", "bytes=--1"])
@pytest.mark.usefixtures("bundle")
def test_what_is_no_single_range_gives_the_whole(site: Site, wanted: str) -> None:
    response = site.get(ADDRESS, Range=wanted)
    assert (response.status_code, response.data) == (200, DATA)


def test_a_part_only_if_it_is_still_the_same(site: Site, bundle: Blob) -> None:
    same = site.get(ADDRESS, Range="bytes=0-9", If_Range=f'"{bundle.digest}"')
    assert (same.status_code, same.data) == (206, DATA[:10])
    for other in ('"another"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        response = site.get(ADDRESS, Range="bytes=0-9", If_Range=other)
        assert (response.status_code, response.data) == (200, DATA), other


def test_nothing_when_the_client_has_it(site: Site, bundle: Blob) -> None:
    for tag in (f'"{bundle.digest}"', f'"other", W/"{bundle.digest}"', "*"):
        response = site.get(ADDRESS, If_None_Match=tag, Range="bytes=0-9")
        assert (response.status_code, response.data) == (304, b""), tag
    assert site.first.opened == 0
    assert site.get(ADDRESS, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("broken", ["absent", "down"])
def test_the_next_storage_gives_what_the_first_has_not(site: Site, broken: str) -> None:
    blob = site.second.keep(DATA, ".xo")
    site.story.published(RELEASE, Made(bundle=blob))
    site.first.down = broken == "down"
    assert site.get(ADDRESS).data == DATA


@pytest.mark.parametrize("breaks_at", [0, 1, 65_536, 100_000, 255_999])
def test_the_next_storage_goes_on_where_the_first_broke_off(site: Site, bundle: Blob, breaks_at: int) -> None:
    assert site.second.keep(DATA, ".xo") == bundle
    site.first.breaks_at = breaks_at
    response = site.get(ADDRESS, Range="bytes=1-")
    assert response.data == DATA[1:]
    assert (site.first.opened, site.second.opened) == (1, 1)


@pytest.mark.usefixtures("bundle")
def test_with_no_storage_within_reach_it_is_to_be_asked_again(site: Site) -> None:
    site.first.down = site.second.down = True
    response = site.get(ADDRESS)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert b"shelf" not in response.data


@pytest.mark.usefixtures("bundle")
def test_another_name_or_version_is_not_found(site: Site) -> None:
    for path in (
        "/download/org.example.Maze/1/Other.xo",
        "/download/org.example.Maze/2/Maze-2.xo",
        "/download/org.example.Maze/1/..%2f..%2fetc%2fpasswd",
    ):
        assert site.get(path).status_code == 404


def test_a_withdrawn_version_cannot_be_downloaded(site: Site, bundle: Blob) -> None:
    site.story.withdrawn(RELEASE, Made(bundle=bundle), "It crashes.")
    response = site.get(ADDRESS, If_None_Match=f'"{bundle.digest}"')
    assert response.status_code == 410
    assert "It crashes." in response.text
    assert site.head(ADDRESS).status_code == 410


@pytest.mark.parametrize("name", ["Maze-1.xo", "Maze-1.0.xo"])
@pytest.mark.usefixtures("bundle")
def test_another_way_to_write_the_version_leads_to_the_file(site: Site, name: str) -> None:
    for answer in (site.get(f"/download/org.example.Maze/1.0/{name}"), site.head(f"/download/org.example.Maze/1.0/{name}")):
        assert (answer.status_code, answer.location) == (301, ADDRESS)


def test_names_are_safe_to_save_under() -> None:
    assert content_disposition("Maze-1.xo") == 'attachment; filename="Maze-1.xo"'
    assert content_disposition("لعبة.xo") == ("attachment; filename=\"____.xo\"; filename*=UTF-8''%D9%84%D8%B9%D8%A8%D8%A9.xo")


def test_a_name_in_another_script_can_be_downloaded(site: Site) -> None:
    about = values.metadata(version="1", file_name="لعبة 1.xo")
    site.story.published(RELEASE, Made(metadata=about, bundle=site.first.keep(DATA, ".xo")))
    address = site.json("/activities/org.example.Maze/1")["download"]["url"]
    response = site.get(address)
    assert response.data == DATA
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    assert address.endswith("-1.xo")


def test_a_storage_without_a_receipt_is_never_asked(site: Site) -> None:
    """It may hold anything under that name."""
    site.story.storages = ("second",)
    blob = site.second.keep(DATA, ".xo")
    site.first.keep(DATA, ".xo")
    site.story.published(RELEASE, Made(bundle=blob))
    assert site.get(ADDRESS).data == DATA
    assert site.first.opened == 0
    site.story.happened("copies/second", CopiesLost(missing=(), altered=(blob,)))
    assert site.get(ADDRESS).status_code == 503


def test_the_primary_storage_is_asked_first_from_the_switch_on(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.story.happened("storage/second", StorageSwitched(before="first", by="ada", reason="test"))
    assert site.get(ADDRESS).data == DATA
    assert (site.first.opened, site.second.opened) == (0, 1)
    site.second.breaks_at = 1000
    assert site.get(ADDRESS).data == DATA
    site.story.happened("storage/first", StorageRetired(by="ada", reason="test"))
    site.second.breaks_at = None
    site.first.down = True
    assert site.get(ADDRESS).data == DATA
    assert bundle.size == len(DATA)


# --- sent by others -----------------------------------------------------------------------------------------------------


def test_all_of_it_is_got_where_the_storage_serves_it(site: Site, bundle: Blob) -> None:
    site.first.public_url = "https://dl.example.org"
    response = site.get(ADDRESS)
    assert (response.status_code, response.data) == (302, b"")
    assert response.location == f"https://dl.example.org/{bundle.name}"
    assert response.headers["Cache-Control"] == "private, max-age=60"
    assert "ETag" not in response.headers
    assert (site.first.opened, site.second.opened) == (0, 0)


def test_a_signed_address_is_kept_by_nobody(site: Site, bundle: Blob) -> None:
    site.first.public_url, site.first.signature = "https://s3.example.org", "?X-Amz-Signature=bearer"
    response = site.get(ADDRESS)
    assert response.location == f"https://s3.example.org/{bundle.name}?X-Amz-Signature=bearer"
    assert response.headers["Cache-Control"] == "no-store"


def test_heads_and_ranges_are_answered_here_whoever_serves_the_whole(site: Site, bundle: Blob) -> None:
    """Sugar's updater asks for them; the address may know neither, and one that is signed for GET refuses HEAD."""
    site.first.public_url = "https://dl.example.org"
    head = site.head(ADDRESS)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(DATA)))
    part = site.get(ADDRESS, Range="bytes=-22")
    assert (part.status_code, part.data) == (206, DATA[-22:])
    assert site.get(ADDRESS, If_None_Match=f'"{bundle.digest}"').status_code == 304


@pytest.mark.usefixtures("bundle")
def test_a_download_that_went_on_there_goes_on_there(site: Site) -> None:
    """The tag is of the address, which alone can tell whether it is still the same file."""
    site.first.public_url = "https://dl.example.org"
    assert site.get(ADDRESS, Range="bytes=100-", If_Range='"theirs"').status_code == 302


def test_what_the_first_storage_does_not_serve_is_sent_by_aslo(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.second.public_url = "https://dl.example.org"
    assert site.get(ADDRESS).data == DATA
    site.story.happened("storage/second", StorageSwitched(before="first", by="ada", reason="test"))
    assert site.get(ADDRESS).location == f"https://dl.example.org/{bundle.name}"


def test_nobody_is_led_to_a_storage_that_fails_while_another_has_it(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.first.public_url = "https://dl.example.org"
    site.story.happened("copies/first", CopiesDelayed(failures=1, error="away", retry_at_us=99))
    assert site.get(ADDRESS).data == DATA
    site.second.public_url = "https://mirror.example.org"
    assert site.get(ADDRESS).location == f"https://mirror.example.org/{bundle.name}"
    site.story.happened("copies/first", CopiesReceived(objects=(bundle,), verified="backend"))
    assert site.get(ADDRESS).location == f"https://dl.example.org/{bundle.name}"


def test_nobody_is_led_to_what_is_not_published(site: Site, bundle: Blob) -> None:
    site.first.public_url = "https://dl.example.org"
    site.story.withdrawn(RELEASE, Made(bundle=bundle), "It crashes.")
    assert site.get(ADDRESS).status_code == 410


@pytest.mark.usefixtures("bundle")
def test_nobody_is_led_from_https_to_plain_http(site: Site) -> None:
    assert site.services.public_url.startswith("https:")
    site.first.public_url = "http://dl.example.org"
    assert site.get(ADDRESS).data == DATA


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_web_server_that_says_so_is_told_what_to_send(site: Site, bundle: Blob, method: str) -> None:
    site.first.handed_over_by = "X-Sendfile"
    response = getattr(site, method)(ADDRESS, X_Sendfile_Type="X-Sendfile", Range="bytes=10-19")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["X-Sendfile"] == f"/srv/{bundle.name}"
    assert response.mimetype == "application/vnd.olpc-sugar"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Maze-1.xo"'
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert not {"ETag", "Accept-Ranges", "Content-Range"} & set(response.headers.keys())
    assert site.first.opened == 0


@pytest.mark.parametrize("said", ["", "X-Accel-Redirect", "X-Sendfile, X-Accel-Redirect"])
@pytest.mark.usefixtures("bundle")
def test_one_that_does_not_is_sent_the_bytes(site: Site, said: str) -> None:
    site.first.handed_over_by = "X-Sendfile"
    response = site.get(ADDRESS, X_Sendfile_Type=said)
    assert response.data == DATA
    assert "X-Sendfile" not in response.headers


@pytest.mark.parametrize("broken", ["gone", "down", "cut off"])
def test_nothing_is_handed_over_that_is_not_there_as_it_should_be(site: Site, bundle: Blob, broken: str) -> None:
    site.first.handed_over_by = "X-Sendfile"
    site.second.keep(DATA, ".xo")
    site.first.down = broken == "down"
    if broken == "gone":
        site.first.delete(bundle.name)
    elif broken == "cut off":
        site.first.spoil(bundle, DATA[:100])
    with capture_logs() as logged:
        response = site.get(ADDRESS, X_Sendfile_Type="X-Sendfile")
    assert response.data == DATA
    assert "X-Sendfile" not in response.headers
    site.second.public_url = "https://dl.example.org"
    assert site.get(ADDRESS, X_Sendfile_Type="X-Sendfile").location == f"https://dl.example.org/{bundle.name}"
    failed = next(entry for entry in logged if entry["event"] == "storage.read_failed")
    reason = {"gone": "the object is not there", "down": "the shelf is out of reach"}
    assert failed["reason"] == reason.get(broken, f"the object has 100 bytes instead of {len(DATA)}")


# --- altered behind our back --------------------------------------------------------------------------------------------

ALTERED = b"\xff" + DATA[1:]


def broken_off(site: Site, **headers: str) -> bytes:
    """Download what is altered, and give what arrives before the server breaks off."""
    arrived = b""
    site.projector.catch_up()
    response = site.client.get(ADDRESS, headers=headers, buffered=False)
    pieces = response.iter_encoded()
    try:
        for piece in pieces:
            arrived += piece
    except Transient as reason:
        assert "gave other bytes as" in str(reason)  # noqa: PT017 - what came before it is wanted as well
        return arrived
    raise AssertionError(f"all {len(arrived):,} bytes arrived")


@pytest.mark.parametrize("wanted", [{}, {"Range": "bytes=0-"}], ids=str)
def test_altered_bytes_are_broken_off_before_the_last_of_them(site: Site, bundle: Blob, wanted: dict[str, str]) -> None:
    site.first.spoil(bundle, ALTERED)
    with capture_logs() as logged:
        arrived = broken_off(site, **wanted)
    assert 0 < len(arrived) < len(DATA)
    assert ALTERED.startswith(arrived)
    (told,) = (entry for entry in logged if entry["event"] == "storage.altered_object")
    assert (told["storage"], told["name"], told["log_level"]) == ("first", bundle.name, "error")
    assert told["cure"] == "run `aslo storage verify first`"


def test_the_real_server_sends_an_answer_that_is_too_short(site: Site, bundle: Blob) -> None:
    site.first.spoil(bundle, ALTERED)
    site.projector.catch_up()
    with served(site.services) as url, pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(url + ADDRESS, trust_env=False)


def test_the_next_download_is_of_another_storage_until_there_is_a_newer_receipt(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.first.spoil(bundle, ALTERED)
    broken_off(site)
    assert site.get(ADDRESS).data == DATA
    assert (site.first.opened, site.second.opened) == (1, 1)
    site.first.keep(DATA, ".xo")
    site.story.happened("copies/first", CopiesLost(missing=(), altered=(bundle,)))
    site.story.happened("copies/first", CopiesReceived(objects=(bundle,), verified="backend"))
    assert site.get(ADDRESS).data == DATA
    assert (site.first.opened, site.second.opened) == (2, 1)


def test_whoever_was_broken_off_does_not_go_on_behind_wrong_bytes(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.first.spoil(bundle, ALTERED)
    arrived = broken_off(site)
    response = site.get(ADDRESS, Range=f"bytes={len(arrived)}-", If_Range=f'"{bundle.digest}"')
    assert (response.status_code, response.data) == (200, DATA)


def test_what_is_mended_by_hand_is_served_again(site: Site, bundle: Blob) -> None:
    site.first.spoil(bundle, ALTERED)
    broken_off(site)
    broken_off(site)
    site.first.keep(DATA, ".xo")
    assert site.get(ADDRESS).data == DATA


def test_each_storage_that_gave_some_of_it_is_doubted(site: Site, bundle: Blob) -> None:
    site.second.keep(DATA, ".xo")
    site.first.spoil(bundle, ALTERED)
    site.first.breaks_at = 1000
    with capture_logs() as logged:
        broken_off(site)
    assert [entry["storage"] for entry in logged if entry["event"] == "storage.altered_object"] == ["first", "second"]


def test_what_is_doubted_is_sent_by_aslo_alone(site: Site, bundle: Blob) -> None:
    site.first.spoil(bundle, ALTERED)
    broken_off(site)
    site.first.public_url, site.first.handed_over_by = "https://dl.example.org", "X-Sendfile"
    broken_off(site, **{"X-Sendfile-Type": "X-Sendfile"})
    site.second.keep(DATA, ".xo")
    site.second.public_url = "https://mirror.example.org"
    assert site.get(ADDRESS).location == f"https://mirror.example.org/{bundle.name}"


def test_what_is_one_piece_is_answered_as_a_failure(site: Site) -> None:
    blob = site.first.keep(b"small", ".xo")
    site.story.published(RELEASE, Made(bundle=blob))
    site.first.spoil(blob, b"SMALL")
    assert site.get(ADDRESS).status_code == 503
    site.second.keep(b"small", ".xo")
    assert site.get(ADDRESS).data == b"small"


def test_a_part_cannot_be_checked(site: Site, bundle: Blob) -> None:
    site.first.spoil(bundle, ALTERED)
    response = site.get(ADDRESS, Range="bytes=0-9")
    assert (response.status_code, response.data) == (206, ALTERED[:10])
