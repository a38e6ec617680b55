"""What makes a bundle of a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from aslo_core.types.value import Value

LogSink = Callable[[bytes], None]
"""Function that receives pieces of a log, as bytes, while they are produced; never raises."""


class Isolation(Value):
    """How a builder is kept from the host. Recorded in every build's event.

    Attributes:
        level: `container`, `sandbox` (own namespaces), `landlock` (file rules of the kernel alone) or `process` (resource
            limits alone).
        detail: the program and its version, in a few words.
    """

    level: str
    detail: str


class Toolchain(Value):
    """What a builder makes bundles with. Recorded in every build's event, so that a build can be repeated and compared.

    Attributes:
        name: the program that packs: `aslo-packer`, `sugar3.activity.bundlebuilder` where Sugar's builder is called directly,
            or `setup.py` where the repository's own was run.
        version: its version; with `setup.py`, that of Sugar's toolkit which it finds there.
        runtime: what it runs on as far as that can change the bytes, for example `CPython 3.11.2, zlib 1.2.13`, or empty.
        image: digest of the container image that all of it comes from, `sha256:` and 64 digits, or empty where it runs on
            the host's own files.
    """

    name: str
    version: str
    runtime: str = ""
    image: str = ""


class BuildLimits(Value):
    """What one build or inspection may use; every one is enforced where the work runs.

    Attributes:
        wall_seconds: time until it is killed.
        cpu_seconds: processor time.
        memory_bytes: address space or resident memory, as the builder can enforce it.
        processes: processes and threads.
        bundle_bytes: size of the bundle, or of what an inspection tells.
        scratch_bytes: space for files meanwhile.
        log_bytes: size of the log; what exceeds it is dropped and the log says so.
    """

    wall_seconds: int = 300
    cpu_seconds: int = 120
    memory_bytes: int = 1 << 30
    processes: int = 64
    bundle_bytes: int = 192 << 20
    scratch_bytes: int = 1 << 30
    log_bytes: int = 4 << 20


@dataclass(frozen=True)
class BuildRequest:
    """One build.

    Attributes:
        source: a tar archive (PAX) of the files to pack, plain files and directories only.
        bundle: where the builder writes the `.xo`; does not exist yet; what is written there when an error is raised means
            nothing.
        limits: what it may use.
    """

    source: Path
    bundle: Path
    limits: BuildLimits


@dataclass(frozen=True)
class InspectionRequest:
    """One inspection.

    Attributes:
        material: what the inspector reads, the bundle among it; of no concern to the builder.
        findings: where the builder writes what the inspector says; does not exist yet; what is written there when an error is
            raised means nothing.
        limits: what it may use.
    """

    material: Path
    findings: Path
    limits: BuildLimits


class Builder(Protocol):
    """What makes a bundle of a source, and looks into bundles. One object per `[builder.NAME]`; called from many threads.

    The protocol is one for all builders, and for both kinds of work: what comes in is on standard input (the source as a tar
    archive, or the material), what goes out on standard output (the bundle, or the findings), the log on standard error. The
    end of output never means success; the exit status does.
    """

    @property
    def isolation(self) -> Isolation:
        """How builds are kept from the host on this machine.

        Raises:
            Transient: that takes a daemon that is away.
            ConfigError: no build can be made with these options; names the option by its key alone.
        """
        ...

    @property
    def toolchain(self) -> Toolchain:
        """What bundles are made with.

        Raises:
            Transient, ConfigError: as `isolation`.
        """
        ...

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build one bundle into `request.bundle`.

        Raises:
            Permanent: the source cannot be built, or it went beyond a limit (`build.time-limit`, `build.cpu-limit`,
                `build.memory-limit`, `build.scratch-limit` or `build.bundle-limit`); says which and how large it was.
            Transient: the sandbox could not be started, or was ended from outside.
            ProgramFailed: the program itself failed.
        """
        ...

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """Run `inspector_program()` in isolation, as a build is run, whoever made the bundle; write into `request.findings`.

        No builder makes anything of what is written: the core does not trust it either.

        Raises:
            Permanent: the bundle breaks a rule, or the inspection went beyond a limit, with the same rules as in `build`.
            Transient: as in `build`.
            ProgramFailed: as in `build`.
        """
        ...


@runtime_checkable
class Tended(Protocol):
    """What a builder offers beside `Builder` where it keeps something outside of this process, such as containers."""

    def tend(self) -> None:
        """Remove what earlier processes left behind, and have ready what builds are quicker with.

        Called at the start of `aslo serve` and about every minute from then on; without it, nothing is kept ready.

        Raises:
            Transient: it cannot work now, but may do so later.
            ConfigError: no build can be made with these options; names the option by its key alone.
        """
        ...

    def close(self) -> None:
        """End what is kept ready; called once, within a few seconds of the process's end, while builds may go on."""
        ...


@runtime_checkable
class RunsSetup(Protocol):
    """What a builder offers beside `Builder` where it can run a repository's own `setup.py` (`[build] run_setup_for`).

    A builder without it is refused by `aslo check` where that option names anybody.
    """

    def running_setup(self) -> Builder:
        """Give what builds like this builder, under the same isolation and limits, by `python3 setup.py dist_xo`.

        It runs in a writable copy of the source, with Sugar's toolkit beside it, as the program of
        `aslo_core.bundle.setup_builder` does; the toolchain's name is `setup.py`. Only what the operator has listed is ever
        built by what is given here; nothing is asked of a daemon for giving it.

        Raises:
            ConfigError: it cannot be done with these options; names the option by its key alone.
        """
        ...


class BuilderImage(Value):
    """An image to build in.

    Attributes:
        digest: what it is pinned by and recorded as, `sha256:` and 64 digits.
        packages: the packages in it, each as `name=version architecture`.
        toolchain: what bundles are made with in it.
        pinned: whether the configuration names this one.
    """

    digest: str
    packages: tuple[str, ...]
    toolchain: Toolchain
    pinned: bool


@runtime_checkable
class Imaged(Protocol):
    """What a builder offers beside `Builder` where it builds in an image of ASLO's own making (`aslo builder image`)."""

    def image(self) -> BuilderImage:
        """Describe the image that the configuration names.

        Raises:
            Transient: it is not there, or cannot be asked about now.
            ConfigError: the configuration names none.
        """
        ...

    def build_image(self, say: Callable[[str], None]) -> BuilderImage:
        """Make an image of what is installed now. It is used once the configuration names it.

        Args:
            say: receives lines for the operator while it is made.

        Raises:
            Transient: what it takes could not be had now.
            AsloError: it cannot be made on this machine; says what would help.
        """
        ...
