"""The `aslo` command: one module for each noun, imported when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from aslo_core import __version__
from aslo_core.errors import AsloError, ConfigError, Permanent

COMMANDS = {
    "init": "Make a configuration and the secrets that it names.",
    "check": "Check the configuration.",
    "config": "Show what is configured, and what was.",
    "serve": "Run everything in one process.",
    "web": "Take webhooks, and serve pages and downloads.",
    "live": "Stream the output of builds to browsers that stay connected.",
    "worker": "Do the steps of releases: fetch, build, inspect, store, publish.",
    "conductor": "Decide what is due, tell developers, copy between storages.",
    "status": "Tell what runs, what waits, and what is wrong.",
    "submit": "Release a tag of a repository by hand.",
    "reconcile": "Find webhooks that were missed.",
    "lint": "Hold a checkout or a bundle against the rules, offline.",
    "release": "List, retry, rebuild and withdraw releases.",
    "activity": "Give an activity to another repository, or lift a hold.",
    "storage": "Move bundles between storages, and prove what is where.",
    "log": "Read the event log, write it out, and make one of that.",
    "audit": "Prove what happened.",
    "builder": "Look after the builders.",
    "plugins": "List the installed plugins.",
    "plugin": "Write a plugin of your own.",
    "db": "Look after the databases.",
}
"""Each command with the first sentence of its help, so that none has to be imported to list them."""


class _Lazy(click.Group):
    """Knows its commands by name and one line of help each; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if not ctx.resilient_parsing and not cmd_name.startswith("-"):
                raise click.NoSuchCommand(cmd_name, possibilities=COMMANDS, ctx=ctx)
            return None
        command: click.Command = import_module(f"aslo_core.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  aslo init                     make aslo.toml and a secret in this folder\n"
    "  aslo check                    tell everything that is wrong with aslo.toml\n"
    "  aslo serve                    take webhooks, build, publish, serve the catalogue\n"
    "  aslo status                   what runs, what waits, what is wrong\n"
    "  aslo release list             what was released, and how it went\n"
    "\n\b\nEnds with 0 when all went well, 1 when it did not, 2 for a wrong call or configuration, 130 when interrupted.",
)
@click.option(
    "--config",
    "-c",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("aslo.toml"),
    show_default=True,
    envvar="ASLO_CONFIG",
    show_envvar=True,
    help="The configuration file.",
)
@click.version_option(__version__, prog_name="aslo")
@click.pass_context
def aslo(ctx: click.Context, config: Path) -> None:
    """Take releases of Sugar activities from their code host to every learner's machine."""
    ctx.obj = config


def main() -> None:
    """Run the command line and end the process with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; return 0 for success, 1 for a failure that is told, 2 for a wrong call or configuration, 130 for Ctrl-C.

    Args:
        arguments: what stands behind `aslo`.
    """
    try:
        status = aslo.main(arguments, prog_name="aslo", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as reason:
        click.echo(reason.format_message())
        return 2
    except click.ClickException as reason:
        _placed(reason).show()
        return reason.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except ConfigError as reasons:
        for problem in reasons.problems:
            click.echo(str(problem), err=True)
        count = len(reasons.problems)
        click.echo(f"{count} {'problem' if count == 1 else 'problems'} in the configuration.", err=True)
        return 2
    except Permanent as reason:
        click.echo(f"aslo: {reason.found}\n  {reason.cure} ({reason.rule})", err=True)
        return 1
    except AsloError as reason:
        click.echo(f"aslo: {reason}", err=True)
        return 1
    except OSError as reason:
        if reason.filename is None:
            raise
        click.echo(f"aslo: {reason.filename}: {reason.strerror}", err=True)
        return 1
    return status if isinstance(status, int) else 0


def _placed(reason: click.ClickException) -> click.ClickException:
    """Say of `--config` behind the command, which click knows nothing of there, where it stands."""
    if isinstance(reason, click.NoSuchOption) and reason.option_name in ("-c", "--config"):
        return click.UsageError(f"{reason.option_name} stands before the command: aslo {reason.option_name} FILE …", reason.ctx)
    return reason
