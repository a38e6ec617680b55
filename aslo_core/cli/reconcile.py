"""`aslo reconcile`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.jobs.reconciler import Reconciler
    from aslo_core.types import Announced, Withdrawn


@click.command(
    epilog="\b\nExamples:\n  aslo reconcile --dry-run\n  aslo reconcile github\n  aslo reconcile github --since 2026-01-31"
)
@click.argument("source", default="")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Look back so far, UTC; as a rule, to the last time, and never beyond the source's first day here.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be found; record nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def command(config: Path, source: str, since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Find webhooks that were missed.

    Asks SOURCE, or each enabled source that can be asked, which releases there are and which deliveries nobody took, and works
    on what the log does not know. A running `aslo serve` does the same every hour; this may be used beside it.
    """
    from aslo_core.bootstrap.reconciling import open_reconcilers
    from aslo_core.cli.configured import configured

    if since is not None and since.replace(tzinfo=UTC) > datetime.now(UTC):
        raise click.BadParameter(f"{since} UTC is yet to come", param_hint="--since")
    since_us = int(since.replace(tzinfo=UTC).timestamp()) * 1_000_000 if since is not None else None
    failed = False
    with open_reconcilers(configured(config), source) as (reconcilers, clock):
        if not reconcilers:
            click.echo("No enabled source can be asked for its releases.", err=True)
        for name, reconciler in reconcilers.items():
            from_us = reconciler.since() if since_us is None else since_us
            failed |= not _ask(name, reconciler, from_us, clock() if dry_run else None, as_json=as_json)
    if failed:
        raise click.exceptions.Exit(1)


def _ask(name: str, reconciler: Reconciler, since_us: int, dry_run_us: int | None, *, as_json: bool) -> bool:
    """Reconcile one source, or only tell what it would find at a time; tell whether it could be asked for everything."""
    from aslo_core.cli.moment import moment
    from aslo_core.errors import Permanent, Transient

    found = 0

    def told(verdict: Announced | Withdrawn, decision: str, reason: str) -> None:
        nonlocal found
        found += 1
        _tell(_finding(name, verdict, decision, reason), as_json=as_json)

    try:
        if dry_run_us is None:
            reconciler.reconcile(since_us, "operator", lambda verdict, receipt: told(verdict, receipt.decision, receipt.reason))
        else:
            for verdict in reconciler.missing(since_us, dry_run_us):
                told(verdict, "missing", "")
    except (Transient, Permanent) as reason:
        click.echo(f"{name}: {reason}", err=True)
        return False
    if not as_json:
        click.echo(f"{name}: {found} found since {moment(since_us)} UTC")
    return True


def _finding(name: str, verdict: Announced | Withdrawn, decision: str, reason: str) -> dict[str, str]:
    from aslo_core.types import Announced

    match verdict:
        case Announced(announcement=announced):
            repository, stream, tag = announced.repository, announced.stream, announced.tag
        case _:
            repository, stream, tag = verdict.repository, verdict.stream, ""
    return {
        "source": name,
        "decision": decision,
        "reason": reason,
        "trigger": verdict.trigger,
        "delivery": verdict.delivery_id,
        "release": stream,
        "repository": repository.full_name,
        "tag": tag,
    }


def _tell(finding: dict[str, str], *, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(finding))
        return
    words = (finding["decision"], finding["trigger"], finding["repository"], finding["tag"], finding["release"])
    click.echo("  ".join(word for word in (*words, finding["reason"]) if word))
