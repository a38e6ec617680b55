"""What a case plays on: doubles that keep journals of their own, and releases to announce."""

from __future__ import annotations

import io
import logging
import random
import secrets
import socket
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from aslo_core.log import Where
from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.github import Comment, GitHub, Release, Repository, deliver
from examples.demo.stage import BOT, archive, commit, make_repository, raise_version
from tests.crash.accepted import Accepted
from tests.crash.docker import Docker
from tests.crash.places import Folder, Place
from tests.crash.services import Services

_CONFIGURATION = """\
[server]
port = {port}

[source.github]
use = "github"
secret_file = "github-webhook-secret"
token_file = "github-token"
owners = ["*"]
api_url = "{api}"
clone_url = "{site}/{{owner}}/{{name}}.git"

[builder.sandbox]
{builder}

[storage.main]
use = "local"
path = "storage"

[storage.mirror]
use = "ftp"
host = "{ftp.host}"
port = {ftp.port}
user = "{ftp.user}"
password = "{ftp.password}"
tls = "off"

[storage.later]
use = "local"
path = "later"
required = false

[notifier.github]
use = "github"
api_url = "{api}"
token_file = "github-token"
"""
ACCEPTED = 202
_TWICE = 0.2
_MIXED = (
    ("star-map", "release.published", ""),
    ("star-map", "release.published", ""),
    ("fraction-garden", "release.published", "FractionGarden"),
    ("broken-clock", "release.rejected", ""),
)
"""Activity, the end that it must have, and the name of its bundle, where that is attached."""
LATE = "later"
"""The storage that is copied to when a release has ended."""
_LARGE = 9 << 20
"""Size of a bundle that goes to S3 in parts, in bytes."""


@dataclass(frozen=True)
class Announcement:
    """A webhook to deliver.

    Attributes:
        delivery_id: its id; the same again is what "Redeliver" does.
        release: what it announces.
        commit: full name of the tagged commit.
        wanted: name of the event that must end its run.
    """

    delivery_id: str
    release: Release
    commit: str
    wanted: str


@dataclass
class Scene:
    """What is there besides ASLO.

    Attributes:
        folder: where everything lies.
        log: the log that ASLO writes.
        github: the double of GitHub.
        port: where ASLO listens.
        secret: what webhooks are signed with.
        chance: what is left to chance follows from the seed.
        services: PostgreSQL, S3, mail and webhooks, where the case has them.
        docker: what bundles are built by, where that is not bubblewrap.
        repositories: the double's row and the working tree of each activity.
        version: of the newest update.
    """

    folder: Path
    log: Where
    github: GitHub
    port: int
    secret: str
    chance: random.Random
    services: Services | None = None
    docker: Docker | None = None
    repositories: dict[str, tuple[Repository, Path]] = field(default_factory=dict)
    version: int = 2

    @property
    def url(self) -> str:
        """Address of ASLO."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def places(self) -> Mapping[str, Place]:
        """Where each storage keeps what it has."""
        folders = {"main": "storage", "mirror": "ftp", "later": "later"}
        found: dict[str, Place] = {name: Folder(self.folder / folder) for name, folder in folders.items()}
        return found if self.services is None else found | {"bucket": self.services.bucket}

    @property
    def notifiers(self) -> int:
        """How many there are."""
        return 1 if self.services is None else 1 + len(self.services.journals)

    @property
    def starters(self) -> Path:
        """File with the number of each process of ASLO that was started."""
        return self.folder / "starters"

    @property
    def data(self) -> Path:
        """Folder of ASLO's data."""
        return self.folder / "data"

    def first(self) -> list[Announcement]:
        """A source release, an attached bundle, a broken rule, an update, and one that is delivered twice.

        With services there is also one so large that it is uploaded in parts.
        """
        stars = self.announce("star-map", "1", "release.published")
        told = [stars, self.announce("fraction-garden", "1", "release.published", attached="FractionGarden")]
        told.append(self.announce("broken-clock", "1", "release.rejected"))
        if self.services is not None:
            told.append(self.next(attached=True, large=True))
        self.chance.shuffle(told)
        return [*told, stars, self.announce("star-map", "2", "release.published")]

    def next(self, *, attached: bool = False, large: bool = False) -> Announcement:
        """One more update, with its bundle attached, perhaps one that is uploaded in parts, or to be built."""
        self.version += 1
        if attached or large:
            version, ballast = str(self.version), _LARGE * large
            return self.announce("fraction-garden", version, "release.published", attached="FractionGarden", ballast=ballast)
        return self.announce("star-map", str(self.version), "release.published")

    def mixed(self, version: int) -> list[Announcement]:
        """One release of many: to be built, with its bundle, or with a broken rule; one in five is delivered twice."""
        activity, wanted, attached = self.chance.choice(_MIXED)
        told = self.announce(activity, str(version), wanted, attached=attached)
        return [told] * (1 + (self.chance.random() < _TWICE))

    def taken(self) -> Announcement:
        """Other bytes under a version that is published: refused when it is to be reserved."""
        return self.announce("star-map", "1", "release.rejected", suffix="-again")

    def announce(
        self, activity: str, version: str, wanted: str, *, attached: str = "", suffix: str = "", ballast: int = 0
    ) -> Announcement:
        """Commit, tag and release a version; with its bundle attached, if a name is given.

        Args:
            activity: one of the examples.
            version: its version.
            wanted: name of the event that must end its run.
            attached: name of the bundle to attach, or empty to have it built.
            suffix: of the tag; with one, a file more is in the bundle.
            ballast: bytes that cannot be compressed, in the attached bundle.
        """
        if activity not in self.repositories:
            self.repositories[activity] = make_repository(self.github, self.folder, activity)
            for picture in sorted(self.repositories[activity][1].glob("screenshots/*/*"))[1:]:
                picture.unlink()  # one is as good as six, and each is stored three times
        repository, tree = self.repositories[activity]
        raise_version(tree, version)
        tag = f"v{version}{suffix}"
        if suffix:
            (tree / "another.txt").write_text("other bytes\n")
        commit(tree, f"Version {version}", tag)
        assets = {}
        if attached:
            bundle = archive(tree, tag, f"{attached}.activity")
            assets[f"{attached}-{version}.xo"] = with_file(
                bundle, f"{attached}.activity/ballast", self.chance.randbytes(ballast)
            )
        release = self.github.add_release(repository, tag, author="ada", assets=assets)
        delivery = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        return Announcement(str(delivery), release, _head(tree), wanted)

    def deliver(self, announcement: Announcement, accepted: Accepted) -> bool:
        """Deliver a webhook once and note the 202; tell whether there was one. One that is dead or not up yet gives none."""
        payload = self.github.release_payload(announcement.release, "published")
        try:
            answer = deliver(f"{self.url}/api/hook", "release", payload, self.secret, delivery_id=announcement.delivery_id)
        except (OSError, HTTPException):  # it is not up, or died in the middle of its answer
            return False
        if answer.status != ACCEPTED:
            return False
        accepted.write(announcement.delivery_id, answer.json()["release"])
        return True

    def double_the_newest_comment(self) -> None:
        """Let the same comment be there twice, as when two processes post it at the same moment."""
        newest = max(self.github.store.select(Comment), key=lambda comment: comment.id)
        (repository,) = [row for row, _ in self.repositories.values() if row.id == newest.repository]
        self.github.add_comment(repository, newest.commit, newest.author, newest.body)


@contextmanager
def scene(
    folder: Path,
    seed: int,
    log: Where | None = None,
    more: str = "",
    services: Services | None = None,
    docker: Docker | None = None,
) -> Iterator[Scene]:
    """Set everything up in a new folder but ASLO, and take it down again.

    Args:
        folder: where everything lies.
        seed: what is left to chance follows from it.
        log: the log that `more` names; else it is in the data folder.
        more: text that is added to the configuration.
        services: further peers; the configuration has them in `more`.
        docker: what bundles are built by; else by bubblewrap.
    """
    logging.getLogger("pyftpdlib").setLevel(logging.WARNING)  # or it tells of each command
    with ExitStack() as closing:
        secret, token = secrets.token_hex(32), f"ghp_{secrets.token_hex(18)}"
        for name, text in (("github-webhook-secret", secret), ("github-token", token)):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text + "\n")
        (folder / "ftp").mkdir()
        (folder / "tmp").mkdir()
        github = closing.enter_context(GitHub(folder / "github", tokens={token: BOT}))
        ftp = closing.enter_context(FtpServer(folder / "ftp"))
        port = _lasting_port()
        builder = 'use = "bubblewrap"' if docker is None else docker.builder
        text = _CONFIGURATION.format(port=port, api=github.api_url, site=github.url, ftp=ftp, builder=builder)
        (folder / "aslo.toml").write_text(text + more)
        chance = random.Random(seed)  # noqa: S311 - a seed that replays
        yield Scene(folder, log or folder / "data" / "log.db", github, port, secret, chance, services, docker)


def with_file(bundle: bytes, name: str, content: bytes) -> bytes:
    """Add a file to an archive, if there is anything to add."""
    if not content:
        return bundle
    held = io.BytesIO(bundle)
    with zipfile.ZipFile(held, "a") as archived:
        archived.writestr(name, content)
    return held.getvalue()


def _lasting_port() -> int:
    """A free port below those that are given out to connections: nobody takes it while ASLO is dead."""
    first_given_out = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = secrets.choice(range(first_given_out // 2, first_given_out))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _head(tree: Path) -> str:
    return (tree / ".git" / "refs" / "heads" / "main").read_text().strip()
