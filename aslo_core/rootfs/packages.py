"""The Debian packages that a root tree is made of: downloaded and verified by apt, unpacked by dpkg-deb; neither needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from aslo_core.errors import AsloError, Transient

RELEASE = "bookworm"
"""Debian's name of the release that the packages are from (Debian 12)."""

PACKAGES = (
    # Python, and what its modules load
    "libc6",
    "libgcc-s1",
    "zlib1g",
    "libexpat1",
    "libffi8",
    "libbz2-1.0",
    "liblzma5",
    "libpython3.11-minimal",
    "python3.11-minimal",
    "libpython3.11-stdlib",
    # Sugar's builder, which runs msgfmt
    "python3-six",
    "python3-sugar3",
    "gettext",
    "libunistring2",
    "libxml2",
    "libicu72",
    "libstdc++6",
)
"""Named one by one: what depends on Sugar's toolkit as a whole (windows, sound, a desktop) has no business in a build."""

BASE_IMAGE = f"debian:{RELEASE}-slim"
"""Image of a registry in which `CONTAINER_SCRIPT` can be run, where this machine has no apt of its own."""

CONTAINER_SCRIPT = f"""
set -eu
mkdir -p "$1/packages" "$1/tree"
cd "$1/packages"
apt-get -qq update
apt-get -qq -o APT::Sandbox::User=root download {" ".join(PACKAGES)}
for package in *.deb; do
    dpkg-deb --show --showformat '${{Package}}=${{Version}} ${{Architecture}}\\n' "$package" >>"$1/identities"
    dpkg-deb --extract "$package" "$1/tree"
done
"""
"""For a shell: downloads and unpacks the packages into `tree` below the folder that is its argument, and names them in
`identities`."""

_SECONDS = 600
_DOWNLOAD = ("-q", "-q", "-o", "APT::Sandbox::User=root", "download")


def unpacked(folder: Path, say: Callable[[str], None]) -> tuple[str, ...]:
    """Unpack all packages of a root tree, from this machine's apt, and name them.

    Args:
        folder: an empty one.
        say: receives lines for the operator.

    Raises:
        AsloError: this machine has no apt, or its apt knows no such package.
        Transient: they could not be downloaded.
    """
    with tempfile.TemporaryDirectory(prefix="aslo-packages-") as downloads:
        packages = download(Path(downloads), PACKAGES, say)
        for package in packages:
            unpack(package, folder)
        return tuple(identity(package) for package in packages)


def has_apt() -> bool:
    """Whether this machine has the programs that `unpacked` runs."""
    return all(shutil.which(program) for program in ("apt-get", "dpkg-deb"))


def download(into: Path, names: Sequence[str], say: Callable[[str], None]) -> list[Path]:
    """Download packages, in the newest version that this machine's apt knows for the release.

    Args:
        into: an empty folder.
        names: of the packages.
        say: receives lines for the operator.

    Returns:
        The packages' files, in the order of their names.

    Raises:
        AsloError: this machine has no apt, or its apt knows no such package.
        Transient: they could not be downloaded.
    """
    for program, package in (("apt-get", "apt"), ("dpkg-deb", "dpkg")):
        if shutil.which(program) is None:
            raise AsloError(
                f"the program {program} is not installed (Debian's package {package}): make the root tree on a machine with "
                f"Debian {RELEASE}, or let Docker make the image from the registry's debian:{RELEASE}-slim"
            )
    say(f"downloading {len(names)} packages of Debian {RELEASE}")
    _run(["apt-get", *_DOWNLOAD, *names], into)
    files = sorted(into.glob("*.deb"))
    if len(files) != len(names):
        raise Transient(f"apt-get was asked for {len(names)} packages and brought {len(files)}: run `apt-get update`")
    return files


def identity(package: Path) -> str:
    """Name, version and architecture of a package, for example `zlib1g=1:1.2.13.dfsg-1 amd64`."""
    name, version, architecture = _run(
        ["dpkg-deb", "--show", "--showformat", "${Package}\n${Version}\n${Architecture}", str(package)], package.parent
    ).split("\n")
    return f"{name}={version} {architecture}"


def unpack(package: Path, into: Path) -> None:
    """Unpack a package's files. Its scripts are not run."""
    _run(["dpkg-deb", "--extract", str(package), str(into)], into)


def _run(command: Sequence[str], folder: Path) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "http_proxy", "https_proxy", "no_proxy") if name in os.environ}
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=_SECONDS, check=True, env=environment | {"LC_ALL": "C"}, text=True
        )
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr or failure.stdout).strip()[-1000:]
        if "Unable to locate package" in said or "No packages found" in said:
            raise AsloError(
                f"apt on this machine lacks packages of Debian {RELEASE}: {said}. Run `apt-get update`; on another "
                f"distribution, let Docker make the image from the registry's debian:{RELEASE}-slim"
            ) from failure
        raise Transient(f"{command[0]} ended with status {failure.returncode}: {said}") from failure
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Transient(f"{command[0]} failed: {failure}") from failure
    return done.stdout
