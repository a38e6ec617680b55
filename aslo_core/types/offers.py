"""How a plugin offers what it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from aslo_core.types.options import Options


@dataclass(frozen=True)
class Context:
    """What the core gives to a plugin's factory beside its options.

    Attributes:
        name: the instance's name in `aslo.toml`, for example `main` of `[storage.main]`.
        directory: folder of the configuration file; relative paths in options are meant from here.
        data: ASLO's data directory.
        public_url: address that ASLO is reached at from outside, without a slash at the end.
    """

    name: str
    directory: Path
    data: Path
    public_url: str

    @property
    def webhook_addresses(self) -> tuple[str, ...]:
        """The addresses at which webhooks of a source with this name are taken; the first is the one to enter on its host."""
        short = f"{self.public_url}/api/hook"
        return (short, f"{short}/{self.name}") if self.name == "github" else (f"{short}/{self.name}",)


T_co = TypeVar("T_co", covariant=True)


def _any_source(_options: Options, _source: Options) -> bool:
    return True


@dataclass(frozen=True)
class Offer(Generic[T_co]):
    """What a plugin registers: a kind of source, builder, storage or notifier that `aslo.toml` may use.

    Attributes:
        name: what `use = "…"` says.
        options: the class of the table's other keys.
        create: makes the object from validated options; no input or output beyond reading files that it names; raises
            ValueError where the options cannot work, or ConfigError, whose problems name the option by its key alone: the
            core adds the file, the table and the line.
        answers: of a notifier: whether, with its own options (the first), it can tell of releases that come from a source with
            those options (the second). One that writes to a code host answers the sources of that very host alone, since the
            ids of repositories mean nothing elsewhere.
    """

    name: str
    options: type[Options]
    create: Callable[..., T_co]
    answers: Callable[[Any, Options], bool] = _any_source
