"""`aslo storage verify`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.bootstrap.storages import OpenStorages
    from aslo_core.storing.verifying import Verified

_SHOWN = 20


@click.command(epilog="\b\nExamples:\n  aslo storage verify\n  aslo storage verify big --json")
@click.argument("name", required=False)
@click.option("--delete-extra", is_flag=True, help="Delete what nothing published needs; only while no `aslo serve` runs.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each storage on a line.")
@click.pass_obj
def verify(config: Path, name: str | None, delete_extra: bool, as_json: bool) -> None:
    """Read everything on a storage again, or on all of them.

    Tells what is missing, altered or extra. What is missing or altered loses its receipt, so that nobody is served it, and is
    copied again from a storage that has it, by `aslo serve` or `aslo storage copy`. What is there without a receipt gets one.
    Ends with 1 when something was missing or altered.
    """
    import msgspec

    from aslo_core.bootstrap.alone import alone
    from aslo_core.bootstrap.configuration import configure
    from aslo_core.bootstrap.storages import open_storages
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    configured = configure(config)
    # What a run stores just now must not be taken for extra.
    with (
        alone(configured.settings) if delete_extra else nullcontext(lambda: False) as may_delete,
        open_storages(configured) as storages,
    ):
        wanted = [storages.named(name).name] if name is not None else [*storages.backends]
        sound = True
        for one in wanted:
            found = _verify(storages, one, may_delete)
            sound = sound and found.sound
            if as_json:
                click.echo(msgspec.json.encode(found))
            else:
                _print(found)
    if not sound:
        raise click.exceptions.Exit(1)


def _verify(storages: OpenStorages, name: str, may_delete: Callable[[], bool]) -> Verified:
    from aslo_core.cli.login import login
    from aslo_core.storing.verifying import Verifier

    verifier = Verifier(storages.backends[name], storages.backends, storages.log, storages.views.snapshot, storages.refresh)
    return verifier.verify(login(), may_delete=may_delete)


def _print(found: Verified) -> None:
    clean = "clean" if found.sound and not found.extra else "not clean"
    click.echo(f"{found.storage}: {clean}. {found.objects:,} objects ({found.size:,} bytes) are as they should be.")
    _tell("missing", found.missing, "copied again where another storage has them")
    _tell("altered", found.altered, f"{len(found.mended):,} of them removed, to be copied again from another storage")
    _tell("extra", found.extra, f"{found.deleted:,} deleted" if found.deleted else "nothing published needs them")
    if found.found:
        click.echo(f"  {found.found:,} were there without a receipt, and have one now.")
    if found.waiting:
        click.echo(f"  {found.waiting:,} are not copied there yet.")


def _tell(what: str, names: tuple[str, ...], consequence: str) -> None:
    if names:
        click.echo(f"  {len(names):,} {what} ({consequence}):")
        for name in names[:_SHOWN]:
            click.echo(f"    {name}")
        if len(names) > _SHOWN:
            click.echo(f"    and {len(names) - _SHOWN:,} more; --json names all")
