"""Puts a root tree together: packages without what no build reads, ASLO's programs and launcher, everything compiled."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from aslo_core import __version__
from aslo_core.bundle.program import inspector_program, packer_program
from aslo_core.confined.launching import launcher_package
from aslo_core.errors import AsloError
from aslo_core.rootfs.layer import tree_digest
from aslo_core.rootfs.packages import unpacked

PYTHON = "/usr/bin/python3.11"
"""The interpreter, as it is named inside."""
PROGRAMS = Path("/opt/aslo")
"""Folder of ASLO's programs, and of what they need, as it is named inside; on `sys.path`."""
LAUNCHER = Path("/opt/aslo/inside")
"""The launcher's package, as it is named inside."""

MANIFEST = "opt/aslo/manifest.json"
"""Where a tree says what is in it."""

_LIBRARY = "usr/lib/python3.11"
_UNUSED = (
    *(f"usr/share/{name}" for name in ("bug", "doc", "doc-base", "info", "lintian", "locale", "man", "sugar", "gettext")),
    *(f"{_LIBRARY}/{name}" for name in ("distutils", "idlelib", "lib2to3", "pydoc_data", "turtledemo", "test")),
    *("etc", "usr/lib/systemd", "usr/lib/mime", "usr/share/python3", "usr/include"),
)
_MOUNT_POINTS = ("dev", "etc", "proc", "sys", "tmp")
_SECONDS = 300
_COMPILE = """
import compileall, py_compile
sys.exit(not compileall.compile_dir(
    sys.argv[1], quiet=2, force=True, stripdir=sys.argv[2], prependdir="/",
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
))
"""
_TELL = """
import platform, zlib
sys.path.append(sys.argv[1])
import aslo_core.bundle.inspector
import resvg_py
print(f"{platform.python_implementation()} {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}")
print(resvg_py.__version__)
"""


@dataclass(frozen=True)
class Manifest:
    """What is in a root tree. It stands in the tree itself, so that its digest covers it.

    Attributes:
        packages: name, version and architecture of each Debian package in it.
        packer: version of ASLO's packer in it.
        runtime: the Python and the zlib in it.
        resvg: version of the `resvg_py` in it, which draws icons.
        architecture: the machine's, as Docker calls it.
    """

    packages: tuple[str, ...]
    packer: str
    runtime: str
    resvg: str
    architecture: str


@dataclass(frozen=True)
class RootTree:
    """A root tree that was made.

    Attributes:
        folder: where it is.
        digest: `sha256:` and 64 digits, of the tar archive that `write_layer` makes of it.
        manifest: what is in it.
    """

    folder: Path
    digest: str
    manifest: Manifest


def make_tree(
    folder: Path, say: Callable[[str], None], fill: Callable[[Path, Callable[[str], None]], tuple[str, ...]] = unpacked
) -> RootTree:
    """Make a root tree.

    Args:
        folder: where; does not exist yet.
        say: receives lines for the operator.
        fill: unpacks the Debian packages into an empty folder and names them; by this machine's apt, if nothing else is said.

    Raises:
        AsloError: this machine cannot make one.
        Transient: the packages could not be downloaded.
    """
    folder.mkdir(parents=True)
    identities = fill(folder, say)
    _prune(folder)
    _add_programs(folder)
    say("compiling")
    runtime, resvg = _compile(folder)
    made = Manifest(identities, __version__, runtime, resvg, _architecture())
    (folder / MANIFEST).write_text(json.dumps(asdict(made), indent=1, sort_keys=True), encoding="utf-8")
    digest = tree_digest(folder)
    say(f"root tree {digest}: {len(identities)} packages, {runtime}, resvg_py {resvg}")
    return RootTree(folder, digest, made)


def read_tree(folder: Path, digest: str) -> RootTree:
    """Describe a root tree that was made before, and make sure that it is still the same.

    Raises:
        AsloError: it is not there, or has another digest.
    """
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        made = Manifest(**(told | {"packages": tuple(told["packages"])}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AsloError(f"there is no root tree {digest} at {folder}: run `aslo builder image build`") from error
    if (found := tree_digest(folder)) != digest:
        raise AsloError(
            f"the root tree at {folder} was changed (its digest is {found}): remove it and run `aslo builder image build`"
        )
    return RootTree(folder, digest, made)


def _prune(folder: Path) -> None:
    for name in _UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in _MOUNT_POINTS:
        (folder / name).mkdir(exist_ok=True)


def _add_programs(folder: Path) -> None:
    for path, name in sorted({place for program in (packer_program(), inspector_program()) for place in program.placed()}):
        copy = folder / PROGRAMS.relative_to("/") / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        _copy(path, copy)
    _copy(launcher_package(), folder / LAUNCHER.relative_to("/"))
    git = folder / PROGRAMS.relative_to("/") / "bin" / "git"
    git.parent.mkdir()
    shutil.copy(Path(__file__).with_name("git_listing.py"), git)
    git.chmod(0o755)
    (folder / PYTHON[1:]).with_name("python3").symlink_to(Path(PYTHON).name)


def _copy(path: Path, copy: Path) -> None:
    """Copy a file, or a folder. Which of them were executable depends on how they were installed."""
    if path.is_dir():
        shutil.copytree(path, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile)
    else:
        shutil.copyfile(path, copy)


def _compile(folder: Path) -> tuple[str, str]:
    """Compile all of Python by the tree's own interpreter, without times in the result, and tell its and resvg_py's versions.

    The inspector is imported as well: its compiled module was made elsewhere, and might not fit the tree's libraries.

    It is started by the tree's own loader, which needs no root, unlike chroot(2).
    """
    (loader,) = folder.glob("lib/*-linux-gnu*/ld-linux-*.so.*")
    libraries = f"{loader.parent}:{folder / 'usr/lib' / loader.parent.name}"
    python = [str(loader), "--library-path", libraries, str(folder / PYTHON[1:]), "-I", "-S", "-B", "-c"]
    own = f"import sys; sys.path[:] = [{str(folder / _LIBRARY)!r}, {str(folder / _LIBRARY / 'lib-dynload')!r}]\n"
    for target in (_LIBRARY, "usr/lib/python3/dist-packages", PROGRAMS.relative_to("/")):
        _python([*python, own + _COMPILE, str(folder / target), str(folder)])
    runtime, resvg = _python([*python, own + _TELL, str(folder / PROGRAMS.relative_to("/"))]).splitlines()
    return runtime, resvg


def _python(command: list[str]) -> str:
    environment = {"PYTHONHASHSEED": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(command, env=environment, capture_output=True, timeout=_SECONDS, check=True, text=True).stdout
    except subprocess.CalledProcessError as failure:
        raise AsloError(f"the Python of the root tree failed: {failure.stderr.strip()[-1000:]}") from failure
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise AsloError(f"the Python of the root tree cannot be run on this machine: {failure}") from failure


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
