"""What must hold once everything is quiet: each function yields a sentence for what does not.

The truth is what others wrote down: the driver its 202s, the double of GitHub its comments, the storages their files.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
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
from tests.crash.scene import STORAGES, Announcement, Scene

COMMENTS = 2
"""When the build starts, and when it ends with its outcome."""


def broken(
    scene: Scene,
    ledger: Ledger,
    told: Iterable[Announcement],
    accepted: Iterable[tuple[str, str]],
    environment: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Hold everything against everything else, ASLO having been stopped.

    Args:
        scene: the doubles, and what lies on the storages.
        ledger: what the log says.
        told: what was announced.
        accepted: delivery and release of each 202.
        environment: further variables of ASLO's processes.
    """
    if ledger.seen < 0:
        return ["ended: it never recorded anything; its messages are in the case's folder"]
    told = list({announcement.delivery_id: announcement for announcement in told}.values())
    return [
        *lost(ledger, accepted),
        *ended_otherwise(ledger, told, dict(accepted)),
        *doubled(ledger),
        *ledger.unfenced,
        *stores(scene.folder, ledger),
        *comments(scene, told),
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


def stores(folder: Path, ledger: Ledger) -> Iterator[str]:
    """What is published lies on each storage with a receipt, byte for byte; and nothing else does."""
    for name, place in zip(STORAGES, (folder / "storage", folder / "ftp", folder / "later"), strict=True):
        files = {path.relative_to(place).as_posix(): path for path in place.glob("*/*") if path.is_file()}
        visible = {key: path for key, path in files.items() if is_blob_name(key)}
        needed, received = ({blob.name for blob in blobs} for blobs in (ledger.published, ledger.received[name]))
        yield from (f"storage {name}: {key} has a receipt and is not there" for key in received - visible.keys())
        yield from (f"storage {name}: {key} is there without a receipt" for key in visible.keys() - received)
        yield from (f"storage {name}: {key} is an orphan" for key in visible.keys() - needed)
        yield from (f"storage {name}: {key} is not there" for key in needed - visible.keys())
        for key, path in visible.items():
            if hashlib.sha256(path.read_bytes()).hexdigest() != Path(key).name.partition(".")[0]:
                yield f"storage {name}: {key} is partial or has other bytes"


def comments(scene: Scene, told: Iterable[Announcement]) -> Iterator[str]:
    """Exactly one pair of comments at each commit."""
    rows = {repository.id: repository for repository, _ in scene.repositories.values()}
    for announcement in told:
        found = scene.github.comments(rows[announcement.release.repository], announcement.commit)
        if len(found) != COMMENTS or len({comment.body for comment in found}) != COMMENTS:
            yield f"comments: {len(found)} at {announcement.release.tag}, commit {announcement.commit[:12]}, and not a pair"


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
