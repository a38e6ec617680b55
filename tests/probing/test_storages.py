"""A storage is tried by what it does, on real ones and on ones that go wrong in one way each; nothing stays in any of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import pytest
from aslo_storage_ftp import FtpOptions
from aslo_storage_ftp import create as create_ftp
from aslo_storage_local.folder import FolderStorage
from aslo_storage_local.front import Front
from aslo_storage_s3 import S3Options
from aslo_storage_s3 import create as create_s3

from aslo_core.errors import Transient
from aslo_core.probing import storages
from aslo_core.probing.side_by_side import Probe, run_side_by_side
from aslo_core.probing.storages import ProbeObject, probe_storage
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.modes import forbidden, obeyed
from aslo_core.testing.s3_server import S3Server
from aslo_core.testing.web_servers import WebServer
from aslo_core.types import Blob, Context, Probed, Secret, Storage

PUBLIC_URL = "http://127.0.0.1:1"
ALL_GOOD = [("write", "good"), ("read back", "good"), ("list", "good"), ("public address", "good"), ("remove", "good")]


@pytest.fixture
def given(tmp_path: Path) -> ProbeObject:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return ProbeObject.make(folder)


class Memory:
    """A storage that is right; each subclass is wrong in one way."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, blob: Blob, path: Path) -> None:
        self.objects[blob.name] = path.read_bytes()

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        return io.BytesIO(self.objects[blob.name][start:])

    def stat(self, name: str) -> int | None:
        return len(self.objects[name]) if name in self.objects else None

    def delete(self, name: str) -> None:
        self.objects.pop(name, None)

    def names(self) -> Iterator[str]:
        return iter(list(self.objects))

    def address(self, blob: Blob) -> str | None:
        return None


def verdicts(rows: list[Probed]) -> list[tuple[str, str]]:
    return [(row.what, row.verdict) for row in rows]


def probed(storage: Storage, given: ProbeObject) -> list[Probed]:
    return list(probe_storage(storage, given, PUBLIC_URL))


def test_one_that_is_right_is_good_and_left_empty(given: ProbeObject) -> None:
    storage = Memory()
    assert verdicts(probed(storage, given)) == ALL_GOOD
    assert storage.objects == {}


def test_a_folder_is_good_and_holds_no_file_afterwards(given: ProbeObject, tmp_path: Path) -> None:
    root = tmp_path / "storage"
    storage = FolderStorage("main", root)
    assert verdicts(probed(storage, given)) == ALL_GOOD
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_folder_that_may_not_be_written_is_bad(given: ProbeObject, tmp_path: Path) -> None:
    root = tmp_path / "storage"
    storage = FolderStorage("main", root)
    probed(storage, given)
    with obeyed(), forbidden(root):
        rows = probed(storage, given)
    assert rows[0].what == "write"
    assert (rows[0].verdict, bool(rows[0].cure)) == ("bad", True)
    assert "read back" not in {row.what for row in rows}


def ftp(server: FtpServer, tmp_path: Path, **options: Any) -> Storage:
    fitting = {"host": server.host, "port": server.port, "user": server.user, "password": Secret(server.password)}
    options = fitting | {"tls": "off"} | options
    return create_ftp(FtpOptions.model_validate(options), Context("mirror", tmp_path, tmp_path, "http://localhost"))


def test_an_ftp_server_is_good_and_with_a_wrong_password_bad(given: ProbeObject, tmp_path: Path) -> None:
    root = tmp_path / "served"
    root.mkdir()
    with FtpServer(root) as server:
        assert {row.verdict for row in probed(ftp(server, tmp_path), given)} <= {"good", "unknown"}
        assert [path for path in root.rglob("*") if path.is_file()] == []
        wrong = ftp(server, tmp_path, password=Secret("hunter2"))
        rows = run_side_by_side(
            [Probe("storage.mirror", lambda: probe_storage(wrong, given, PUBLIC_URL), secrets={"hunter2"})]
        ).rows
    assert (rows[0].what, rows[0].verdict) == ("write", "bad")
    assert "hunter2" not in repr(rows)


def s3(server: S3Server, tmp_path: Path, **options: Any) -> Storage:
    fitting = {
        "bucket": server.bucket,
        "endpoint": server.endpoint,
        "access_key": Secret(server.account.access_key),
        "secret_key": Secret(server.account.secret_key),
        "ca_file": server.certificate and server.certificate.authority,
        "prefix": "probed",
    }
    made = S3Options.model_validate(fitting | options)
    return create_s3(made, Context("cdn", tmp_path, tmp_path, "http://localhost"))


def test_an_s3_service_is_good_and_one_without_the_bucket_bad(given: ProbeObject, tmp_path: Path, moto: S3Server) -> None:
    storage = s3(moto, tmp_path)
    rows = probed(storage, given)
    assert verdicts(rows)[:3] == ALL_GOOD[:3]
    assert verdicts(rows)[-1] == ("remove", "good")
    assert list(storage.names()) == []
    rows = probed(s3(moto, tmp_path, bucket="no-such-bucket"), given)
    assert (rows[0].what, rows[0].verdict) == ("write", "bad")
    assert "no-such-bucket" in rows[0].found + rows[0].cure


def test_an_s3_service_that_is_given_a_wrong_secret_is_bad(given: ProbeObject, tmp_path: Path, seaweedfs: S3Server) -> None:
    assert verdicts(probed(s3(seaweedfs, tmp_path), given))[0] == ("write", "good")
    rows = probed(s3(seaweedfs, tmp_path, secret_key=Secret("0" * 40)), given)
    assert (rows[0].what, rows[0].verdict) == ("write", "bad")
    assert "0" * 40 not in repr(rows)


class ReadsOthers(Memory):
    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        return io.BytesIO(self.objects[blob.name])


class ListsNothing(Memory):
    def names(self) -> Iterator[str]:
        return iter(())


class ForgetsAtOnce(Memory):
    def put(self, blob: Blob, path: Path) -> None:
        pass


class KeepsForGood(Memory):
    def delete(self, name: str) -> None:
        pass


@pytest.mark.parametrize(
    ("storage", "what"),
    [(ReadsOthers(), "read back"), (ListsNothing(), "list"), (ForgetsAtOnce(), "write"), (KeepsForGood(), "remove")],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_each_thing_that_is_wrong_is_told_and_the_object_is_removed_all_the_same(
    given: ProbeObject, storage: Storage, what: str
) -> None:
    rows = probed(storage, given)
    assert [row.what for row in rows if row.verdict == "bad"] == [what]
    if what != "remove":
        assert list(storage.names()) == []


def test_what_cannot_be_removed_is_named(given: ProbeObject) -> None:
    assert f"{given.blob.name} may be left there" in probed(KeepsForGood(), given)[-1].cure


def test_a_half_written_object_is_removed(given: ProbeObject) -> None:
    class Breaks(Memory):
        def put(self, blob: Blob, path: Path) -> None:
            super().put(blob, path)
            raise Transient("the connection was lost")

    storage = Breaks()
    assert verdicts(probed(storage, given)) == [("write", "bad")]
    assert storage.objects == {}


def test_one_that_refuses_the_login_was_given_nothing_and_is_told_once(given: ProbeObject) -> None:
    class Refuses(Memory):
        def stat(self, name: str) -> int | None:
            raise Transient("the login is refused")

        def put(self, blob: Blob, path: Path) -> None:
            raise AssertionError("nothing is to be written")

        delete = stat  # type: ignore[assignment]

    (row,) = probed(Refuses(), given)
    assert (row.what, row.verdict, row.found) == ("write", "bad", "the login is refused")
    assert "left there" not in row.cure
    assert given.leaves() == ""


def test_one_that_may_be_read_alone_has_nothing_left_to_remove(given: ProbeObject) -> None:
    class ReadOnly(Memory):
        def put(self, blob: Blob, path: Path) -> None:
            raise Transient("writing is forbidden")

        def delete(self, name: str) -> None:
            raise Transient("writing is forbidden")

    (row,) = probed(ReadOnly(), given)
    assert (row.what, row.verdict, row.found) == ("write", "bad", "writing is forbidden")


def test_one_that_breaks_off_for_good_may_have_something_left(given: ProbeObject) -> None:
    class Dies(Memory):
        gone = False

        def put(self, blob: Blob, path: Path) -> None:
            self.gone = True
            self.stat(blob.name)

        def stat(self, name: str) -> int | None:
            if self.gone:
                raise Transient("the connection was lost")
            return None

        delete = stat  # type: ignore[assignment]

    rows = probed(Dies(), given)
    assert verdicts(rows) == [("write", "bad"), ("remove", "bad")]
    assert f"{given.blob.name} may be left there" in rows[-1].cure
    assert given.leaves() in rows[-1].cure


def test_a_storage_with_more_than_can_be_looked_through_is_unknown(given: ProbeObject, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Memory):
        def names(self) -> Iterator[str]:
            while True:
                yield f"00/{'0' * 64}.xo"

    monkeypatch.setattr(storages, "_MOST_NAMES", 100)
    assert ("list", "unknown") in verdicts(probed(Endless(), given))


class Public(Memory):
    """A storage whose objects lie at a public address."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def address(self, blob: Blob) -> str | None:
        return f"{self.url}/{blob.name}?signature=s3cret"


@pytest.fixture
def site() -> Iterator[Public]:
    """A storage with a real web server over its objects."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = storage.objects.get(self.path.removeprefix("/").partition("?")[0])
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        storage = Public(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield storage
        server.shutdown()
        thread.join()


def public(storage: Public, given: ProbeObject) -> Probed:
    return next(row for row in probed(storage, given) if row.what == "public address")


def test_a_public_address_is_fetched(site: Public, given: ProbeObject) -> None:
    assert public(site, given).verdict == "good"


def test_a_public_address_that_leads_nowhere_is_bad_and_not_shown_whole(site: Public, given: ProbeObject) -> None:
    site.url += "/elsewhere"
    row = public(site, given)
    assert (row.verdict, row.found) == ("bad", "127.0.0.1 answers 404")


def test_a_public_address_with_other_bytes_is_bad(site: Public, given: ProbeObject) -> None:
    class Other(dict[str, bytes]):
        def get(self, key: str, default: Any = None) -> Any:
            return b"another page"

    site.objects = Other()
    assert "other bytes" in public(site, given).found


def test_a_public_address_out_of_reach_is_unknown(given: ProbeObject) -> None:
    row = public(Public("http://127.0.0.1:1"), given)
    assert (row.verdict, "s3cret" in repr(row)) == ("unknown", False)


@pytest.mark.parametrize(
    ("front", "told"),
    [(Front.nginx("/-/bundles/"), "X-Accel-Redirect"), (Front.sendfile(Path("/srv/bundles")), "X-Sendfile")],
)
def test_a_folder_that_a_web_server_sends_from_says_how(given: ProbeObject, tmp_path: Path, front: Front, told: str) -> None:
    rows = probed(FolderStorage("main", tmp_path / "storage", front), given)
    row = next(row for row in rows if row.what == "hand over")
    assert (row.verdict, told in row.found) == ("good", True)


def test_a_location_that_everybody_can_read_is_bad(
    given: ProbeObject, tmp_path: Path, nginx: Callable[[str], WebServer]
) -> None:
    root = tmp_path / "storage"
    location = f"location /-/bundles/ {{ alias {root}/; }} location /-/inside/ {{ internal; alias {root}/; }}"
    url = nginx(location).url
    for path, verdict in {"/-/bundles/": "bad", "/-/inside/": "good"}.items():
        storage = FolderStorage("main", root, Front.nginx(path))
        rows = list(probe_storage(storage, given, url))
        row = next(row for row in rows if row.what == "hand over")
        assert row.verdict == verdict
        assert ("internal;" in row.cure) == (verdict == "bad")
        assert (rows[-1].what, rows[-1].verdict) == ("remove", "good")
