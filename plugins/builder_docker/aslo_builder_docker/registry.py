"""Debian's packages by way of a registry, where this machine has no apt: unpacked in a container of its `debian` image.

The container has the network, unlike those of builds, and nothing of a release. What comes out is the same tree as from apt.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import uuid4

from aslo_builder_docker.container import remove
from aslo_builder_docker.engine import Engine
from aslo_core.api import Transient, rootfs

_PLACE = "/aslo"
_SECONDS = 900


def unpacked_by(engine: Engine) -> Callable[[Path, Callable[[str], None]], tuple[str, ...]]:
    """Give what unpacks the packages with a daemon's help, as `rootfs.make_tree` wants it."""

    def unpacked(folder: Path, say: Callable[[str], None]) -> tuple[str, ...]:
        api, name = engine.connected(), f"aslo-packages-{uuid4().hex[:12]}"
        say(f"no apt on this machine: unpacking packages in a container of {rootfs.BASE_IMAGE}")
        try:
            with engine.asking(f"the image {rootfs.BASE_IMAGE}, and packages unpacked in it"):
                repository, tag = rootfs.BASE_IMAGE.split(":")
                api.pull(repository, tag)
                api.create_container(rootfs.BASE_IMAGE, ["sh", "-c", rootfs.CONTAINER_SCRIPT, "sh", _PLACE], name=name)
                api.start(name)
                status = api.wait(name, timeout=_SECONDS)["StatusCode"]
                if status:
                    said = api.logs(name, tail=20).decode("utf-8", "replace").strip()
                    raise Transient(f"the packages could not be unpacked (status {status}): {said}")
                with tempfile.TemporaryFile() as archive:
                    for piece in api.get_archive(name, _PLACE)[0]:
                        archive.write(piece)
                    archive.seek(0)
                    return extracted(archive, folder)
        finally:
            remove(engine, name)

    return unpacked


def extracted(archive: IO[bytes], folder: Path) -> tuple[str, ...]:
    """Take a tree out of what a container's folder was copied to, and the names of the packages in it."""
    with tarfile.open(fileobj=archive) as tar:
        root = _PLACE.lstrip("/")
        identities = tar.extractfile(f"{root}/identities")
        if identities is None:
            raise Transient("the container unpacked no packages")
        inside = [member for member in tar if member.name.startswith(f"{root}/tree/")]
        for member in inside:
            member.name = member.name.removeprefix(f"{root}/tree/")
            if member.islnk():
                member.linkname = member.linkname.removeprefix(f"{root}/tree/")
        tar.extractall(folder, inside, filter="tar")
        return tuple(sorted(identities.read().decode().splitlines()))
