"""What was decided of storages, and what may be: decisions are pure, and recorded only if no other came in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aslo_core import events as e
from aslo_core.errors import AsloError, Conflict
from aslo_core.log import Entry, EventLog, VersionConflict
from aslo_core.receipts.in_force import Standing, Storages, in_force
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import OFTEN

Tables = Sequence[tuple[str, bool]]
"""The enabled storages in the order of `aslo.toml`: name, and whether the table requires it."""


@dataclass(frozen=True)
class Decided:
    """What the log says of the storages at one moment.

    Attributes:
        storages: those in force.
        versions: version of the stream of each, so that a decision which rests on this can be refused once it is out of date.
    """

    storages: Storages
    versions: Mapping[str, int]


def storage_stream(name: str) -> str:
    """Name of the stream of what was decided of a storage: `storage/<name>`."""
    return f"storage/{name}"


def stand(history: Iterable[e.Recorded]) -> tuple[Standing, int]:
    """Fold the stream of a storage: where it stands, and the stream's version."""
    retired, switched, version = False, -1, 0
    for recorded in history:
        version = recorded.version
        match recorded.event:
            case e.StorageSwitched():
                switched = recorded.position
            case e.StorageRetired():
                retired = True
            case e.StorageRestored():
                retired = False
            case _:
                pass
    return Standing(retired=retired, switched=switched), version


def decided(log: EventLog, tables: Tables) -> Decided:
    """Read what was decided of the storages.

    Raises:
        LogUnavailable: the log cannot be read.
    """
    found = {name: stand(log.read(storage_stream(name))) for name, _ in tables}
    return Decided(
        storages=in_force(tables, {name: standing for name, (standing, _) in found.items()}),
        versions={storage_stream(name): version for name, (_, version) in found.items()},
    )


def storages_in_force(log: EventLog, tables: Tables) -> Storages:
    """Tell which storages are in force now.

    Raises:
        AsloError: no storage that is required is left in service.
        LogUnavailable: the log cannot be read.
    """
    storages = decided(log, tables).storages
    if not storages.primary:
        raise AsloError(
            "no storage that is required is left in service: take one into service again with `aslo storage add NAME`, or let"
            " another table [storage.NAME] say required = true"
        )
    return storages


def switch(storages: Storages, name: str, missing: int, by: str, reason: str) -> e.StorageSwitched:
    """Decide that a storage becomes the primary one. Pure.

    Args:
        storages: those in force.
        name: the storage.
        missing: how many objects of published versions it has no receipt of.
        by: the operator's name.
        reason: why.

    Raises:
        NotNow: it is that already, was retired, or lacks objects.
    """
    if name == storages.primary:
        raise NotNow(f"storage {name} is the primary one already")
    if name in storages.retired:
        raise NotNow(f"storage {name} is retired: take it into service again with `aslo storage add {name}`")
    if missing:
        raise NotNow(
            f"storage {name} lacks {missing:,} of the objects that are published; bring them there with"
            f" `aslo storage copy {name}`, or look what hinders it with `aslo storage list`"
        )
    return e.StorageSwitched(before=storages.primary, by=by, reason=reason)


def retire(storages: Storages, name: str, alone: int, by: str, reason: str) -> e.StorageRetired:
    """Decide that a storage is taken out of service. Pure.

    Args:
        storages: those in force.
        name: the storage.
        alone: of how many objects of published versions it has a receipt, and no other storage in service.
        by: the operator's name.
        reason: why.

    Raises:
        NotNow: it is the primary one, retired already, or alone in having some objects.
    """
    if name in storages.retired:
        raise NotNow(f"storage {name} is retired already")
    if name == storages.primary:
        raise NotNow(f"storage {name} is the primary one; make another one that with `aslo storage switch NAME` first")
    if alone:
        raise NotNow(
            f"storage {name} alone has {alone:,} of the objects that are published; bring them to another one with"
            f" `aslo storage copy {storages.primary}` first"
        )
    return e.StorageRetired(by=by, reason=reason)


def restore(storages: Storages, name: str, by: str, reason: str) -> e.StorageRestored:
    """Decide that a retired storage is in service again. Pure.

    Raises:
        NotNow: it is in service.
    """
    if name not in storages.retired:
        raise NotNow(f"storage {name} is in service already")
    return e.StorageRestored(by=by, reason=reason)


class StorageDesk:
    """Carries out what operators decide on storages.

    Args:
        log: where the decisions go.
        tables: the enabled storages.
    """

    def __init__(self, log: EventLog, tables: Tables) -> None:
        self._log = log
        self._tables = tables

    def decide(self, name: str, decision: Callable[[Storages], e.Event], cause: e.Cause) -> e.Recorded:
        """Decide on a storage as all of them stand, and record that; once more where somebody was faster.

        Args:
            name: the storage.
            decision: tells the event that follows, and raises what is against it.
            cause: why and by whom.

        Raises:
            Conflict: the storages changed all the time.
            LogUnavailable: the log cannot be written.
        """
        for _ in range(OFTEN):
            before = decided(self._log, self._tables)
            entry = Entry(storage_stream(name), decision(before.storages))
            try:
                return self._log.append([entry], cause=cause, expect=before.versions).events[0]
            except VersionConflict:
                continue
        raise Conflict(f"storage/{name}: the decision was overtaken {OFTEN} times")
