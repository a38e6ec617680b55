"""What keeping 5 MB costs, in ratio to a bare put of the same file: `python -m bench.upload`.

Bare: on a disk, write aside, sync, rename and sync the folder; over FTP, log in, STOR and rename. Reading back and hashing what
was put, which makes a copy count, is shown apart.
"""

from __future__ import annotations

import ftplib
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import structlog

from aslo_core.plugins import load
from aslo_core.receipts import BACKEND, confirm
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.types import Blob, Context, Storage
from bench.paired import compare

_SIZE = 5_000_000
_FILES = 4


def main() -> None:
    """Measure the storages that need nothing but this machine."""
    logging.getLogger("pyftpdlib").setLevel(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(dir=".")))
        (folder / "ftp").mkdir()
        server = closing.enter_context(FtpServer(folder / "ftp"))
        login = {"host": server.host, "port": server.port, "user": server.user, "password": server.password, "tls": "off"}
        local = _storage("local", {"path": "local"}, folder)
        ftp = _storage("ftp", login, folder)
        compare("5 MB to a disk", _timed(folder, local.put), "bare", _timed(folder, _to_disk(folder)), aim=0.8)
        _show_reading_back("a disk", local, folder)
        compare("5 MB over FTP", _timed(folder, ftp.put), "bare", _timed(folder, _over_ftp(server)), aim=0.8)
        _show_reading_back("FTP", ftp, folder)


def _storage(use: str, options: dict[str, object], folder: Path) -> Storage:
    offer = load([("storage", use)]).offers["storage", use]
    context = Context(name=use, directory=folder, data=folder / "data", public_url="")
    made: Storage = offer.create(offer.options.model_validate(options), context)
    return made


def _file(folder: Path) -> tuple[Blob, Path]:
    path = folder / "bundle.xo"
    path.write_bytes(secrets.token_bytes(_SIZE))
    return Blob.of(path, ".xo"), path


def _timed(folder: Path, put: Callable[[Blob, Path], None]) -> Callable[[], float]:
    """Make a measurement: files per second; that they are made is no part of it."""

    def measure() -> float:
        seconds = 0.0
        for _ in range(_FILES):
            blob, path = _file(folder)
            begun = time.perf_counter()
            put(blob, path)
            seconds += time.perf_counter() - begun
        return _FILES / seconds

    return measure


def _to_disk(folder: Path) -> Callable[[Blob, Path], None]:
    def put(blob: Blob, path: Path) -> None:
        place = folder / "bare" / blob.name
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_suffix(".part")
        with aside.open("wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        aside.rename(place)
        descriptor = os.open(place.parent, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    return put


def _over_ftp(server: FtpServer) -> Callable[[Blob, Path], None]:
    def put(blob: Blob, path: Path) -> None:
        with ftplib.FTP() as ftp, path.open("rb") as file:  # noqa: S321 - on loopback
            ftp.connect(server.host, server.port)
            ftp.login(server.user, server.password)
            ftp.storbinary(f"STOR {blob.digest}.part", file, blocksize=256 * 1024)
            ftp.rename(f"{blob.digest}.part", f"{blob.digest}{blob.suffix}")

    return put


def _show_reading_back(where: str, storage: Storage, folder: Path) -> None:
    blob, path = _file(folder)
    storage.put(blob, path)
    begun = time.perf_counter()
    confirm(storage, blob, BACKEND)
    print(f"{'reading it back from ' + where:34} {(time.perf_counter() - begun) * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
