"""The same packages make the same image, with the same digest, wherever and whenever it is made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import docker
import pytest
from aslo_builder_docker import DockerBuilder
from aslo_builder_docker.archive import image_config, image_tag, write_archive
from aslo_builder_docker.engine import ImageAbsent
from aslo_builder_docker.registry import extracted
from aslo_builder_docker.testing import image_digest

from aslo_core import __version__
from aslo_core.api import AsloError, Toolchain, rootfs

MakeBuilder = Callable[..., DockerBuilder]


def archive_of(tree: rootfs.RootTree, scratch: Path) -> dict[str, bytes]:
    file = io.BytesIO()
    write_archive(tree, file, scratch)
    file.seek(0)
    with tarfile.open(fileobj=file) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


@pytest.fixture
def small(tmp_path: Path) -> rootfs.RootTree:
    """A tree that takes no download."""
    folder = tmp_path / "tree"
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "tmp").mkdir()
    (folder / "usr/bin/python").write_text("#!")
    (folder / "usr/bin/python").chmod(0o755)
    (folder / "usr/bin/python3").symlink_to("python")
    return rootfs.RootTree(
        folder, rootfs.tree_digest(folder), rootfs.Manifest(("a=1 all",), "0.1.0", "CPython 3", "0.5", "amd64")
    )


def test_the_archive_is_what_docker_expects(small: rootfs.RootTree, tmp_path: Path) -> None:
    files = archive_of(small, tmp_path)
    (manifest,) = json.loads(files["manifest.json"])
    config = files[manifest["Config"]]
    assert f"sha256:{hashlib.sha256(config).hexdigest()}" == image_digest(small)
    (layer,) = manifest["Layers"]
    assert json.loads(config)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(files[layer]).hexdigest()}"] == [small.digest]


def test_times_owners_and_masks_do_not_change_it(small: rootfs.RootTree) -> None:

    for path in small.folder.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    (small.folder / "usr/bin").chmod(0o700)
    (small.folder / "usr/bin/python").chmod(0o700)
    assert rootfs.tree_digest(small.folder) == small.digest


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "usr/bin/python").write_text("#?"),
        lambda folder: (folder / "usr/bin/python").chmod(0o644),
        lambda folder: (folder / "usr/new").mkdir(),
        lambda folder: (folder / "usr/bin/python").rename(folder / "usr/bin/python2"),
        lambda folder: ((folder / "usr/bin/python3").unlink(), (folder / "usr/bin/python3").symlink_to("x")),
    ],
)
def test_contents_names_links_and_modes_do(small: rootfs.RootTree, change: Callable[[Path], object]) -> None:
    change(small.folder)
    assert rootfs.tree_digest(small.folder) != small.digest


def test_the_configuration_names_its_packages_and_no_time(small: rootfs.RootTree) -> None:
    config = json.loads(image_config(small))
    assert config["created"] == "1970-01-01T00:00:00Z"
    assert config["config"]["Labels"]["org.sugarlabs.aslo.packages"] == "a=1 all"
    assert image_digest(replace(small, manifest=replace(small.manifest, packages=("a=2 all",)))) != image_digest(small)


def test_made_twice_it_is_the_same(
    make_builder: MakeBuilder, root_tree: rootfs.RootTree, image: str, docker_client: docker.DockerClient
) -> None:
    said: list[str] = []
    made = make_builder(image=None).build_image(said.append)
    assert made.digest == image == image_digest(root_tree)
    assert not made.pinned
    assert said[-1] == "handing the image to Docker"
    assert image_tag(root_tree) in docker_client.images.get(image).tags


def test_what_is_pinned_is_shown(make_builder: MakeBuilder, image: str, root_tree: rootfs.RootTree) -> None:
    builder = make_builder()
    shown = builder.image()
    assert shown.pinned
    assert shown.digest == image
    assert shown.packages == root_tree.manifest.packages
    assert root_tree.manifest.resvg == metadata.version("resvg_py")
    assert any(package.startswith("python3.11-minimal=3.11.2-") for package in shown.packages)
    assert (
        shown.toolchain
        == builder.toolchain
        == Toolchain(name="aslo-packer", version=__version__, runtime=root_tree.manifest.runtime, image=image)
    )


def test_an_image_of_others_is_none_of_ours(make_builder: MakeBuilder, image: str, docker_client: docker.DockerClient) -> None:
    with pytest.raises(ImageAbsent):
        make_builder(image="sha256:" + "1" * 64).image()
    imported = docker_client.api.import_image_from_data(_empty_tar(), repository="aslo-foreign")
    digest = json.loads(imported.splitlines()[-1])["status"]
    try:
        with pytest.raises(AsloError, match="was not made by"):
            make_builder(image=digest).image()
    finally:
        docker_client.images.remove("aslo-foreign")


def _empty_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w"):
        pass
    return file.getvalue()


def test_packages_unpacked_in_a_container_make_the_same_tree(root_tree: rootfs.RootTree, tmp_path: Path) -> None:
    """The container's script, run here, and its folder as the daemon hands it out: all but the registry."""
    place = tmp_path / "aslo"
    subprocess.run(["sh", "-c", rootfs.CONTAINER_SCRIPT, "sh", str(place)], check=True, capture_output=True, timeout=100)

    def fill(folder: Path, _say: Callable[[str], None]) -> tuple[str, ...]:
        with tempfile.TemporaryFile() as archive:
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.add(place, "aslo")
            archive.seek(0)
            return extracted(archive, folder)

    made = rootfs.make_tree(tmp_path / "tree", lambda _line: None, fill)
    assert (made.manifest, made.digest) == (root_tree.manifest, root_tree.digest)
