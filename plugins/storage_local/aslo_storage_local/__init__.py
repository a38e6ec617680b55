"""A folder on this machine as a storage of ASLO: `use = "local"`."""

from __future__ import annotations

from pathlib import Path

from aslo_core.api import ConfigError, ConfigProblem, Context, Offer, Options, Storage, hook
from aslo_storage_local.folder import FolderStorage
from aslo_storage_local.place import unusable

__all__ = ["FolderStorage", "LocalOptions", "aslo_storages", "create"]


class LocalOptions(Options):
    """Options of `[storage.NAME]` with `use = "local"`."""

    path: Path
    """Folder that the objects are kept in, made at the first one. A relative path is meant from the configuration's folder.
    Its file system must know hard links (ext4, XFS, Btrfs, ZFS, NFS)."""


def create(options: LocalOptions, context: Context) -> FolderStorage:
    """Make the storage; nothing is kept yet.

    Raises:
        ConfigError: no folder can be there, or it is ASLO's own.
    """
    path = context.directory / options.path
    if found := unusable(path, context.data):
        raise ConfigError([ConfigProblem("", 0, "path", found, "name a folder of its own, which ASLO may make and write")])
    return FolderStorage(context.name, path)


@hook
def aslo_storages() -> list[Offer[Storage]]:
    """Offer `local`."""
    return [Offer("local", LocalOptions, create)]
