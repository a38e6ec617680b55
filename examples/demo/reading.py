"""Reads everything back through the interfaces that anybody else has: HTTP and the file system."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

WAIT_S = 120.0


@dataclass(frozen=True)
class Stored:
    """A file on the storage, hashed anew."""

    name: str
    size: int
    digest: str

    @property
    def honest(self) -> bool:
        """Whether its name is what its bytes hash to."""
        return Path(self.name).name.partition(".")[0] == self.digest


def get_json(url: str) -> Any:
    """Read a JSON answer."""
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def get_bytes(url: str) -> bytes:
    """Download."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - loopback
        content: bytes = answer.read()
        return content


def eventually(url: str, done: str, wait_s: float = WAIT_S) -> Any:
    """Read a JSON answer until its field `done` is true; whoever is away meanwhile may come back.

    Raises:
        TimeoutError: it was not, in `wait_s` seconds.
    """
    until = time.monotonic() + wait_s
    last: Any = None
    while time.monotonic() < until:
        try:
            last = get_json(url)
        except urllib.error.HTTPError as reason:
            last = reason.read().decode(errors="replace")
            reason.close()
        except OSError as reason:
            last = str(reason)
        else:
            if last[done]:
                return last
        time.sleep(0.1)
    raise TimeoutError(f"{url}: {done} is not true after {wait_s} s; the last answer: {last}")


def stored(folder: Path) -> list[Stored]:
    """List what lies on the local storage, and hash every file."""
    files = sorted(path for path in folder.glob("*/*") if path.is_file())
    return [
        Stored(
            name=str(path.relative_to(folder)),
            size=path.stat().st_size,
            digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files
    ]


def resolve(base: str, reference: str) -> str:
    """Make a whole address of a reference in an answer."""
    return urljoin(base, reference)
