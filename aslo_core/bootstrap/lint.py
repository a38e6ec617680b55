"""Holds a bundle, or a checkout packed as ASLO packs it, against the rules, without a server."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec

from aslo_core.bootstrap.checkout import copy_as_checked_out, tracked, uncommitted
from aslo_core.bundle.findings import Findings
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.program import inspector_program, packer_program
from aslo_core.bundle.source import write_source_tar
from aslo_core.bundle.unconfined import run_unconfined
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import AsloError, Permanent
from aslo_core.plain_text import one_line, plain
from aslo_core.rules import rulebook
from aslo_core.types import InspectionRequest, LogSink, Value

_PACKING_SECONDS = 300
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Finding(Value):
    """One thing that was found. Its texts are lines without what a terminal or a page would act upon.

    Attributes:
        level: `error` where a release ends, `warning` where it goes on.
        rule: the rule's stable code.
        found: what was found, for the activity's author.
        cure: what its author can do about it.
        file: path of the file, in the checkout or below the bundle's root; empty where there is none or several.
    """

    level: Literal["error", "warning"]
    rule: str
    found: str
    cure: str
    file: str = ""


class Linted(Value):
    """What came of it.

    Attributes:
        findings: the broken rule first, then what should be looked at.
        inspection: what is inside; None where a rule is broken.
    """

    findings: tuple[Finding, ...]
    inspection: Findings | None


def lint(path: Path) -> Linted:
    """Look into a bundle, or into the bundle that a checkout makes. It ends at the first broken rule, as a release does.

    Args:
        path: a `.xo`, or a folder of a git checkout.

    Raises:
        AsloError: it is neither a bundle nor a checkout, or there is no git program.
    """
    if not (path.is_dir() or path.is_file()):
        raise AsloError(f"{path} is neither a bundle nor a git checkout: it is a pipe, a socket or a device")
    warned: list[BundleWarning] = []
    try:
        found = _checkout(path, warned) if path.is_dir() else _inspect(path, None)
    except Permanent as broken:
        return Linted(findings=(refusal(broken), *map(warning, warned)), inspection=None)
    return Linted(findings=tuple(map(warning, (*warned, *found.warnings))), inspection=found)


def refusal(broken: Permanent) -> Finding:
    """The broken rule as a finding."""
    return _finding("error", broken.rule, broken.found, broken.cure, broken.file)


def warning(warned: BundleWarning) -> Finding:
    """A warning as a finding, with the cure that its rule has where it has none of its own."""
    cure = warned.cure or rulebook().by_code[warned.rule].cure
    return _finding("warning", warned.rule, warned.found, cure, warned.file)


def _finding(level: Literal["error", "warning"], rule: str, found: str, cure: str, file: str) -> Finding:
    # Git takes every byte but 0 for a part of a name, and Python reads those that are no UTF-8 as halves of surrogate pairs.
    named = plain(file.replace("\n", _REPLACEMENT).replace("\t", _REPLACEMENT), _REPLACEMENT)
    return Finding(level=level, rule=rule, found=one_line(found), cure=one_line(cure), file=named)


def _checkout(path: Path, warned: list[BundleWarning]) -> Findings:
    """Look into the bundle that a checkout makes; warnings are noted as they come, so that a broken rule loses none."""
    files = tracked(path)
    warned += uncommitted(path)
    with tempfile.TemporaryDirectory(prefix="aslo-lint-") as folder:
        tree, source, bundle = Path(folder) / "tree", Path(folder) / "source.tar", Path(folder) / "bundle.xo"
        copy_as_checked_out(path, files, tree)
        warned += write_source_tar(tree, files, source).warnings
        run_unconfined(packer_program(), source, bundle, _PACKING_SECONDS, _discard)
        found = _inspect(bundle, source)
    return msgspec.structs.replace(found, warnings=tuple(_in_source(warned, files) for warned in found.warnings))


def _in_source(warned: BundleWarning, files: Sequence[str]) -> BundleWarning:
    """Name the file that its developer can mend, where the build made one of it: `po/es.po` for `locale/es/activity.linfo`."""
    match warned.file.split("/"):
        case ["locale", language, "activity.linfo"] if warned.file not in files and f"po/{language}.po" in files:
            return replace(warned, file=f"po/{language}.po")
        case _:
            return warned


def _inspect(bundle: Path, source: Path | None) -> Findings:
    """Inspect as a server does, without the sandbox: what is inspected is its caller's own."""
    with tempfile.TemporaryDirectory(prefix="aslo-lint-") as folder:
        return inspect_confined(
            _run_inspector,
            bundle,
            source,
            InspectionLimits(),
            folder=Path(folder),
            keep=lambda _blob, _data: None,
            log=_discard,
        )


def _run_inspector(request: InspectionRequest, log: LogSink) -> None:
    run_unconfined(inspector_program(), request.material, request.findings, request.limits.wall_seconds, log)


def _discard(_piece: bytes) -> None:
    """Take a log that nobody needs: what it says of a fault is raised as well."""
