"""Answers that were given before anybody is asked: on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from aslo_core.bootstrap.asking import Unanswered


@dataclass(frozen=True)
class Given:
    """Answers.

    Attributes:
        choices: what was chosen, by what there was to choose: `log`, `broker` or a kind; an empty choice is nothing at all.
        keys: texts for keys, by the table and the name of the key.
        owners: whose repositories may release here, for every source that is chosen.
    """

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[tuple[tuple[str, ...], str], str] = field(default_factory=lambda: MappingProxyType({}))
    owners: tuple[str, ...] = ()

    def of(self, table: tuple[str, ...]) -> Mapping[str, str]:
        """Give the texts for the keys of one table."""
        owners = {"owners": ",".join(self.owners)} if self.owners and table[0] == "source" else {}
        return owners | {name: text for (its, name), text in self.keys.items() if its == table}


def parse_given(written: Iterable[str]) -> dict[tuple[tuple[str, ...], str], str]:
    """Take `TABLE.KEY=VALUE` apart.

    Raises:
        Unanswered: it is nothing of the kind.
    """
    keys = {}
    for one in written:
        key, equals, value = one.partition("=")
        *table, name = key.strip().split(".")
        if not equals or not name or not table or not all(table):
            raise Unanswered(f"--set {one!a} is no TABLE.KEY=VALUE; write for example --set storage.main.path=/srv/aslo")
        keys[tuple(table), name] = value.strip()
    return keys
