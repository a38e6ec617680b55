"""What Sugar's own builder made of real tags, and how a bundle of ours is held against it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Line = tuple[str, str]
"""Path of an entry with its root, and the SHA-256 of its bytes."""


@dataclass(frozen=True)
class Row:
    """One tag.

    Attributes:
        repository: `owner/name`.
        tag: its name.
        commit: what it peels to.
        outcome: `ok`, `no-activity-info`, or another word for a failure of Sugar's builder in a translation.
        digest: content digest of its bundle.
        catalogues: number of its `.mo` files.
        doubles: how many paths stand twice in its bundle.
    """

    repository: str
    tag: str
    commit: str
    outcome: str
    digest: str
    catalogues: int
    doubles: int


def read_table(path: Path) -> list[Row]:
    """Read the table, a row for each tag, tab between the columns, their names in the first line."""
    with path.open(newline="", encoding="utf-8") as table:
        return [
            Row(
                repository=row["repo"],
                tag=row["tag"],
                commit=row["commit"],
                outcome=row["outcome"],
                digest=row["digest"],
                catalogues=int(row["mo_files"] or 0),
                doubles=int(row["duplicate_paths"] or 0),
            )
            for row in csv.DictReader(table, delimiter="\t")
        ]


def content_digest(lines: Iterable[Line], doubled: Iterable[Line] = ()) -> str:
    """Hash a bundle's content as the table has it.

    Args:
        lines: the bundle's files.
        doubled: files of the source that the build makes as well: Sugar's builder packs both, the source's first.
    """
    whole = hashlib.sha256()
    for name, digest in sorted([*doubled, *lines], key=lambda line: line[0].encode()):
        if not name.endswith(".mo"):
            whole.update(f"{digest}  {name}\n".encode())
    return whole.hexdigest()


def verdict(row: Row, rule: str, digest: str, *, warned: bool) -> str:
    """Say how a bundle of ours agrees with a row; begins with DIFFERS where it does not.

    Args:
        row: what Sugar's builder made.
        rule: why ours was not built, or empty.
        digest: of our bundle's content.
        warned: whether ours was built without some translation, and said so.
    """
    if row.outcome == "no-activity-info":
        return "both refuse" if rule == "bundle.info-missing" else "DIFFERS: ours should find no activity.info"
    if rule:
        return f"DIFFERS: ours ends with {rule}"
    if row.outcome != "ok":
        return "ours builds without the broken translation" if warned else "DIFFERS: no warning"
    return "same content" if digest == row.digest else "DIFFERS: content"
