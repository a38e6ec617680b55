"""Parts of sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Count something: `1 file`, `1,234 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def proved(verified: str) -> str:
    """Say how a copy was proved to be there."""
    return {"backend": "read back", "public": "read back at its public address"}.get(verified, "on the storage's word")
