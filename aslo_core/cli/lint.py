"""`aslo lint`."""

from __future__ import annotations

from pathlib import Path

import click

_FORMATS = ("text", "json", "github", "sarif")


@click.command(
    epilog="\b\nExamples:\n  aslo lint .                                  the checkout in this folder\n"
    "  aslo lint Maze-29.xo --format json\n"
    "  aslo lint . --format github                  in GitHub Actions, which shows what is found at the file\n"
    "  aslo lint . --format sarif > ../aslo.sarif   for code scanning"
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="How it is told.")
@click.option("--site", default="", metavar="URL", help="The ASLO that you release to, whose pages on rules are linked.")
def command(path: Path, form: str, site: str) -> None:
    """Hold a checkout or a bundle against the rules, offline.

    PATH is a .xo, or a folder of a git checkout, which is packed as ASLO packs it from the files that git tracks. Needs no
    aslo.toml. Ends with 1 when a rule is broken; a warning breaks none.
    """
    from aslo_core.bootstrap.lint import lint
    from aslo_core.cli.configured import only_warnings
    from aslo_core.cli.lint_github import as_github
    from aslo_core.cli.lint_json import as_json
    from aslo_core.cli.lint_report import Report
    from aslo_core.cli.lint_sarif import as_sarif
    from aslo_core.cli.lint_text import as_text

    if site and not site.startswith(("https://", "http://")):
        raise click.BadParameter(f"{site!r} is no address such as https://aslo.example.org", param_hint="--site")
    only_warnings()
    report = Report(path, lint(path), site.rstrip("/"))
    write = {"text": as_text, "json": as_json, "github": as_github, "sarif": as_sarif}[form]
    click.echo(write(report))
    if report.linted.inspection is None:
        raise click.exceptions.Exit(1)
