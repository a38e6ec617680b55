"""Whether the git program of this machine is new enough."""

from __future__ import annotations

import re
import subprocess

import structlog

from aslo_core.errors import ConfigError, ConfigProblem

log = structlog.get_logger(__name__)

NEEDED = (2, 32)
"""The first that can be told to read no settings of user and system (GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM)."""

ADVISED = (2, 37)
"""The first that connects to the address that was checked, and does not look up the host's name again
(http.curloptResolve)."""


def check_program() -> str:
    """Make sure that fetching can work on this machine, and return git's version, for example `2.39.5`.

    A git that is new enough but has not all that is wanted is warned about.

    Raises:
        ConfigError: there is no git program, or it is too old.
    """
    try:
        ended = subprocess.run(["git", "--version"], capture_output=True, text=True, errors="replace", timeout=20, check=False)
    except FileNotFoundError:
        raise _too_old("there is no git program on this machine") from None
    except (OSError, subprocess.SubprocessError) as reason:
        raise _too_old(f"the git program cannot be run ({reason})") from None
    said = ended.stdout.strip() or ended.stderr.strip()
    version = parse_version(said)
    if version < NEEDED:
        raise _too_old(f"the git program of this machine is {said!r}")
    text = ".".join(map(str, version))
    if version < ADVISED:
        consequence = "a host's name is looked up twice, and could be answered differently after it was checked"
        log.warning("git.old", version=text, advised=".".join(map(str, ADVISED)), consequence=consequence)
    return text


def parse_version(said: str) -> tuple[int, ...]:
    """Take the numbers from what `git --version` says; an empty tuple, which is lower than any, when it says none."""
    found = re.match(r"git version (\d+(?:\.\d+)*)", said)
    return tuple(map(int, found[1].split("."))) if found else ()


def _too_old(found: str) -> ConfigError:
    allowed = f"install git {'.'.join(map(str, NEEDED))} or newer, best {'.'.join(map(str, ADVISED))} or newer"
    return ConfigError([ConfigProblem(file="", line=0, key="", found=found, allowed=allowed)])
