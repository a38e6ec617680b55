"""`aslo init`."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import click

import aslo_core
from aslo_core.errors import AsloError

SECRET_FILE = "secrets/github-webhook"  # noqa: S105 - the file's place, not the secret

_GITHUB_TABLE = re.compile(r"^\[source\.github\]\n(?:(?!\[).*\n)*?enabled = (false|true)\b", re.MULTILINE)


@click.command(
    epilog="\b\nExamples:\n  aslo init                     in an empty folder, or beside an aslo.toml\n  aslo -c /etc/aslo/aslo.toml init"
)
@click.pass_obj
def command(config: Path) -> None:
    """Make aslo.toml where there is none, make a webhook secret, and switch the GitHub source on.

    What is there already stays as it is: a second call makes no second secret.
    """
    made = _write_new(config, reference(), 0o644)
    click.echo(f"{config}: {'written; every option is explained in it' if made else 'is here already'}")
    secret = config.parent / SECRET_FILE
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = _write_new(secret, secrets.token_hex(32) + "\n", 0o600)
    click.echo(f"{secret}: {'a new secret, readable by you alone' if made else 'is here already'}")
    text = config.read_text(encoding="utf-8")
    table = _GITHUB_TABLE.search(text)
    if table is None:
        raise AsloError(f"{config} has no table [source.github] with a line `enabled = false` to switch on; add one yourself")
    if table[1] == "false":
        _replace(config, text[: table.start(1)] + "true" + text[table.end(1) :])
    click.echo(f"{config}: [source.github] is {'switched on' if table[1] == 'false' else 'on already'}")
    click.echo(
        "\nNext:\n"
        "  1. In the repository or organisation on GitHub, Settings → Webhooks → Add webhook:\n"
        "     Payload URL: <your public address>/api/hook, content type: application/json,\n"
        f"     Secret: the text in {secret}, events: only Releases.\n"
        "  2. aslo check\n"
        "  3. aslo serve"
    )


def reference() -> str:
    """Read the reference configuration: inside the package when installed, at the top level of a checkout."""
    package = Path(aslo_core.__file__).parent
    for path in (package / "aslo.toml", package.parent / "aslo.toml"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise AsloError(f"the reference aslo.toml is neither in {package} nor beside it: install ASLO again")


def _write_new(path: Path, text: str, mode: int) -> bool:
    """Write a file that is not there yet; tell whether it was not."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    except OSError as reason:
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
