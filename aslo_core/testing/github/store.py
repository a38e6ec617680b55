"""The double's memory: tables of rows, kept in a file, so that it comes back as it was."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from aslo_core.testing.github.rows import ROWS, Account, Asset, Repository, Row

RowT = TypeVar("RowT", bound=Row)

_FIRST_ID = 100_001


def now() -> str:
    """The time as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Rows by type and id. Safe to use from many threads; every change is on disk when its call returns.

    Args:
        root: directory for `state.json` and the bytes of assets; made if it is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._file = root / "state.json"
        self._lock = threading.RLock()
        self._next_id = _FIRST_ID
        self._tables: dict[type[Row], dict[int, Row]] = {kind: {} for kind in ROWS}
        (root / "assets").mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            self._load()

    def _load(self) -> None:
        tables = msgspec.json.decode(self._file.read_bytes(), type=dict[str, list[msgspec.Raw]])
        for kind in ROWS:
            rows = [msgspec.json.decode(raw, type=kind) for raw in tables.get(kind.__name__, [])]
            self._tables[kind] = {row.id: row for row in rows}
            self._next_id = max([self._next_id, *(row.id + 1 for row in rows)])

    def _save(self) -> None:
        tables = {kind.__name__: list(rows.values()) for kind, rows in self._tables.items()}
        draft = self._file.with_suffix(".tmp")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(tables), indent=1))
        draft.replace(self._file)

    def insert(self, kind: type[RowT], /, **fields: Any) -> RowT:
        """Make a row with the next id."""
        with self._lock:
            row = kind(id=self._next_id, **fields)
            self._next_id += 1
            self._tables[kind][row.id] = row
            self._save()
            return row

    def change(self, row: RowT, **fields: Any) -> RowT:
        """Replace fields of a row and return the new one.

        Raises:
            KeyError: it was deleted meanwhile.
        """
        with self._lock:
            changed = msgspec.structs.replace(self._tables[type(row)][row.id], **fields)
            self._tables[type(row)][row.id] = changed
            self._save()
            return cast("RowT", changed)

    def delete(self, row: Row) -> None:
        """Forget a row.

        Raises:
            KeyError: it was deleted before.
        """
        with self._lock:
            del self._tables[type(row)][row.id]
            self._save()

    def get(self, kind: type[RowT], row_id: int) -> RowT | None:
        """The row of that id."""
        return cast("RowT | None", self._tables[kind].get(row_id))

    def select(self, kind: type[RowT], /, **fields: Any) -> list[RowT]:
        """All rows whose fields have these values, oldest first."""
        with self._lock:
            rows = cast("Iterator[RowT]", iter(list(self._tables[kind].values())))
        return [row for row in rows if all(getattr(row, name) == value for name, value in fields.items())]

    def account(self, login: str, kind: str = "User") -> Account:
        """The account of that login, made if there is none: whoever is named exists."""
        with self._lock:
            for account in self.select(Account):
                if account.login.lower() == login.lower():
                    return account
            return self.insert(Account, login=login, kind=kind)

    def account_of(self, email: str) -> Account | None:
        """The account that commits by this address are attributed to, by GitHub's no-reply form or by registration."""
        local, _, domain = email.partition("@")
        if domain == "users.noreply.github.com":
            return self.account(local.rpartition("+")[2])
        return next((account for account in self.select(Account) if email in account.emails), None)

    def repository(self, owner: str, name: str) -> tuple[Repository | None, bool]:
        """The repository of that name, and whether it was renamed since. Names are not case-sensitive."""
        wanted = f"{owner}/{name}".lower()
        repositories = self.select(Repository)
        for repository in repositories:
            if repository.full_name.lower() == wanted:
                return repository, False
        renamed = (r for r in repositories if wanted in [former.lower() for former in r.former])
        return next(renamed, None), True

    def asset_path(self, asset: Asset) -> Path:
        """Where the bytes of an asset lie."""
        return self.root / "assets" / str(asset.id)

    def attach(self, release: int, name: str, content: bytes, content_type: str, uploader: str) -> Asset:
        """Keep a file as an asset of a release."""
        with self._lock:
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            pending = self.root / "assets" / "pending"
            pending.write_bytes(content)
            asset = self.insert(
                Asset,
                release=release,
                name=name,
                size=len(content),
                digest=digest,
                content_type=content_type,
                uploader=uploader,
                created_at=now(),
            )
            pending.replace(self.asset_path(asset))
            return asset
