"""Makes what an installation begins with: `aslo.toml`, a webhook secret, and the GitHub source switched on."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aslo_core
from aslo_core.bootstrap.rewriting import rewrite
from aslo_core.config.document import Document, parse, read
from aslo_core.config.edit import with_value
from aslo_core.config.secrets import Unreadable, read_secret, variables_in
from aslo_core.errors import AsloError

_GITHUB = ("source", "github")
_LINES = '[source.github]\n  use = "github"\n  secret_file = "secrets/github-webhook"\n  owners = ["NAME"]'


@dataclass(frozen=True)
class Initialised:
    """What is there now.

    Attributes:
        new_file: whether the configuration was written.
        switched_on: whether its GitHub source was off before.
        owners: whose releases it takes.
        owners_line: where that stands.
        secret: the file of the webhooks' secret; None where the secret is given otherwise.
        new_secret: whether it was made.
        public_url: address that ASLO is reached at, empty when the file does not tell.
    """

    new_file: bool
    switched_on: bool
    owners: tuple[str, ...]
    owners_line: int
    secret: Path | None
    new_secret: bool
    public_url: str


def initialise(config: Path, owners: Sequence[str] = ()) -> Initialised:
    """Make what is missing, and leave what is there as it is. Nothing is written when the file that is there cannot be used.

    Args:
        config: the configuration.
        owners: accounts on GitHub whose repositories may release here; empty takes those of the reference, or of the file.

    Raises:
        ConfigError: the file that is there cannot be read.
        AsloError: it has no GitHub source, or other owners, or something cannot be written.
    """
    new_file = not config.exists()
    document = parse(config, _new_text(config, owners)) if new_file else read(config)
    table = _github_table(document)
    if owners and table.get("owners") != list(owners):
        raise AsloError(
            f"{config}:{document.line((*_GITHUB, 'owners'))}: this file is here already, with other owners, and stays as it is:"
            f" write owners = {json.dumps(list(owners))} there yourself"
        )
    secret = _secret_file(document, table)
    is_off = table.get("enabled", True) is False
    if new_file:
        _make_folder(config.parent, 0o755)
        _write_new(config, with_value(document, (*_GITHUB, "enabled"), value=True), 0o644)
    elif is_off:
        rewrite(config, with_value(document, (*_GITHUB, "enabled"), value=True))
    new_secret = secret is not None and not secret.exists()
    if secret is not None and new_secret:
        _make_folder(secret.parent, 0o700)
        _write_new(secret, secrets.token_hex(32) + "\n", 0o600)
    server = document.data.get("server", {})
    return Initialised(
        new_file=new_file,
        switched_on=is_off,
        owners=tuple(map(str, table.get("owners", ()))),
        owners_line=document.line((*_GITHUB, "owners")),
        secret=secret,
        new_secret=new_secret,
        public_url=str(server.get("public_url", "")) if isinstance(server, dict) else "",
    )


def reference() -> str:
    """Read the reference configuration: inside the package when installed, at the top level of a checkout.

    Raises:
        AsloError: it is neither there nor there.
    """
    package = Path(aslo_core.__file__).parent
    for path in (package / "aslo.toml", package.parent / "aslo.toml"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise AsloError(f"the reference aslo.toml is neither in {package} nor beside it: install ASLO again")


def _new_text(config: Path, owners: Sequence[str]) -> str:
    text = reference()
    return with_value(parse(config, text), (*_GITHUB, "owners"), value=list(owners)) if owners else text


def _github_table(document: Document) -> Mapping[str, Any]:
    """Give the table of the GitHub source that webhooks at /api/hook are for.

    Raises:
        AsloError: there is none, or it is another plugin's.
    """
    sources = document.data.get("source", {})
    table = sources.get("github") if isinstance(sources, dict) else None
    if not isinstance(table, dict):
        raise AsloError(f"{document.path} has no table [source.github]; add one, and call this again:\n\n  {_LINES}\n")
    if table.get("use") != "github":
        line = document.line((*_GITHUB, "use"))
        raise AsloError(f'{document.path}:{line}: [source.github] is not of use = "github"; give that one another name')
    return table


def _secret_file(document: Document, table: Mapping[str, Any]) -> Path | None:
    """Name the file of the webhooks' secret, or None where the secret comes from elsewhere.

    Raises:
        AsloError: no secret is configured, or the file is there and holds none.
    """
    file = table.get("secret_file")
    if file is None and "secret" not in table:
        line = document.line(_GITHUB)
        raise AsloError(f'{document.path}:{line}: [source.github] has no secret; write secret_file = "secrets/github-webhook"')
    if not isinstance(file, str) or variables_in(file):
        return None
    path = document.path.parent / file
    if path.exists():
        try:
            read_secret(path)
        except Unreadable as reason:
            raise AsloError(f"{path} {reason}: remove it, and call this again") from None
    return path


def _make_folder(path: Path, mode: int) -> None:
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as reason:
        raise AsloError(f"the folder {path} cannot be made: {reason.strerror}") from None


def _write_new(path: Path, text: str, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as reason:
        raise AsloError(f"{path} cannot be written: {reason.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
