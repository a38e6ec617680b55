"""Downloads that a web server in front sends itself, by the very lines of the how-to: a real one before a real folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import httpx2
import pytest
from aslo_storage_local.folder import FolderStorage
from aslo_storage_local.front import Front

from aslo_core.receipts import Backend, Backends
from aslo_core.testing import values
from aslo_core.testing.site import Site, served
from aslo_core.testing.story import Made
from aslo_core.testing.web_servers import WebServer
from aslo_core.types import Blob

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "storages.md"
ADDRESS = "/download/org.example.Maze/1/Maze-1.xo"
DATA = bytes(range(256)) * 4096
RELEASE = values.announcement("1", "v1")


class Folder(FolderStorage):
    """Counts what ASLO reads itself; calls `looked` when ASLO has looked for the file, and before the web server does."""

    opened = 0
    looked: Callable[[], object] = staticmethod(lambda: None)

    def stat(self, name: str) -> int | None:
        size = super().stat(name)
        self.looked()
        return size

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        self.opened += 1
        return super().open(blob, start)


@dataclass
class InFront:
    """ASLO with a web server in front.

    Attributes:
        folder: the storage, with the bundle in it.
        file: the bundle.
        server: the web server.
        direct: ASLO's own address.
    """

    site: Site
    client: httpx2.Client
    folder: Folder
    bundle: Blob
    file: Path
    server: WebServer
    direct: str

    def ask(self, path: str = ADDRESS, method: str = "GET", *, at: str = "", **headers: str) -> httpx2.Response:
        self.site.projector.catch_up()
        named = {"Accept-Encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, (at or self.server.url) + path, headers=named)


def lines_of_the_how_to(kind: str, direct: str, root: Path) -> str:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(found, str)
    return found.replace("8000", direct.rpartition(":")[2]).replace("/var/lib/aslo/storage", str(root))


@contextmanager
def in_front(
    site: Site, folder: Folder, root: Path, start: Callable[[str], WebServer], kind: str, modules: str = ""
) -> Iterator[InFront]:
    bundle = site.second.keep(DATA, ".xo")
    source = root.parent / "bundle.xo"
    source.write_bytes(DATA)
    folder.put(bundle, source)
    site.story.published(RELEASE, Made(bundle=bundle))
    storages = Backends({"first": Backend("first", folder), "second": Backend("second", site.second)})
    with (
        served(replace(site.services, storages=lambda: storages)) as direct,
        httpx2.Client(trust_env=False, timeout=20) as client,
    ):
        server = start(modules + lines_of_the_how_to(kind, direct, root))
        yield InFront(site, client, folder, bundle, root / bundle.name, server, direct)


@pytest.fixture
def behind_nginx(site: Site, tmp_path: Path, nginx: Callable[[str], WebServer]) -> Iterator[InFront]:
    root = tmp_path / "storage"
    with in_front(site, Folder("first", root, Front.nginx("/-/bundles/")), root, nginx, "nginx") as front:
        yield front


@pytest.fixture
def behind_lighttpd(site: Site, tmp_path: Path, lighttpd: Callable[[str], WebServer]) -> Iterator[InFront]:
    root, modules = tmp_path / "storage", 'server.modules = ( "mod_proxy", "mod_setenv" )\n'
    with in_front(site, Folder("first", root, Front.sendfile(root)), root, lighttpd, "lighttpd", modules) as front:
        yield front


@pytest.fixture(params=["nginx", "lighttpd"])
def front(request: pytest.FixtureRequest) -> InFront:
    found = request.getfixturevalue(f"behind_{request.param}")
    assert isinstance(found, InFront)
    return found


def test_the_web_server_sends_the_whole_file_as_aslo_would(front: InFront) -> None:
    given, own = front.ask(), front.ask(at=front.direct)
    assert (given.status_code, given.content) == (200, DATA)
    assert (front.folder.opened, front.site.second.opened) == (1, 0)  # for the direct one
    same = ("Content-Type", "Content-Disposition", "Content-Length", "Cache-Control", "X-Content-Type-Options")
    assert {name: given.headers[name] for name in same} == {name: own.headers[name] for name in same}
    assert given.headers["Accept-Ranges"] == "bytes"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert not {"x-accel-redirect", "x-sendfile", "x-sendfile-type"} & set(given.headers)


def test_the_head_alone_says_what_the_whole_would(front: InFront) -> None:
    head, whole = front.ask(method="HEAD"), front.ask()
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(DATA)))
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert front.folder.opened == 0


def test_the_web_server_answers_ranges(front: InFront) -> None:
    part = front.ask(Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, DATA[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(DATA)}"
    assert front.ask(Range="bytes=-5").content == DATA[-5:]
    assert front.ask(Range=f"bytes={len(DATA)}-").status_code == 416
    assert front.folder.opened == 0


def test_what_a_client_has_is_not_sent_again(front: InFront) -> None:
    its_own = front.ask().headers["ETag"]
    by_aslo = front.ask(at=front.direct).headers["ETag"]
    for tag in (its_own, by_aslo):
        again = front.ask(If_None_Match=tag)
        assert (again.status_code, again.content) == (304, b""), tag
    assert front.ask(If_None_Match='"other"').content == DATA
    resumed = front.ask(Range="bytes=10-", If_Range=its_own)
    assert (resumed.status_code, resumed.content) == (206, DATA[10:])
    assert front.ask(Range="bytes=10-", If_Range='"other"').content == DATA


@pytest.mark.parametrize("broken", ["absent", "cut off", "a link"])
def test_the_next_storage_gives_what_is_not_there_as_it_should_be(front: InFront, broken: str) -> None:
    if broken == "cut off":
        front.file.write_bytes(DATA[:-1])
    else:
        kept = front.file.rename(front.file.parents[2] / "elsewhere")
        if broken == "a link":
            front.file.symlink_to(kept)
    assert front.ask().content == DATA
    assert front.ask(Range="bytes=5-9").content == DATA[5:10]
    assert front.site.second.opened == 2


def test_a_link_that_comes_between_is_not_followed(front: InFront) -> None:
    def put_a_link() -> None:
        front.file.symlink_to(front.file.rename(front.file.parents[2] / "elsewhere"))

    front.folder.looked = put_a_link
    assert front.ask().status_code == 403
    assert front.file.is_symlink()


def test_nobody_reaches_the_files_past_aslo(behind_nginx: InFront) -> None:
    front = behind_nginx
    inside = f"/-/bundles/{front.bundle.name}"
    for path in (inside, f"{ADDRESS}/..%2f..%2f..%2f..{inside}", inside.replace("/-/", "/%2d/")):
        for headers in ({}, {"X_Accel_Redirect": inside}, {"X_Sendfile_Type": "X-Accel-Redirect"}):
            assert front.ask(path, **headers).status_code == 404, path
    front.site.story.withdrawn(RELEASE, Made(bundle=front.bundle), "It crashes.")
    assert front.ask(X_Accel_Redirect=inside).status_code == 410


def test_what_a_client_says_of_its_web_server_does_not_count(front: InFront) -> None:
    for said in ("X-Sendfile", "X-Accel-Redirect", "X-Nothing"):
        assert front.ask(X_Sendfile_Type=said).content == DATA
    assert front.folder.opened == 0


def test_without_a_web_server_in_front_aslo_sends_the_bytes(front: InFront) -> None:
    for headers in ({}, {"X_Sendfile_Type": "X-Nothing"}, {"X_Accel_Redirect": "/etc/passwd"}):
        answer = front.ask(at=front.direct, **headers)
        assert answer.content == DATA
        assert not {"x-accel-redirect", "x-sendfile"} & set(answer.headers)


def test_whoever_says_it_sends_files_and_does_not_cannot_take_the_answer_for_the_file(
    behind_nginx: InFront,
) -> None:
    front = behind_nginx
    answer = front.ask(at=front.direct, X_Sendfile_Type="x-accel-redirect")
    assert answer.headers["X-Accel-Redirect"] == f"/-/bundles/{front.bundle.name}"
    assert (answer.content, answer.headers["Cache-Control"]) == (b"", "public, no-cache")
    assert "ETag" not in answer.headers
