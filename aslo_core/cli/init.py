"""`aslo init`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import AsloError, ConfigError

if TYPE_CHECKING:
    from aslo_core.bootstrap.asking import Respondent
    from aslo_core.bootstrap.given import Given
    from aslo_core.bootstrap.init import Initialised, WebhookSource

_OWNER = re.compile(r"[A-Za-z0-9_.-]{1,100}|\*")


def _owners(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not _OWNER.fullmatch(name):
            raise click.BadParameter(f"{name!r} is no account's name; write names such as sugarlabs, or '*' for everybody")
    return names


@click.command(
    epilog="\b\nExamples:\n  aslo init                     in an empty folder, or beside an aslo.toml\n"
    "  aslo init --no-input --owner ada --owner sugarlabs\n"
    "  aslo init --no-input --storage local --storage ftp --set storage.mirror.host=ftp.example.net \\\n"
    "      --set storage.mirror.user=aslo --set storage.mirror.password_file=secrets/ftp-password\n"
    "  aslo -c /etc/aslo/aslo.toml init"
)
@click.option("--ask/--no-input", default=None, help="Ask questions, or none at all. Default: ask at a terminal.")
@click.option(
    "--owner",
    "owners",
    multiple=True,
    callback=_owners,
    help="Account whose repositories may release here, '*' for all; may be given several times. For a new aslo.toml.",
)
@click.option("--public-url", metavar="URL", help="Address that people and code hosts reach ASLO at.")
@click.option("--data", metavar="FOLDER", help="Where the log lies, and what is derived from it.")
@click.option("--log", metavar="sqlite|postgresql", help="What holds the log.")
@click.option("--broker", metavar="memory|redis", help="The doorbell between dispatcher and workers.")
@click.option("--source", metavar="PLUGIN", multiple=True, help="A code host that sends webhooks, or none. May be repeated.")
@click.option("--builder", metavar="PLUGIN", help="What builds bundles.")
@click.option("--storage", metavar="PLUGIN", multiple=True, help="Where bundles are kept. May be repeated.")
@click.option("--notifier", metavar="PLUGIN", multiple=True, help="What tells developers, or none. May be repeated.")
@click.option("--set", "keys", metavar="TABLE.KEY=VALUE", multiple=True, help="Any key of aslo.toml. May be repeated.")
@click.pass_obj
def command(
    config: Path,
    /,
    ask: bool | None,
    owners: tuple[str, ...],
    public_url: str | None,
    data: str | None,
    keys: tuple[str, ...],
    **choices: str | tuple[str, ...] | None,
) -> None:
    """Make a configuration and the secrets that it names.

    At a terminal it asks what there is to decide. Enter takes what stands in brackets, ? explains, Ctrl-C leaves nothing
    behind. What a flag answers is not asked; with --no-input, or without a terminal, all else is as in the reference. PLUGIN
    is a name that `aslo plugins` lists. The keys of its table, which the questions show, are given with --set.

    An aslo.toml that is here already stays as it is: only its GitHub source is switched on, and that one's secret made, where
    they are not yet. A second call changes nothing.
    """
    from aslo_core.bootstrap.asking import Nobody, Unanswered
    from aslo_core.bootstrap.given import Given, parse_given
    from aslo_core.bootstrap.init import begin, complete
    from aslo_core.cli.configured import only_warnings
    from aslo_core.cli.dialogue import listen

    only_warnings()
    core = {(("server",), "public_url"): public_url, (("data",), "path"): data}
    picked = {name: (choice,) if isinstance(choice, str) else choice for name, choice in choices.items() if choice}
    try:
        given = Given(picked, {key: text for key, text in core.items() if text is not None} | parse_given(keys), owners)
        if config.exists():
            _refuse(config, given, ask)
            made, asked = complete(config, owners), False
        else:
            asked = sys.stdin.isatty() if ask is None else ask
            made = _asked(config, given, listen()) if asked else begin(config, given, Nobody(), os.environ)
    except Unanswered as reason:
        raise click.UsageError(str(reason)) from None
    for line in _told(config, made):
        click.echo(line)
    _end(config, made, checked=asked)


def _refuse(config: Path, given: Given, ask: bool | None) -> None:
    """Raise where somebody wants more of a configuration that is there than to complete it."""
    if ask or given.choices or given.keys:
        raise AsloError(
            f"{config} is here already, and stays as it is: change it there, or move it away first; only --owner may be given"
        )


def _asked(config: Path, given: Given, respondent: Respondent) -> Initialised:
    """Ask, and write what came of it.

    Raises:
        Abort: Ctrl-C, or the end of the input; nothing was written.
    """
    from aslo_core.bootstrap.init import begin

    nearest = next(folder for folder in config.absolute().parents if folder.exists())
    if not os.access(nearest, os.W_OK):
        raise AsloError(f"{config} cannot be written: {nearest} is not yours to write to")
    click.echo(f"This makes {config.absolute()}. Enter takes what stands in brackets, ? explains.")
    click.echo("Nothing is written before the last question.")
    try:
        return begin(config, given, respondent, os.environ)
    except (EOFError, KeyboardInterrupt):
        click.echo("\nNothing was written.", err=True)
        raise click.Abort from None


def _told(config: Path, made: Initialised) -> list[str]:
    lines = [
        f"{config}: {'written; every option is explained in it' if made.new_file else 'is here already, and stays as it is'}"
    ]
    lines += [f"{secret}: a new secret, readable by you alone" for secret in made.new_secrets]
    for source in made.sources:
        if source.secret is not None and source.secret not in made.new_secrets:
            lines.append(f"{source.secret}: is here already")
        lines.append(f"{config}: [source.{source.name}] is {'switched on' if source.switched_on else 'on already'}")
        if source.owners:
            accounts = "everybody who has the secret" if "*" in source.owners else f"{', '.join(source.owners)} alone"
            lines.append(f"{config}:{source.owners_line}: releases are taken from {accounts}; that line says so")
    return ["", *lines, ""] if made.new_file else [*lines, ""]


def _end(config: Path, made: Initialised, *, checked: bool) -> None:
    """Tell what comes next; where questions were asked, after the configuration was checked.

    Raises:
        Exit: with 2, the configuration has a problem.
    """
    aslo = "aslo" if config == Path("aslo.toml") else f"aslo -c {config}"
    is_well = not checked or _is_well(config)
    steps = [_webhook(source, made.public_url) for source in made.sources]
    if not checked:
        steps.append([f"{aslo} check"])
    elif not is_well:
        steps.append([f"mend what stands above, until `{aslo} check` ends with: all is well"])
    steps.append([f"{aslo} serve"])
    click.echo("Next:")
    for number, (first, *others) in enumerate(steps, start=1):
        click.echo(f"  {number}. {first}")
        for line in others:
            click.echo(f"     {line}")
    if not is_well:
        raise click.exceptions.Exit(2)


def _is_well(config: Path) -> bool:
    """Check the configuration as `aslo check` does, and print the same."""
    from aslo_core.bootstrap.check import check
    from aslo_core.cli.check import print_report

    try:
        print_report(check(config), config)
    except ConfigError as reasons:
        for problem in reasons.problems:
            click.echo(str(problem), err=True)
        click.echo()
        return False
    click.echo()
    return True


def _webhook(source: WebhookSource, public_url: str) -> list[str]:
    from aslo_core.types import Context

    url = public_url.rstrip("/") or "https://<address of this ASLO>"
    address = Context(name=source.name, directory=Path(), data=Path(), public_url=url).webhook_addresses[0]
    host = "GitHub" if source.name == "github" else f"the host of [source.{source.name}]"
    return [
        f"In the repository or organisation on {host}, Settings → Webhooks → Add webhook:",
        f"Payload URL: {address}",
        "Content type: application/json",
        f"Secret: {f'the text in {source.secret}' if source.secret else 'the one that aslo.toml tells of'}",
        "Events: only Releases",
    ]
