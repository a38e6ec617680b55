"""Makes the image that builds run in, and describes the one that is there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aslo_builder_docker import labels
from aslo_builder_docker.archive import image_tag, write_archive
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.facts import pinned, toolchain_of
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.registry import unpacked_by
from aslo_core.api import AsloError, BuilderImage, rootfs


def build_image(engine: Engine, options: DockerOptions, say: Callable[[str], None]) -> BuilderImage:
    """Make a root tree of Debian packages, and an image of it at the daemon.

    Raises:
        Transient: the packages cannot be had now, or the daemon does not answer.
        AsloError: this machine cannot make a root tree, or the daemon made something else of it.
    """
    api = engine.connected()
    with tempfile.TemporaryDirectory(prefix="aslo-image-") as name, tempfile.TemporaryFile() as archive:
        folder = Path(name)
        if rootfs.has_apt():
            tree = rootfs.make_tree(folder / "tree", say)
        else:
            tree = rootfs.make_tree(folder / "tree", say, unpacked_by(engine))
        write_archive(tree, archive, folder)
        archive.seek(0)
        say("handing the image to Docker")
        with engine.asking("to load an image"):
            for _ in api.load_image(archive):  # type: ignore[no-untyped-call]
                pass  # its progress; the load is done when there is no more of it
    return _described(engine.image(image_tag(tree)), options)


def describe(engine: Engine, options: DockerOptions) -> BuilderImage:
    """Describe the pinned image.

    Raises:
        ConfigError: none is pinned.
        Transient: it is not there, or the daemon does not answer.
        AsloError: it is none of ours.
    """
    return _described(engine.image(pinned(options)), options)


def _described(found: dict[str, Any], options: DockerOptions) -> BuilderImage:
    said = found["Config"]["Labels"] or {}
    if labels.TREE not in said:
        raise AsloError(f"the image {found['Id']} was not made by `aslo builder image build`")
    return BuilderImage(
        digest=found["Id"],
        packages=tuple(said.get(labels.PACKAGES, "").split(",")),
        toolchain=toolchain_of(found, options.program),
        pinned=found["Id"] == options.image,
    )
