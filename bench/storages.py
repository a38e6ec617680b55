"""Keeping a bundle of 5 MB on each storage, against a bare upload by the same client: `python -m bench.storages`.

Every round keeps other bytes, and every second one begins with the bare upload. That one writes and syncs file and folder,
stores or puts, and checks nothing; what the FTP server has to send back for its check is measured apart, and taken off. All
folders are there already, as they are once some hundred objects were kept.
"""

from __future__ import annotations

import logging
import os
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aslo_storage_ftp
import aslo_storage_local
import aslo_storage_s3
import structlog
from aslo_storage_ftp import storage as ftp_storage
from aslo_storage_ftp.connection import connected
from aslo_storage_s3.uploading import attributes

from aslo_core.api import Blob, Context, Secret, Storage
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.s3_server import S3Server, run_seaweedfs

SIZE = 5_000_000
ROUNDS = 30
AIM = 0.8

Bare = Callable[[Path, str], object]
"""Uploads a file under a name that never comes twice."""


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


class Stopwatch:
    """Takes the time that the calls of a function last."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.total = 0.0

    def __call__(self, *arguments: object) -> Any:
        begun = time.perf_counter()
        try:
            return self._function(*arguments)
        finally:
            self.total += time.perf_counter() - begun


def compare(name: str, storage: Storage, bare: Bare, folder: Path, reading_back: Stopwatch | None = None) -> None:
    """Measure both in turn and print their times and the median of their ratios, without what reading back took."""
    rounds = []
    for number in range(ROUNDS + 1):
        path = folder / "bundle.xo"
        path.write_bytes(os.urandom(SIZE))
        actions: dict[str, Callable[[], object]] = {
            "theirs": partial(bare, path, f"bare-{number}"),
            "ours": partial(storage.put, Blob.of(path, ".xo"), path),
        }
        before = reading_back.total if reading_back else 0.0
        took = {who: seconds(actions[who]) for who in sorted(actions, reverse=bool(number % 2))}
        back = reading_back.total - before if reading_back else 0.0
        rounds.append((took["ours"] - back, took["theirs"], back))
    ours, theirs, back = (statistics.median(times) for times in zip(*rounds[1:], strict=True))  # the first one warms up
    ratios = sorted(theirs / ours for ours, theirs, _ in rounds[1:])
    checked = f" and {back * 1e3:.0f} ms to read it back" if reading_back else ""
    print(
        f"keep 5 MB, {name:6} {ours * 1e3:5.0f} ms{checked}, bare upload {theirs * 1e3:5.0f} ms,"
        f" ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), aim {AIM:g}"
    )


def make_shelves(root: Path) -> None:
    """Make the folders that objects lie in."""
    for number in range(256):
        (root / f"{number:02x}").mkdir(parents=True)


def on_disk(folder: Path, context: Context) -> None:
    """A folder, against a copy that is synced, with its entry."""
    (folder / "bare").mkdir()
    make_shelves(folder / "local")

    def bare(path: Path, name: str) -> None:
        with path.open("rb") as source, (folder / "bare" / name).open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 18)
            target.flush()
            os.fsync(target.fileno())
        entries = os.open(folder / "bare", os.O_RDONLY)
        os.fsync(entries)
        os.close(entries)

    storage = aslo_storage_local.create(aslo_storage_local.LocalOptions(path=folder / "local"), context)
    compare("local", storage, bare, folder)


def on_ftp(folder: Path, context: Context) -> None:
    """A plain FTP server, against STOR on a connection of its own."""
    root = folder / "ftp"
    make_shelves(root)
    with FtpServer(root) as server:
        options = aslo_storage_ftp.FtpOptions(
            host=server.host, port=server.port, user=server.user, password=Secret(server.password), tls="off"
        )
        storage = aslo_storage_ftp.create(options, context)
        place = storage._server  # noqa: SLF001 (the bare upload is to have the same connection)

        def bare(path: Path, name: str) -> None:
            with path.open("rb") as file, connected(place) as ftp:
                ftp.storbinary(f"STOR {name}", file, 1 << 18)

        reading_back = Stopwatch(ftp_storage._size_and_digest)  # noqa: SLF001 (it is a part of the put)
        ftp_storage._size_and_digest = reading_back  # type: ignore[assignment]  # noqa: SLF001
        compare("ftp", storage, bare, folder, reading_back)


def on_s3(server: S3Server, folder: Path, context: Context) -> None:
    """SeaweedFS, against one put of the same client with the same headers."""
    options = aslo_storage_s3.S3Options(
        bucket=server.bucket,
        endpoint=server.endpoint,
        access_key=Secret(server.account.access_key),
        secret_key=Secret(server.account.secret_key),
    )
    storage = aslo_storage_s3.create(options, context)
    store = storage._store  # noqa: SLF001 (as above)

    def bare(path: Path, name: str) -> None:
        store.put(name, path, attributes=attributes(".xo", shared=False), use_multipart=False)

    compare("s3", storage, bare, folder)


def main() -> None:
    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # without any, it would tell everything
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        context = Context(name="main", directory=folder, data=folder / "data", public_url="http://localhost")
        on_disk(folder, context)
        on_ftp(folder, context)
        (folder / "seaweedfs").mkdir()
        try:
            server = stack.enter_context(run_seaweedfs(folder / "seaweedfs"))
        except NotInstalled as reason:
            print(f"keep 5 MB, s3: not measured: {reason}")
            return
        on_s3(server, folder, context)


if __name__ == "__main__":
    main()
