"""`aslo audit history`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.audit.history import Happened
    from aslo_core.events import Recorded

_SHORT = 12
"""Digits of an event's id that are shown: the last ones, which chance has made; the first ones tell the time."""


@click.command(
    epilog="\b\nExamples:\n  aslo audit history release/github/1296269/1        a release, as `aslo release list` names it\n"
    "  aslo audit history org.example.Maze                an activity, by its bundle id\n"
    "  aslo audit history sugarlabs/maze-activity         a repository, by its name, `source/id` or address\n"
    "  aslo audit history storage/main                    a storage, by its name in aslo.toml\n"
    "  aslo audit history github/1296269 --json"
)
@click.argument("subject", metavar="RELEASE|ACTIVITY|REPOSITORY|STORAGE")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def history(config: Path, subject: str, as_json: bool) -> None:
    """Tell what happened to a release, activity, repository or storage.

    Every event of the log that concerns it, in the log's order, with its position, time (UTC), and what it says; below that
    its type, the end of its id, its stream and number there, who asked through which part of ASLO, and the positions of the
    event that led to it and of the delivery that it all began with.
    """
    import msgspec

    from aslo_core.audit.history import history as happened
    from aslo_core.audit.subject import subject as understood
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured

    asked = understood(subject)
    with open_log(core_configured(config)) as log, _damage_told():
        head = log.head()
        found = happened(log, asked)
    if not found:
        raise AsloError(f"the log, which holds {head + 1:,} events, has none about {subject!a}")
    for one in found:
        if as_json:
            click.echo(msgspec.json.encode(_row(one)))
        else:
            _print(one)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say of events that cannot be read how to find out what is wrong."""
    import msgspec

    try:
        yield
    except (LookupError, ValueError, msgspec.MsgspecError) as reason:
        raise AsloError(f"the log cannot be read: {reason}. `aslo audit verify` tells what is wrong with it") from reason


def _print(one: Happened) -> None:
    from aslo_core.cli.moment import moment

    recorded = one.recorded
    click.echo(f"{recorded.position:>7}  {moment(recorded.recorded_us)}  {said(one)}")
    kind = recorded.type if recorded.event else f"{recorded.type} (erased)"
    by = f"by {recorded.cause.actor} through {recorded.cause.source}"
    why = dict.fromkeys((*_because("led to by", one.led), *_because("began with", one.began)))
    click.echo("  ".join((" " * 7, kind, f"…{recorded.id[-_SHORT:]}", f"{recorded.stream}@{recorded.version}", by, *why)))


def said(one: Happened) -> str:
    """What an event says, on one line, with nothing in it that a terminal would act upon."""
    from aslo_core.cli.moment import moment
    from aslo_core.events import BodyErased
    from aslo_core.plain_text import one_line
    from aslo_core.projections.sentences import sentence_of

    if one.recorded.event is not None:
        return one_line(sentence_of(one.recorded))
    if one.erasure is None:
        return "Its body is missing, and no event records its erasure: see `aslo audit verify`."
    reason = one.erasure.event.reason if isinstance(one.erasure.event, BodyErased) else "(the reason is missing)"
    return one_line(f"Its body was erased on {moment(one.erasure.recorded_us)} UTC, by event {one.erasure.position}: {reason}")


def _because(words: str, other: Recorded | None) -> tuple[str, ...]:
    return (f"{words} {other.position}",) if other else ()


def _row(one: Happened) -> dict[str, object]:
    from aslo_core.cli.recorded_row import recorded_row

    return {
        **recorded_row(one.recorded),
        "sentence": said(one),
        "led_by": one.led.position if one.led else None,
        "began_with": one.began.position if one.began else None,
        "erased_by": one.erasure.position if one.erasure else None,
    }
