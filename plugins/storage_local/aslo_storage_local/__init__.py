"""A folder on this machine as a storage of ASLO: `use = "local"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aslo_core.api import ConfigError, ConfigProblem, Context, Offer, Storage, hook
from aslo_storage_local.folder import FolderStorage
from aslo_storage_local.front import Front
from aslo_storage_local.options import LocalOptions
from aslo_storage_local.place import unusable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FolderStorage", "LocalOptions", "aslo_storages", "create"]


def create(options: LocalOptions, context: Context) -> FolderStorage:
    """Make the storage; nothing is kept yet.

    Raises:
        ConfigError: no folder can be there, or it is ASLO's own, or no header can name it.
    """
    path = context.directory / options.path
    if found := unusable(path, context.data):
        raise ConfigError([ConfigProblem("", 0, "path", found, "name a folder of its own, which ASLO may make and write")])
    return FolderStorage(context.name, path, _front(options, path))


def _front(options: LocalOptions, path: Path) -> Front | None:
    if options.internal_path is not None:
        return Front.nginx(options.internal_path)
    return Front.sendfile(path) if options.serve_with is not None else None


@hook
def aslo_storages() -> list[Offer[Storage]]:
    """Offer `local`."""
    return [Offer("local", LocalOptions, create)]
