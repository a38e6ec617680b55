"""A live move between storages, by hand: `python -m bench.move --bundles 1000`.

A real `aslo serve` with so many published bundles on a local storage goes on publishing releases, and downloads are asked
for all the time, while the commands of docs/how-to/move-storage.md move everything to another storage. Printed is what was
missing or unavailable, which has to be nothing. `--use` and `--set` name the other storage as `aslo storage add` takes it;
`--use ftp` and `--use s3` without `--set` start a server of their own. `--and-back` moves everything on to a new folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import uuid_utils

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.intake import make_intake
from aslo_core.events import ENDINGS
from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.projections.addresses import download_path
from aslo_core.testing import values
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.processes import free_ports, running
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.s3_server import run_seaweedfs
from aslo_core.testing.story import Made, Story
from aslo_core.types import Announced, Person

ROOT = Path(__file__).parents[1]
ACTIVITY = ROOT / "examples" / "star-map"
CONFIGURATION = """\
[server]
port = {port}
[source.git]
use = "git"
allow = ["{allow}"]
[builder.sandbox]
use = "bubblewrap"
[storage.main]
use = "local"
path = "storage"
"""
_PATIENCE_S = 1800.0


@dataclass
class Outcome:
    """What a move came to.

    Attributes:
        seconds: how long each took, from adding the storage to retiring the former one, by the new one's name.
        downloads: how many were made meanwhile.
        unavailable: what went wrong with some of them.
        released: how many releases were announced meanwhile.
        published: how many of these were published in the end.
        missing: objects that the last storage lacks in the end.
        verified: whether `aslo storage verify` found a storage clean, by its name.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    downloads: int = 0
    unavailable: list[str] = field(default_factory=list)
    released: int = 0
    published: int = 0
    missing: int = -1
    verified: dict[str, bool] = field(default_factory=dict)

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, nothing unavailable, and everything released."""
        sound = not self.unavailable and self.missing == 0 and all(self.verified.values())
        return sound and self.downloads > 0 and self.published == self.released


class Move:
    """One installation, and the storage that it moves to.

    Args:
        folder: an empty folder for everything.
        bundles: how many are published before.
        size: bytes of each.
        moves: the storages to move to, one after another, each with what `aslo storage add` is called with.
        say: hears what the commands print.
    """

    def __init__(self, folder: Path, bundles: int, size: int, moves: Mapping[str, Sequence[str]], say: Any = print) -> None:
        self._folder = folder
        self._bundles = bundles
        self._size = size
        self._moves = moves
        self._say = say
        self._port = free_ports(1)[0]
        self._configuration = folder / "aslo.toml"
        self._over = threading.Event()
        self._known: list[tuple[str, str]] = []
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Do all of it."""
        served = GitPlumbing(self._folder / "served" / "star-map.git")
        self._configuration.write_text(CONFIGURATION.format(port=self._port, allow=served.path.parent.as_uri()))
        self._publish_bundles()
        with ExitStack() as closing:
            closing.enter_context(self._serving())
            threads = [threading.Thread(target=self._download) for _ in range(2)]
            threads.append(threading.Thread(target=self._release, args=(served,)))
            for thread in threads:
                thread.start()
            try:
                for former, new in pairwise(("main", *self._moves)):
                    self._move(former, new)
            finally:
                self._over.set()
                for thread in threads:
                    thread.join()
            self._settle()
        return self.outcome

    def _move(self, former: str, new: str) -> None:
        begun = time.monotonic()
        why = ("--reason", "a live move")
        self._aslo("add", new, *self._moves[new])
        self._aslo("copy", new, may_fail=True)  # what is published just now is the replicator's
        self._switch(new, *why)
        self._wait_for_copies(new)
        for name in (former, new):
            found = json.loads(self._aslo("verify", name, "--json", may_fail=True))
            self.outcome.verified[name] = not (found["missing"] or found["altered"])
        self._aslo("retire", former, *why)
        self.outcome.seconds[new] = time.monotonic() - begun

    def _switch(self, new: str, *why: str) -> None:
        """Cut over, once more where a release was published just then that the new storage lacks."""
        until = time.monotonic() + _PATIENCE_S
        while not self._row(new)["primary"]:
            self._wait_for_copies(new)
            self._aslo("switch", new, *why, may_fail=time.monotonic() < until)

    def _settle(self) -> None:
        """Wait for the ends of all releases, and look what the last storage lacks."""
        until = time.monotonic() + _PATIENCE_S
        ended, counts = 0, dict[str, int]()
        while ended < self._bundles + self.outcome.released and time.monotonic() < until:
            counts = self._json("/status")["counts"]
            ended = sum(counts.get(state, 0) for state in ENDINGS.values())
            time.sleep(0.2)
        self.outcome.published = counts.get("published", 0) - self._bundles
        last = [*self._moves][-1]
        self._wait_for_copies(last)
        self.outcome.missing = self._row(last)["missing"]
        found = json.loads(self._aslo("verify", last, "--json", may_fail=True))
        self.outcome.verified[last] = not (found["missing"] or found["altered"] or found["extra"])

    def _wait_for_copies(self, name: str) -> None:
        until = time.monotonic() + _PATIENCE_S
        while self._row(name)["missing"] and time.monotonic() < until:
            time.sleep(0.5)

    def _row(self, name: str) -> dict[str, Any]:
        rows = [json.loads(line) for line in self._aslo("list", "--json").splitlines()]
        return next(row for row in rows if row["storage"] == name)

    def _publish_bundles(self) -> None:
        (self._folder / "data").mkdir()
        upgrade(self._folder / "data" / "log.db")
        with EventLog.open(self._folder / "data" / "log.db") as log:
            story = Story(log)
            for number in range(self._bundles):
                data = b"%d " % number + secrets.token_bytes(self._size)
                made = Made(
                    metadata=values.metadata(f"org.example.Activity{number % 50}", str(number // 50 + 1)),
                    bundle=values.blob(data),
                )
                path = self._folder / "storage" / made.bundle.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                story.published(values.announcement(str(number), f"v{number}"), made)
                address = download_path(made.metadata.bundle_id, made.metadata.version, made.metadata.file_name)
                self._known.append((address, made.bundle.digest))

    def _release(self, served: GitPlumbing) -> None:
        files = {str(path.relative_to(ACTIVITY)): path.read_bytes() for path in ACTIVITY.rglob("*") if path.is_file()}
        configured = configure(self._configuration)
        settings = configured.settings
        source = create(settings, configured.plugins, settings.public_url(), settings.of("source"))["source"]["git"]
        info = "activity/activity.info"
        with EventLog.open(self._folder / "data" / "log.db") as log:
            while not self._over.is_set():
                self.outcome.released += 1
                version = b"%d" % (1000 + self.outcome.released)
                lines = files[info].splitlines()
                changed = [b"activity_version = " + version if b"activity_version" in line else line for line in lines]
                tag = f"v{version.decode()}"
                served.release(tag, files | {info: b"\n".join(changed) + b"\n"})
                announcement = source.announce(served.path.as_uri(), tag, Person(login="ada"))
                verdict = Announced(str(uuid_utils.uuid7()), "submitted", announcement)
                make_intake(configure(self._configuration), log).receive("git", verdict, tag.encode())
                self._over.wait(2.0)

    def _download(self) -> None:
        chance = random.Random(7)  # noqa: S311 - which one is asked for guards nothing
        while not self._over.is_set():
            address, digest = chance.choice(self._known)
            try:
                data = self._get(address)
            except OSError as reason:
                self.outcome.unavailable.append(f"{address}: {reason}")
            else:
                if hashlib.sha256(data).hexdigest() != digest:
                    self.outcome.unavailable.append(f"{address}: other bytes")
            self.outcome.downloads += 1
            self._over.wait(0.02)

    def _get(self, address: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{address}", timeout=60) as answer:
            data: bytes = answer.read()
            return data

    def _json(self, address: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{address}", headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            return json.load(answer)

    @contextmanager
    def _serving(self) -> Iterator[None]:
        def is_ready() -> bool:
            try:
                return bool(self._get("/readyz"))
            except (urllib.error.HTTPError, OSError):
                return False

        command: list[str | Path] = [sys.executable, "-m", "aslo_core.cli", "-c", self._configuration, "serve"]
        with running(command, log=self._folder / "aslo.log", is_ready=is_ready, start_seconds=120):
            yield

    def _aslo(self, *arguments: str, may_fail: bool = False) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "aslo_core.cli", "-c", self._configuration, "storage", *arguments],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
            timeout=_PATIENCE_S,
            check=False,
        )
        if arguments[0] != "list":
            self._say(f"$ aslo storage {' '.join(arguments)}\n{ended.stdout}{ended.stderr}")
        if ended.returncode and not may_fail:
            raise RuntimeError(f"aslo storage {arguments} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        return ended.stdout


def _target(use: str, keys: list[str], folder: Path, closing: ExitStack) -> list[str]:
    if use == "local" and not keys:
        keys = [f"path={folder / 'big'}"]
    if use == "ftp" and not keys:
        (folder / "ftp").mkdir()
        server = closing.enter_context(FtpServer(folder / "ftp"))
        keys = [f"host={server.host}", f"port={server.port}", f"user={server.user}", f"password={server.password}", "tls=off"]
    if use == "s3" and not keys:
        (folder / "seaweedfs").mkdir()
        weed = closing.enter_context(run_seaweedfs(folder / "seaweedfs"))
        access, secret = weed.account.access_key, weed.account.secret_key
        keys = [f"endpoint={weed.endpoint}", f"bucket={weed.bucket}", f"access_key={access}", f"secret_key={secret}"]
    return ["--use", use, *(part for key in keys for part in ("--set", key))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundles", type=int, default=1000)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of each bundle")
    parser.add_argument("--use", default="local", help="plugin of the storage that is moved to")
    parser.add_argument("--and-back", action="store_true", help="then move to a folder again")
    parser.add_argument("--set", dest="keys", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        moves = {"big": _target(arguments.use, arguments.keys, folder, closing)}
        if arguments.and_back:
            moves["home"] = ["--use", "local", "--set", f"path={folder / 'home'}"]
        outcome = Move(folder, arguments.bundles, arguments.size, moves).run()
    took = ", ".join(f"{seconds:.1f} s to {name}" for name, seconds in outcome.seconds.items())
    print(
        f"{arguments.bundles:,} bundles of {arguments.size:,} bytes: {took}, while {outcome.published} of"
        f" {outcome.released} releases were published and {outcome.downloads:,} downloads made\n"
        f"missing: {outcome.missing}, unavailable: {len(outcome.unavailable)}, clean: {outcome.verified}"
    )
    for one in outcome.unavailable[:10]:
        print(f"  {one}")
    sys.exit(0 if outcome.flawless else 1)


if __name__ == "__main__":
    main()
