"""The `aslo` command: one module for each noun, imported when it is used."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from aslo_core import __version__
from aslo_core.errors import AsloError, ConfigError

_COMMANDS = {
    "init": "Make a configuration and a webhook secret.",
    "check": "Check the configuration.",
    "serve": "Run everything in one process.",
    "submit": "Release a tag of a repository by hand.",
    "lint": "Hold a checkout or a bundle against the rules, offline.",
    "release": "List, show and retry releases.",
    "log": "Read the event log.",
    "plugins": "List the installed plugins.",
    "db": "Look after the databases.",
}


class _Lazy(click.Group):
    """Knows its commands by name and one line of help each; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"aslo_core.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  aslo init                     make aslo.toml and a secret in this folder\n"
    "  aslo serve                    take webhooks, build, publish, serve the catalogue\n"
    "  aslo release list             what was released, and how it went",
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
    """Run the command line; end with 0 for success, 1 for a failure that is told, 2 for a wrong call or configuration."""
    try:
        status = aslo.main(standalone_mode=False)  # which is how click gives back what `Exit` was raised with
    except click.exceptions.NoArgsIsHelpError as reason:
        click.echo(reason.format_message())
        sys.exit(2)
    except click.ClickException as reason:
        reason.show()
        sys.exit(reason.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except ConfigError as reasons:
        for problem in reasons.problems:
            click.echo(str(problem), err=True)
        count = len(reasons.problems)
        click.echo(f"{count} {'problem' if count == 1 else 'problems'} in the configuration.", err=True)
        sys.exit(2)
    except AsloError as reason:
        click.echo(f"aslo: {reason}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    sys.exit(status)
