"""What must hold once everything is quiet: each function yields a sentence for what does not.

The truth is what others wrote down: the driver its 202s, the double of GitHub its comments, the storages their files.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import create_engine

from aslo_core.blobs import is_blob_name
from aslo_core.log import EventLog, Where
from aslo_core.log.verify import verify
from aslo_core.projections import PROJECTIONS, Projector, digest
from tests.crash.ledger import Ledger
from tests.crash.leftovers import left_behind
from tests.crash.scene import Announcement, Scene

COMMENTS = 2
"""When the build starts, and when it ends with its outcome."""


def broken(
    scene: Scene,
    ledger: Ledger,
    told: Iterable[Announcement],
    accepted: Iterable[tuple[str, str]],
    environment: Mapping[str, str] = MappingProxyType({}),
    deaths: int = 0,
) -> list[str]:
    """Hold everything against everything else, ASLO having been stopped.

    Args:
        scene: the doubles, and what lies on the storages.
        ledger: what the log says.
        told: what was announced.
        accepted: delivery and release of each 202.
        environment: further variables of ASLO's processes.
        deaths: how often ASLO was killed.
    """
    if ledger.seen < 0:
        return ["ended: it never recorded anything; its messages are in the case's folder"]
    told = list({announcement.delivery_id: announcement for announcement in told}.values())
    return [
        *lost(ledger, accepted),
        *ended_otherwise(ledger, told, dict(accepted)),
        *doubled(ledger),
        *ledger.unfenced,
        *stores(scene, ledger),
        *comments(scene, told),
        *messages(scene, told, deaths),
        *uploads_in_parts(scene, deaths),
        *unsound_log(scene.log),
        *projections(scene),
        *left_behind(scene, environment),
    ]


def out_of_order(points: Iterable[str]) -> Iterator[str]:
    """No copy gets its name before its bytes are on the disk: the kernel keeps what a dead process has not synced, a disk not.

    Args:
        points: what one process came to, in order.
    """
    synced = 0
    for point in points:
        synced += point == "storage_local.sync-copy.after"
        if point == "storage_local.link.before":
            synced -= 1
        if synced < 0:
            yield "order: a copy was given its name before it was synced"
            return


def lost(ledger: Ledger, accepted: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Every 202 is in the log, with a release that has exactly one terminal event for each run."""
    for delivery_id, release in accepted:
        if ledger.deliveries.get(delivery_id) != release:
            yield f"lost: delivery {delivery_id} was answered with 202 and is not in the log"
        elif len(ledger.ends[release]) != ledger.runs[release]:
            yield f"stuck: {release} has {ledger.runs[release]} runs and ended with {ledger.ends[release]}"


def ended_otherwise(ledger: Ledger, told: Iterable[Announcement], releases: dict[str, str]) -> Iterator[str]:
    """Each release went one run to the end that it must have, however often it was delivered."""
    for announcement in told:
        ends = ledger.ends[releases.get(announcement.delivery_id, "")]
        if ends != [announcement.wanted]:
            tag, commit = announcement.release.tag, announcement.commit[:12]
            yield f"ended: {tag} of {commit} ended with {ends}, not {announcement.wanted}"


def doubled(ledger: Ledger) -> Iterator[str]:
    """At most one publication for each bundle and version."""
    for (stream, version), times in ledger.versions.items():
        if times > 1:
            yield f"doubled: {stream} has version {version} published {times} times"


def stores(scene: Scene, ledger: Ledger) -> Iterator[str]:
    """What is published lies on each storage with a receipt, byte for byte; and nothing else does."""
    for name, place in scene.places.items():
        visible = {key: found for key, found in place.digests() if is_blob_name(key)}
        needed, received = ({blob.name for blob in blobs} for blobs in (ledger.published, ledger.received[name]))
        yield from (f"storage {name}: {key} has a receipt and is not there" for key in received - visible.keys())
        yield from (f"storage {name}: {key} is there without a receipt" for key in visible.keys() - received)
        yield from (f"storage {name}: {key} is an orphan" for key in visible.keys() - needed)
        yield from (f"storage {name}: {key} is not there" for key in needed - visible.keys())
        for key, found in visible.items():
            if found != Path(key).name.partition(".")[0]:
                yield f"storage {name}: {key} is partial or has other bytes"


def comments(scene: Scene, told: Iterable[Announcement]) -> Iterator[str]:
    """Exactly one pair of comments at each commit."""
    rows = {repository.id: repository for repository, _ in scene.repositories.values()}
    for announcement in told:
        found = scene.github.comments(rows[announcement.release.repository], announcement.commit)
        if len(found) != COMMENTS or len({comment.body for comment in found}) != COMMENTS:
            yield f"comments: {len(found)} at {announcement.release.tag}, commit {announcement.commit[:12]}, and not a pair"


def messages(scene: Scene, told: Collection[Announcement], deaths: int) -> Iterator[str]:
    """Exactly one pair of e-mails, and one of webhooks, of each release.

    Neither SMTP nor HTTP has a way to ask what was taken: whoever dies between the peer's taking a message and the commit that
    says so sends it again. So each death may double one message of each kind; that one has the same id and the same bytes, by
    which its reader knows it again.
    """
    for name, journal in (scene.services.journals if scene.services else {}).items():
        taken = journal()
        by_release: defaultdict[str, set[str]] = defaultdict(set)
        for message in taken:
            by_release[message.release].add(message.id)
        if len(by_release) != len(told):
            yield f"messages: {name} has some of {len(by_release)} releases, of {len(told)}"
        for release, ids in by_release.items():
            if len(ids) != COMMENTS:
                yield f"messages: {name} has {len(ids)} of {release}, and not a pair"
        if len({message.id for message in taken}) != len(set(taken)):
            yield f"messages: {name} has other bytes under an id that was there"
        if (again := len(taken) - len(set(taken))) > deaths:
            yield f"doubled: {name} has {again} messages again after {deaths} deaths"


def uploads_in_parts(scene: Scene, deaths: int) -> Iterator[str]:
    """No more of them are left in the bucket than there were deaths.

    The product aborts them after a day, and S3 has no clock that could be put forward here; the plugin's tests see to that.
    """
    if scene.services is not None and len(left := scene.services.bucket.uploads()) > deaths:
        yield f"left: {len(left)} uploads in parts after {deaths} deaths"


def unsound_log(where: Where) -> Iterator[str]:
    """The log proves to be whole."""
    yield from (f"log: position {fault.position}: {fault.found}" for fault in verify(where).faults)


def projections(scene: Scene) -> Iterator[str]:
    """What each process kept up through all deaths is what comes of the log from zero."""
    beside = scene.folder / "rebuilt"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    kept = sorted(scene.data.rglob("views.db"))
    wanted = _digests(beside / "views.db", scene.log)
    for path in kept:
        found = _digests(path, scene.log)
        for name in wanted:
            if found[name] != wanted[name]:
                yield f"projection {name} in {path.relative_to(scene.folder)} is not what a rebuild from zero gives"


def _digests(path: Path, where: Where) -> Mapping[str, bytes]:
    """Bring read models up to the end of the log; give the digest of each."""
    with EventLog.open(where) as log, closing(Projector(path, log, PROJECTIONS)) as projector:
        projector.catch_up()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        digests = {projection.name: digest(connection, projection) for projection in PROJECTIONS}
    engine.dispose()
    return digests
