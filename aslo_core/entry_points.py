"""The plugins that are installed, by their entry points alone: none is imported, and nothing beyond the standard library."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from aslo_core.api_version import GROUP, refusal

PROJECT = "aslo"
"""Name of the entry-point group and of the pluggy project."""

Kind = Literal["source", "builder", "storage", "notifier"]
KINDS: tuple[Kind, ...] = ("source", "builder", "storage", "notifier")


@dataclass(frozen=True)
class Found:
    """A plugin that is installed, not yet imported.

    Attributes:
        kind, use: what it offers, from the entry point's name `<kind>.<use>`.
        distribution: name and version of what brought it.
        api: the version of the plugin API that its distribution states, or empty where it states none or several.
        refusal: why this ASLO cannot use it, in a sentence; empty where it can.
    """

    kind: Kind
    use: str
    distribution: str
    entry_point: EntryPoint
    api: str
    refusal: str

    def code_digest(self) -> str:
        r"""Digest the files of the package that brings it, without what Python compiles of them; nothing is imported.

        Returns:
            sha256 over the lines `<sha256 of the bytes>  <path>\n`, sorted bytewise by path; empty where there are no files.
        """
        spec = find_spec(self.entry_point.module.partition(".")[0])
        if spec is None or spec.origin is None:
            return ""
        origin, folders = Path(spec.origin), [Path(folder) for folder in spec.submodule_search_locations or ()]
        files = {str(path.relative_to(folder)): path for folder in folders for path in folder.rglob("*") if _is_code(path)}
        whole = hashlib.sha256()
        for name, path in sorted((files or {origin.name: origin}).items(), key=lambda item: item[0].encode()):
            whole.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
        return whole.hexdigest()


def installed() -> tuple[Found, ...]:
    """List every plugin that is installed, sorted by kind and name, without importing any."""
    found = []
    for entry_point in entry_points(group=PROJECT):
        kind, _, use = entry_point.name.partition(".")
        if kind in KINDS and use:
            found.append(_found(kind, use, entry_point))
    return tuple(sorted(found, key=lambda plugin: (KINDS.index(plugin.kind), plugin.use, plugin.distribution)))


def misnamed() -> tuple[str, ...]:
    """Say which installed entry points ASLO can never use, since their names are not `<kind>.<use>`."""
    known = {plugin.entry_point for plugin in installed()}
    wrong = (entry for entry in entry_points(group=PROJECT) if entry not in known)
    return tuple(
        f"{_distribution(entry)}: its entry point {entry.name!r} must be named <kind>.<use>, with a kind of {', '.join(KINDS)}"
        for entry in wrong
    )


def _found(kind: Kind, use: str, entry_point: EntryPoint) -> Found:
    distribution = _distribution(entry_point)
    stated = entry_point.dist.entry_points.select(group=GROUP).names if entry_point.dist else set()
    return Found(
        kind=kind,
        use=use,
        distribution=distribution,
        entry_point=entry_point,
        api=min(stated) if len(stated) == 1 else "",
        refusal=refusal(distribution, tuple(stated)),
    )


def _distribution(entry_point: EntryPoint) -> str:
    dist = entry_point.dist
    return f"{dist.name} {dist.version}" if dist else entry_point.value


def _is_code(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
