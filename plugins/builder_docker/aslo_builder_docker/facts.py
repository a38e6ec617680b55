"""What is recorded with every build: how it was kept from the host, and what made it. Asked of the daemon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aslo_builder_docker import labels
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.shape import ProgramName
from aslo_core.api import ConfigError, ConfigProblem, Isolation, Toolchain, rootfs


@dataclass(frozen=True)
class Facts:
    """What is true of all builds as long as neither the daemon nor the options change."""

    isolation: Isolation
    toolchain: Toolchain
    setup_toolchain: Toolchain


def learn(engine: Engine, options: DockerOptions) -> Facts:
    """Ask the daemon.

    Raises:
        ConfigError: no image is named, or the daemon does not know the runtime.
        Transient: it does not answer, or does not have the image.
    """
    info = engine.info()
    runtime = _runtime(info, options)
    image = engine.image(pinned(options))
    security = ", ".join(_security(info))
    return Facts(
        isolation=Isolation(level="container", detail=f"Docker {info['ServerVersion']}, {runtime}, {security}"),
        toolchain=toolchain_of(image, options.program),
        setup_toolchain=toolchain_of(image, "setup.py"),
    )


def toolchain_of(image: dict[str, Any], program: ProgramName) -> Toolchain:
    """What an image's labels say of a program in it that packs."""
    said = image["Config"]["Labels"] or {}
    runtime, packages = said.get(labels.RUNTIME, ""), said.get(labels.PACKAGES, "").split(",")
    if program == "packer":
        return rootfs.packer_in_tree(said.get(labels.PACKER, ""), runtime, image["Id"])
    if program == "sugar":
        return rootfs.sugar_in_tree(packages, runtime, image["Id"])
    return rootfs.setup_in_tree(packages, runtime, image["Id"])


def pinned(options: DockerOptions) -> str:
    """Digest of the image to build in.

    Raises:
        ConfigError: none is named.
    """
    if options.image is None:
        raise _problem(
            "image",
            "no image is named to build in",
            'run `aslo builder image build`, and write image = "…" with the digest that it tells',
        )
    return options.image


def _runtime(info: dict[str, Any], options: DockerOptions) -> str:
    if options.runtime is None:
        return str(info["DefaultRuntime"])
    if options.runtime not in info["Runtimes"]:
        known = ", ".join(sorted(info["Runtimes"]))
        raise _problem(
            "runtime",
            f"the daemon does not know the runtime {options.runtime!r}",
            f"one that it knows ({known}), or add it to the daemon's configuration (`runtimes` in /etc/docker/daemon.json)",
        )
    return options.runtime


def _security(info: dict[str, Any]) -> list[str]:
    """Name the daemon's own defences, for example `seccomp` and `apparmor`."""
    named = [option.split(",")[0].removeprefix("name=") for option in info["SecurityOptions"] or ()]
    return named if "seccomp" in named else ["no seccomp", *named]


def _problem(key: str, found: str, allowed: str) -> ConfigError:
    return ConfigError([ConfigProblem(file="", line=0, key=key, found=found, allowed=allowed)])
