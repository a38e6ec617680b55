"""Whose repositories' own `setup.py` makes their bundles; `[build] run_setup_for` in `aslo.toml`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aslo_core.types import Repository


@dataclass(frozen=True)
class SetupOwners:
    """Accounts of sources; nobody, if nothing is said.

    Attributes:
        accounts: each as the source's name and the account's, this one in lower case, as code hosts compare them.
    """

    accounts: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def parse(cls, written: Iterable[str]) -> SetupOwners:
        """Read `SOURCE:ACCOUNT`, each as the configuration has let it through."""
        parts = (account.partition(":") for account in written)
        return cls(frozenset((source, account.lower()) for source, _, account in parts))

    def __contains__(self, repository: Repository) -> bool:
        """Whether a repository belongs to one of them. The same account of another source is somebody else."""
        return bool(repository.owner) and (repository.source, repository.owner.lower()) in self.accounts


NOBODY = SetupOwners()
"""What holds where the option is not set."""


def cannot_run_setup(builder: str) -> str:
    """Say of a builder, by its name in `aslo.toml`, that it does not offer `RunsSetup`."""
    return f"[builder.{builder}] cannot run a repository's setup.py"
