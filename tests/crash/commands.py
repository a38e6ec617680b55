"""Cases of commands: an operator's `aslo` dies at a point and is called again, and everything must be as if it had not died."""

from __future__ import annotations

import os
import shutil
import signal
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import MappingProxyType
from typing import Protocol

import psycopg
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege

from aslo_core import events as e
from aslo_core.errors import AsloError
from aslo_core.failpoints import KILL, TRACE
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.log.migrations import upgrade
from aslo_core.rootfs import read_tree
from aslo_core.rootfs.packages import PACKAGES, download
from aslo_core.testing import values
from aslo_core.testing.prepared_aslo import Ended, run_aslo
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob
from tests.crash.case import PATIENCE_S, Result
from tests.crash.invariants import projections, stores, unsound_log, uploads_in_parts
from tests.crash.ledger import Ledger
from tests.crash.leftovers import LONG_AGO_S
from tests.crash.running import Kill, python_path
from tests.crash.scene import LATE, Scene, scene
from tests.crash.services import Servers, services

_WAIT = "somebody else works on the storages by hand"
"""What a command says while the lease of one that was killed has not run out."""
_NOBODYS = b"what nothing needs"
_DOWNLOADING = Lock()
_APT = """\
#!/bin/sh
# Brings the packages that were downloaded once.
exec cp "{packages}"/*.deb .
"""


class Case(Protocol):
    """What was made ready for a command."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What stands behind `aslo`."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Its variables, beside those of this process."""
        ...

    def killed(self) -> Iterator[str]:
        """Give a sentence for what does not hold once it was killed."""
        ...

    def done(self, again: Ended) -> Iterator[str]:
        """Give a sentence for what does not hold once it was called again, and ended so."""
        ...


class Adding:
    """`aslo storage add`: the file has the new table or it has not, and the log tells of it.

    Args:
        made: where.
    """

    arguments = ("storage", "add", "big", "--use", "local", "--set", "path=big-disk")
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene) -> None:
        self._made = made
        self._before = self._tables()

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        if self._tables() not in (self._before, self._after()):
            yield "file: it is neither the old one nor the new one"

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        if self._tables() != self._after():
            yield "file: it is not the new one"
        yield from (f"left: {path.name}" for path in self._made.folder.glob(".aslo.toml*"))
        with EventLog.open(self._made.log) as log:
            told = [recorded.event for recorded in log.read("storage/big")]
        if not told or any(not isinstance(event, e.StorageAdded) for event in told):
            yield f"log: storage/big has {told}, and not its addition"

    def _tables(self) -> dict[str, object]:
        return tomllib.loads((self._made.folder / "aslo.toml").read_text())

    def _after(self) -> dict[str, object]:
        big = {"use": "local", "required": False, "path": "big-disk"}
        return self._before | {"storage": {**self._before["storage"], "big": big}}  # type: ignore[dict-item]


class Verifying:
    """`aslo storage verify --delete-extra`: the storage gets to be what the log says, and the log to tell what was there.

    Two of its objects are altered, one is missing; two lie there that nothing needs, one of them with a receipt of a run that
    was cancelled.

    Args:
        made: where.
        name: the storage.
    """

    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene, name: str) -> None:
        self.arguments = ("storage", "verify", name, "--delete-extra")
        self._made, self._place, self._name = made, made.places[name], name
        with EventLog.open(made.log) as log:
            story = Story(log, storages=tuple(made.places))
            published = [self._publish(story, version) for version in ("1", "2", "3", "4")]
            cancelled = self._cancel(story)
        for blob in published[:2]:
            self._place.lay(blob.name, b"altered")
        self._place.take(published[2].name)
        self._place.lay(values.blob(_NOBODYS).name, _NOBODYS)
        self._lay_everywhere(cancelled, b"cancelled")
        for other, place in made.places.items():
            if other != name:
                place.take(cancelled.name)
        self._found = dict(self._place.digests())

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        found = dict(self._place.digests())
        yield from (f"storage {self._name}: {key} came to be there" for key in found.items() - self._found.items())
        with closing(Ledger(self._made.log)) as ledger:
            ledger.catch_up()
            received = {blob.name for blob in ledger.received[self._name]}
        for key in found.keys() - self._unfit(found) - received:
            yield f"log: {key} is told to be lost from {self._name}, and is there"
        if self._told() and self._unfit(found):
            yield f"log: {self._name} is told to have been put in order, and was not"

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status not in (0, 1):
            yield f"ended: the second time with {again.status}: {again.err}"
        copied = _aslo(self._made, "storage", "copy", self._name)
        if copied.status:
            yield f"ended: the copying with {copied.status}: {copied.err}"
        with closing(Ledger(self._made.log)) as ledger:
            ledger.catch_up()
            yield from stores(self._made, ledger)
        if not self._told():
            yield f"log: {self._name} is not told to have been verified"
        yield from unsound_log(self._made.log)
        yield from projections(self._made)
        yield from uploads_in_parts(self._made, 0)

    def _told(self) -> list[e.StorageVerified]:
        """What the log says of verifications that were ended."""
        with EventLog.open(self._made.log) as log:
            return [one.event for one in log.read(f"storage/{self._name}") if isinstance(one.event, e.StorageVerified)]

    def _unfit(self, found: Mapping[str, str]) -> set[str]:
        """What is there and is to go without a word on a receipt: altered, or never ASLO's."""
        nobodys = values.blob(_NOBODYS).name
        return {key for key, digest in found.items() if key == nobodys or digest != Path(key).name.partition(".")[0]}

    def _publish(self, story: Story, version: str) -> Blob:
        content = f"the bundle of version {version}".encode()
        blob = values.blob(content)
        self._lay_everywhere(blob, content)
        story.published(values.announcement(version, f"v{version}"), Made(values.metadata(version=version), blob))
        return blob

    def _cancel(self, story: Story) -> Blob:
        blob, release = values.blob(b"cancelled"), values.announcement("5", "v5")
        story.announced(release)
        attempt = story.claimed(release, f"store:{self._name}")
        stored = e.BundleStored(attempt=attempt, storage=self._name, objects=(blob,), address="", verified="backend")
        story.happened(release.stream, stored, e.ReleaseCancelled(by="ada", reason="not yet"))
        return blob

    def _lay_everywhere(self, blob: Blob, content: bytes) -> None:
        for place in self._made.places.values():
            place.lay(blob.name, content)


class Exporting:
    """`aslo log export` over a former one: it is that one or the new one, and gives the same log again.

    Args:
        made: where.
    """

    arguments = ("log", "export", "log.jsonl")
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene) -> None:
        self._made, self._export = made, made.folder / "log.jsonl"
        with EventLog.open(made.log) as log:
            Story(log).published(values.announcement(), Made())
        with closing(BuildLogs(made.log)) as logs:
            logs.append("release/github/1/10", 1, 0, b"packing\n")
        self._export.write_text("the former one")

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        if self._export.read_text() != "the former one":
            yield from self._unlike()

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        yield from self._unlike()
        for path in self._made.folder.glob(".log.jsonl*"):
            os.utime(path, (long_ago := time.time() - LONG_AGO_S, long_ago))
        _aslo(self._made, *self.arguments)
        yield from (f"left: {path.name} after a day" for path in self._made.folder.glob(".log.jsonl*"))

    def _unlike(self) -> Iterator[str]:
        """Import it elsewhere, and hold that against the log."""
        there = self._made.folder / "another"
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir()
        for name in ("aslo.toml", "github-webhook-secret", "github-token"):
            shutil.copy(self._made.folder / name, there)
        ended = run_aslo(("log", "import", str(self._export)), there, dict(os.environ))
        if ended.status:
            yield f"file: it cannot be imported: {ended.err}"
            return
        with EventLog.open(self._made.log) as log, EventLog.open(there / "data" / "log.db") as imported:
            if list(log.read_all(-1)) != list(imported.read_all(-1)):
                yield "file: what is imported from it is not what is in the log"


class Upgrading:
    """`aslo db upgrade` of a new database: there is no log or a whole one, whose guards hold.

    Args:
        made: where.
        shared: has the server.
        url: address of the database, as an administrator has it.
    """

    arguments = ("db", "upgrade")

    def __init__(self, made: Scene, shared: Servers, url: str) -> None:
        self.environment = {"ASLO_DB_ADMIN": url}
        self._url = url
        self._log = shared.empty.set(database=sa.make_url(url).database)
        address = self._log.render_as_string(hide_password=False)
        configuration = made.folder / "aslo.toml"
        configuration.write_text(f'{configuration.read_text()}\n[data]\nlog_url = "{address}"\n')

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        with psycopg.connect(self._url) as connection:
            (tables,) = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'aslo_log'").fetchone() or (0,)
        if tables:
            yield from self._unguarded()

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        yield from self._unguarded()

    def _unguarded(self) -> Iterator[str]:
        with EventLog.open(self._log) as log:  # says when a guard is not there
            Story(log).announced(values.announcement())
        yield from unsound_log(self._log)
        plain = self._log.set(drivername="postgresql").render_as_string(hide_password=False)
        for attack in ("UPDATE aslo_log.events SET type = ''", "DELETE FROM aslo_log.bodies"):
            with psycopg.connect(plain) as connection:
                try:
                    connection.execute(attack)
                except InsufficientPrivilege:
                    continue
                yield f"log: it lets the application say {attack}"


class Imaging:
    """`aslo builder image build`: a root tree that is whole, and nothing beside it.

    Args:
        made: where.
        packages: folder with the packages that a stand-in for apt-get brings.
    """

    arguments = ("builder", "image", "build", "--json")

    def __init__(self, made: Scene, packages: Path) -> None:
        programs = made.folder / "bin"
        programs.mkdir()
        (programs / "apt-get").write_text(_APT.format(packages=packages))
        (programs / "apt-get").chmod(0o755)
        self.environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        self._trees = made.data / "rootfs"

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        for tree in self._trees.iterdir():
            if tree.name != "partial":
                yield from _changed(tree)

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
            return
        place = self._trees / again.json["digest"].removeprefix("sha256:")
        yield from _changed(place)
        yield from (f"left: {tree.name}" for tree in self._trees.iterdir() if tree != place)


def _changed(tree: Path) -> Iterator[str]:
    """Hold a tree against the digest that it is named by."""
    try:
        read_tree(tree, f"sha256:{tree.name}")
    except AsloError as error:
        yield f"file: {error}"


def play_command(folder: Path, command: str, kills: Sequence[Kill], shared: Servers, patience_s: float = PATIENCE_S) -> Result:
    """Play a case of a command in a new folder.

    Args:
        folder: where everything lies.
        command: its name.
        kills: where it dies, one after another; none counts the hits.
        shared: servers that it may need.
        patience_s: how long it may be refused since the dead one still holds something.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result, trace = Result(kills), folder / "trace"
    with COMMANDS[command](folder, shared) as (made, case):
        for kill in kills:
            died = _called(made, case, {KILL: kill.failpoint}, patience_s)
            if died.status == -signal.SIGKILL:
                result.fired.append(kill)
                result.broken += case.killed()
            else:
                result.broken.append(f"ended: status {died.status} when it was to die at {kill}: {died.err}")
        begun = time.monotonic()
        again = _called(made, case, {TRACE: str(trace)}, patience_s)
        result.recovery_s = time.monotonic() - begun
        result.hits = Counter(trace.read_text().splitlines() if trace.exists() else ())
        result.broken += case.done(again)
    if not result.broken:
        shutil.rmtree(folder)
    return result


def _called(made: Scene, case: Case, environment: Mapping[str, str], patience_s: float) -> Ended:
    """Call the command, again and again as long as the dead one still holds something."""
    until = time.monotonic() + patience_s
    while True:
        ended = _aslo(made, *case.arguments, environment={**case.environment, **environment})
        if _WAIT not in ended.err or time.monotonic() > until:
            return ended


@cache
def packages(folder: Path) -> Path:
    """Download the packages of a root tree once, to below that folder.

    Raises:
        AsloError: they cannot be had on this machine.
    """
    with _DOWNLOADING:
        place = folder / "packages"
        if not place.exists():
            with TemporaryDirectory(dir=folder) as partial:
                download(Path(partial), PACKAGES, lambda _line: None)
                shutil.copytree(partial, place)
        return place


def _aslo(made: Scene, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})) -> Ended:
    path = os.pathsep.join(python_path())
    return run_aslo(arguments, made.folder, {**os.environ, "PYTHONPATH": path, **environment}, PATIENCE_S)


@contextmanager
def _on_a_file(folder: Path) -> Iterator[Scene]:
    with scene(folder, 0) as made:
        made.data.mkdir(mode=0o700)
        upgrade(made.data / "log.db")
        yield made


@contextmanager
def _on_servers(folder: Path, shared: Servers) -> Iterator[Scene]:
    with services(shared) as beside, scene(folder, 0, beside.log, beside.tables, beside) as made:
        made.data.mkdir(mode=0o700)
        yield made


@contextmanager
def _adding(folder: Path, _shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with _on_a_file(folder) as made:
        yield made, Adding(made)


@contextmanager
def _verifying(name: str, folder: Path, _shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with _on_a_file(folder) as made:
        yield made, Verifying(made, name)


@contextmanager
def _verifying_the_bucket(folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with _on_servers(folder, shared) as made:
        yield made, Verifying(made, "bucket")


@contextmanager
def _exporting(folder: Path, _shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with _on_a_file(folder) as made:
        yield made, Exporting(made)


@contextmanager
def _upgrading(folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with scene(folder, 0) as made, shared.postgres.database() as url:
        yield made, Upgrading(made, shared, url)


@contextmanager
def _imaging(folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with scene(folder, 0) as made:
        yield made, Imaging(made, packages(shared.folder))


COMMANDS: Mapping[str, Callable[[Path, Servers], AbstractContextManager[tuple[Scene, Case]]]] = MappingProxyType(
    {
        "storage-add": _adding,
        "storage-verify-later": partial(_verifying, LATE),
        "storage-verify-mirror": partial(_verifying, "mirror"),
        "storage-verify-bucket": _verifying_the_bucket,
        "log-export": _exporting,
        "db-upgrade": _upgrading,
        "builder-image-build": _imaging,
    }
)
"""Name → what makes it ready."""
