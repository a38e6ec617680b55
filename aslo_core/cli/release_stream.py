"""How a release is named on the command line."""

from __future__ import annotations


def release_stream(named: str) -> str:
    """Name a release's stream, which may be written without `release/` in front."""
    return named if named.startswith("release/") else f"release/{named}"
