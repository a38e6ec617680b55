"""The storages of a configuration, with their terms."""

from __future__ import annotations

from collections.abc import Mapping

from aslo_core.bootstrap.places import shared_places
from aslo_core.config import Settings
from aslo_core.errors import ConfigError, ConfigProblem
from aslo_core.receipts import PUBLIC, Backend, Backends
from aslo_core.types import Blob, Storage

_ANY = Blob(digest="0" * 64, size=0, suffix=".xo")


def make_backends(settings: Settings, storages: Mapping[str, Storage]) -> Backends:
    """Put each of some storages together with its terms, in the order of the file.

    Raises:
        ConfigError: with every storage that is to be read through a public address and has none, or is at another one's place.
    """
    problems = [
        *shared_places(settings, storages),
        *_without_address(settings, storages),
    ]
    if problems:
        raise ConfigError(problems)
    return Backends(
        {
            name: Backend(name=name, storage=storages[name], verify=terms.verify, required=terms.required)
            for name, terms in settings.storages.items()
            if name in storages
        }
    )


def _without_address(settings: Settings, storages: Mapping[str, Storage]) -> list[ConfigProblem]:
    return [
        ConfigProblem(
            file=str(settings.path),
            line=instance.lines.get("verify", instance.line),
            key=f"{instance.key}.verify",
            found='"public", and the storage has no public address',
            allowed='write verify = "backend", or give the storage the address at which its objects are served',
        )
        for instance in settings.of("storage")
        if instance.name in storages
        and settings.storages[instance.name].verify == PUBLIC
        and storages[instance.name].address(_ANY) is None
    ]
