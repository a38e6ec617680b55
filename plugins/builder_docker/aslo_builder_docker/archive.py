"""A root tree as an image, in the form that `docker load` takes. The same tree gives the same image with the same digest.

`docker import` would stamp the time of the day into the image, and with it into its digest. Source: the image specification of
Docker, version 1.2 (https://github.com/moby/docker-image-spec).
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import IO

from aslo_builder_docker import labels
from aslo_core.api import rootfs

_EPOCH = "1970-01-01T00:00:00Z"
_LAYER = "layer.tar"
_CONFIG = "config.json"


def image_config(tree: rootfs.RootTree) -> bytes:
    """The image's configuration. Its sha256 is the image's digest."""
    config = {
        "architecture": tree.manifest.architecture,
        "os": "linux",
        "created": _EPOCH,
        "config": {
            "User": "1000:1000",
            "WorkingDir": "/tmp",  # noqa: S108 - inside
            "Labels": {
                labels.TREE: tree.digest,
                labels.PACKER: tree.manifest.packer,
                labels.RUNTIME: tree.manifest.runtime,
                labels.PACKAGES: ",".join(tree.manifest.packages),
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [tree.digest]},
        "history": [{"created": _EPOCH, "created_by": "aslo builder image build"}],
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":")).encode()


def image_tag(tree: rootfs.RootTree) -> str:
    """Name of the image of a tree. It keeps the image from `docker image prune`; builds name it by its digest."""
    return f"aslo-builder:{tree.digest.removeprefix('sha256:')[:12]}"


def write_archive(tree: rootfs.RootTree, file: IO[bytes], scratch: Path) -> None:
    """Write what `docker load` takes.

    Args:
        tree: the root tree.
        file: where to.
        scratch: a folder for the layer, which is as large as the tree.
    """
    layer = scratch / _LAYER
    with layer.open("wb") as written:
        rootfs.write_layer(tree.folder, written)
    manifest = [{"Config": _CONFIG, "RepoTags": [image_tag(tree)], "Layers": [_LAYER]}]
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, _CONFIG, image_config(tree))
        archive.add(layer, _LAYER)
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
