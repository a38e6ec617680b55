"""`aslo lint`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from aslo_core.bundle.inspection import Inspection, inspect
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.program import packer_program
from aslo_core.bundle.source import write_source_tar
from aslo_core.errors import AsloError, Permanent


@click.command(
    epilog="\b\nExamples:\n  aslo lint .                    the checkout in this folder\n  aslo lint Maze-29.xo --json"
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(path: Path, as_json: bool) -> None:
    """Hold a checkout or a bundle at PATH against the rules, offline, before it is released.

    A checkout is packed as ASLO packs it, from the files that git tracks. Ends with 1 when a rule is broken.
    """
    try:
        warnings, found = _of_bundle(path) if path.is_file() else _of_checkout(path)
    except Permanent as broken:
        if as_json:
            problem = {"rule": broken.rule, "found": broken.found, "cure": broken.cure}
            click.echo(msgspec.json.encode({"ok": False, **problem}))
        else:
            click.echo(f"{broken.rule}: {broken.found}\n  {broken.cure}")
        raise click.exceptions.Exit(1) from None
    metadata = found.metadata
    if as_json:
        answer = {"ok": True, "warnings": warnings, "content_digest": found.content_digest, "metadata": metadata}
        click.echo(msgspec.json.encode(answer))
        return
    for warning in warnings:
        click.echo(f"warning: {warning}")
    click.echo(
        f"{metadata.name} {metadata.version} ({metadata.bundle_id}) keeps all rules: {found.entries} files, "
        f"{metadata.toolkit}, Sugar {metadata.min_sugar} or newer."
    )


def _of_bundle(path: Path) -> tuple[tuple[str, ...], Inspection]:
    found = inspect(path, tree=None, files=(), limits=InspectionLimits())
    return found.warnings, found


def _of_checkout(path: Path) -> tuple[tuple[str, ...], Inspection]:
    files = _tracked(path)
    with tempfile.TemporaryDirectory() as folder:
        source, bundle = Path(folder) / "source.tar", Path(folder) / "bundle.xo"
        summary = write_source_tar(path, files, source)
        _pack(source, bundle)
        found = inspect(bundle, tree=path, files=files, limits=InspectionLimits())
    return (*summary.warnings, *found.warnings), found


def _tracked(path: Path) -> list[str]:
    """List the files of a checkout that git tracks, with their changes as they are on disk."""
    listed = subprocess.run(["git", "-C", path, "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode != 0:
        reason = listed.stderr.decode(errors="replace").strip()
        raise AsloError(f"{path} is neither a bundle nor a git checkout: {reason}")
    names = [name.decode(errors="surrogateescape") for name in listed.stdout.split(b"\0") if name]
    return sorted((name for name in names if (path / name).is_file()), key=lambda name: name.encode(errors="surrogateescape"))


def _pack(source: Path, bundle: Path) -> None:
    """Run the packer as a builder does, without the sandbox: the checkout is its caller's own."""
    program = packer_program()
    with source.open("rb") as tar, bundle.open("wb") as out:
        run = subprocess.run([sys.executable, "-m", program.module], stdin=tar, stdout=out, stderr=subprocess.PIPE, check=False)
    if run.returncode == 0:
        return
    last = run.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if run.returncode != 65:  # noqa: PLR2004 - EX_DATAERR: the source is at fault
        raise AsloError(f"the packer ended with {run.returncode}: {last}")
    problem = msgspec.json.decode(last, type=dict[str, str])
    raise Permanent(problem["rule"], problem["found"], problem["cure"])
