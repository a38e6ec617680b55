"""Notices of every kind, for trying templates on."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from aslo_core.types import NOTICE_KINDS, Notice, NoticeKind, Person, Repository

_URL = "https://aslo.example"


def sample(kind: NoticeKind) -> Notice:
    """A notice about version 29 of the activity Maze that has everything which such notices may have."""
    ended = kind not in ("started", "published")
    rejected = kind == "rejected"
    published = kind == "published"
    return Notice(
        id=f"sample-{kind}",
        kind=kind,
        repository=Repository(
            source="github", id="1", owner="sugarlabs", name="maze-activity", url="https://github.com/sugarlabs/maze-activity"
        ),
        release_id="7",
        tag="v29",
        author=Person(login="ada", url="https://github.com/ada"),
        status_url=f"{_URL}/status/release/github/1/7",
        occurred_us=1_790_000_000_000_000,
        commit="c" * 40,
        bundle_id="org.sugarlabs.Maze",
        name="Maze",
        version="29",
        reason="The icon that activity.info names is missing." if ended else "",
        rule="bundle.icon-missing" if rejected else "",
        cure="Add activity/maze.svg." if rejected else "",
        rule_url=f"{_URL}/rules/bundle.icon-missing" if rejected else "",
        warnings=() if kind == "started" else ("po/de.po is not UTF-8.",),
        activity_url=f"{_URL}/activity/org.sugarlabs.Maze/29" if published else "",
        download_url=f"{_URL}/download/org.sugarlabs.Maze/29/Maze-29.xo" if published else "",
    )


def samples() -> Iterator[Notice]:
    """Give a notice of every kind with all that it may have, and one with nothing that it can do without."""
    for kind in NOTICE_KINDS:
        yield (whole := sample(kind))
        bare = {field.name: field.default for field in msgspec.structs.fields(Notice) if field.default is not msgspec.NODEFAULT}
        yield msgspec.structs.replace(whole, **bare)
