"""The few fields of GitHub's payloads that are read, and reading them strictly. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#release. The same shapes come from the REST API.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec

MAX_NOTES = 200_000
MAX_TITLE = 1_000
MAX_ASSETS = 1_000

Id = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]
Login = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,100}(\[bot\])?\Z")]
RepositoryName = Annotated[str, msgspec.Meta(pattern=r"\A(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")]


class Malformed(ValueError):
    """A payload cannot be understood; the text says what was expected and what was found."""


class AccountPart(msgspec.Struct, frozen=True):
    """A person, organisation or bot."""

    login: Login


class RepositoryPart(msgspec.Struct, frozen=True):
    """A repository under its present name."""

    id: Id
    name: RepositoryName
    owner: AccountPart


class AssetPart(msgspec.Struct, frozen=True):
    """An attached file; `state` is `uploaded` once all of it is there."""

    id: Id
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    size: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
    state: str = "uploaded"


class ReleasePart(msgspec.Struct, frozen=True):
    """A release; `name` is its title, `body` its notes in Markdown."""

    id: Id
    tag_name: Annotated[str, msgspec.Meta(max_length=255)]
    name: Annotated[str, msgspec.Meta(max_length=MAX_TITLE)] | None = None
    body: Annotated[str, msgspec.Meta(max_length=MAX_NOTES)] | None = None
    draft: bool = False
    prerelease: bool = False
    author: AccountPart | None = None
    published_at: datetime | None = None
    assets: Annotated[tuple[AssetPart, ...], msgspec.Meta(max_length=MAX_ASSETS)] = ()


class ReleaseEvent(msgspec.Struct, frozen=True):
    """What happened to a release, and through whom."""

    action: Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]{1,50}\Z")]
    release: ReleasePart
    repository: RepositoryPart
    sender: AccountPart


class PingEvent(msgspec.Struct, frozen=True):
    """A webhook was made or is tested."""

    hook_id: Id | None = None


Part = TypeVar("Part")


def json_of_form(body: bytes) -> bytes:
    """Take the JSON out of a form's one field `payload`.

    Raises:
        Malformed: there is not exactly one.
    """
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=10)
    except ValueError as error:
        raise Malformed(f"expected a form with the field payload, found what is no form ({error})") from None
    if list(fields) != ["payload"] or len(fields["payload"]) != 1:
        raise Malformed(f"expected a form with the one field payload, found {len(fields)} fields")
    return fields["payload"][0].encode()


def read(body: bytes, kind: type[Part]) -> Part:
    """Read JSON as RFC 8259 has it: UTF-8, no name twice, no NaN or Infinity, no lone surrogates, of bounded depth.

    Raises:
        Malformed: it is not that, or not of this kind.
    """
    try:
        json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
        return msgspec.json.decode(body, type=kind)
    except RecursionError:
        raise Malformed("expected JSON, found one nested too deeply") from None
    except UnicodeDecodeError as error:
        raise Malformed(f"expected UTF-8, found another byte at {error.start}") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise Malformed(f"expected the JSON of a {kind.__name__}: {error}") from None


def convert(found: object, kind: type[Part]) -> Part:
    """Take the fields of a kind from JSON that was parsed already.

    Raises:
        Malformed: it is not of this kind.
    """
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"expected a {kind.__name__}: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("an object names a member twice")
    return found
