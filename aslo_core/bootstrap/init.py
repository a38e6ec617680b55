"""Makes what an installation begins with: `aslo.toml`, and the secrets that it names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aslo_core
from aslo_core.bootstrap.asking import Respondent
from aslo_core.bootstrap.draft import Draft
from aslo_core.bootstrap.given import Given
from aslo_core.bootstrap.interview import Interview
from aslo_core.bootstrap.rewriting import all_or_nothing, make_folder, rewrite, write_new
from aslo_core.config.document import Document, parse, read
from aslo_core.config.edit import with_value
from aslo_core.config.question import Question
from aslo_core.config.secrets import Unreadable, read_secret, variables_in
from aslo_core.errors import AsloError
from aslo_core.types import ChosenHere

_GITHUB = ("source", "github")
_LINES = '[source.github]\n  use = "github"\n  secret_file = "secrets/github-webhook"\n  owners = ["NAME"]'


@dataclass(frozen=True)
class WebhookSource:
    """A source whose webhooks are to be entered on its code host.

    Attributes:
        name: what its table is called.
        switched_on: whether it was off before.
        owners: whose releases it takes; empty where it knows no accounts.
        owners_line: where that stands.
        secret: the file of the webhooks' secret; None where the secret is given otherwise.
    """

    name: str
    switched_on: bool
    owners: tuple[str, ...]
    owners_line: int
    secret: Path | None


@dataclass(frozen=True)
class Initialised:
    """What is there now.

    Attributes:
        new_file: whether the configuration was written.
        new_secrets: files of secrets that were made.
        sources: the sources that take webhooks.
        public_url: address that ASLO is reached at, empty when the file does not tell.
    """

    new_file: bool
    new_secrets: tuple[Path, ...]
    sources: tuple[WebhookSource, ...]
    public_url: str


def begin(config: Path, given: Given, respondent: Respondent, environ: Mapping[str, str]) -> Initialised:
    """Make a configuration where there is none. Nothing is written before everything is answered, and then all or nothing.

    Args:
        config: the configuration.
        given: answers that are known.
        respondent: gives the others.
        environ: the environment, for `${VARIABLE}`.

    Raises:
        Unanswered: a flag is wrong, or nobody answers what has no default.
        ConfigError: with everything that does not fit together.
        AsloError: something cannot be written.
    """
    before = Draft(parse(config.absolute(), reference()))
    draft, secrets_of_webhooks = Interview(before, given, respondent, environ).conduct()
    folder = config.parent
    with all_or_nothing() as made:
        make_folder(folder, 0o755, made)
        for file, secret in draft.secrets.items():
            make_folder((folder / file).parent, 0o700, made)
            lines = secret if isinstance(secret, str) else "\n".join(secret)
            write_new(folder / file, f"{lines}\n", 0o600, made)
        write_new(config, draft.document.text, 0o644, made)
    return Initialised(
        new_file=True,
        new_secrets=tuple(folder / file for file in draft.secrets),
        sources=tuple(_webhook_source(draft.document, config, question) for question in secrets_of_webhooks),
        public_url=_public_url(draft.document),
    )


def complete(config: Path, owners: Sequence[str] = ()) -> Initialised:
    """Switch the GitHub source of a configuration on, and make its secret, where that is not so yet.

    Nothing is written when the file cannot be used.

    Args:
        config: the configuration, which is there.
        owners: accounts on GitHub whose repositories may release here; empty takes those of the file.

    Raises:
        ConfigError: the file cannot be read.
        AsloError: it has no GitHub source, or other owners, or something cannot be written.
    """
    document = read(config)
    table = _github_table(document)
    if owners and table.get("owners") != list(owners):
        raise AsloError(
            f"{config}:{document.line((*_GITHUB, 'owners'))}: this file is here already, with other owners, and stays as it is:"
            f" write owners = {json.dumps(list(owners))} there yourself"
        )
    secret = _secret_file(document, table)
    is_off = table.get("enabled", True) is False
    if is_off:
        rewrite(config, with_value(document, (*_GITHUB, "enabled"), value=True))
    new_secrets = () if secret is None or secret.exists() else (secret,)
    with all_or_nothing() as made:
        for path in new_secrets:
            make_folder(path.parent, 0o700, made)
            write_new(path, ChosenHere().choose() + "\n", 0o600, made)
    source = WebhookSource(
        name=_GITHUB[1],
        switched_on=is_off,
        owners=tuple(map(str, table.get("owners", ()))),
        owners_line=document.line((*_GITHUB, "owners")),
        secret=secret,
    )
    return Initialised(new_file=False, new_secrets=new_secrets, sources=(source,), public_url=_public_url(document))


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


def _webhook_source(document: Document, config: Path, secret: Question) -> WebhookSource:
    table: Mapping[str, Any] = document.data[secret.table[0]][secret.table[1]]
    file = table.get(secret.file_key[-1])
    return WebhookSource(
        name=secret.table[1],
        switched_on=True,
        owners=tuple(table.get("owners", ())),
        owners_line=document.line((*secret.table, "owners")),
        secret=config.parent / file if isinstance(file, str) and not variables_in(file) else None,
    )


def _public_url(document: Document) -> str:
    server = document.data.get("server", {})
    return str(server.get("public_url", "")) if isinstance(server, dict) else ""


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
