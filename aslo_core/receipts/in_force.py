"""Which storages are in force, by what `aslo.toml` says and by what operators decided since. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aslo_core.types import Value


class Standing(Value):
    """What operators decided of one storage.

    Attributes:
        retired: whether it was taken out of service.
        switched: position in the log of the last switch to it; -1 where there was none.
    """

    retired: bool = False
    switched: int = -1


class Storages(Value):
    """The storages in force.

    Attributes:
        primary: where downloads are read first; empty where no storage that is required is left in service.
        required: those that a release must have a receipt of before it is published, in the order of `aslo.toml`.
        active: those that are written and read: the primary first, then the others in the order of `aslo.toml`.
        retired: those of `aslo.toml` that are written no more, and read only for what nobody else has.
    """

    primary: str
    required: tuple[str, ...]
    active: tuple[str, ...]
    retired: tuple[str, ...] = ()


def in_force(tables: Sequence[tuple[str, bool]], standings: Mapping[str, Standing]) -> Storages:
    """Tell which storages are in force.

    The storage that was switched to last is the primary one and required, whatever its table says; without any switch it is the
    first one whose table says that it is required.

    Args:
        tables: name of each enabled storage and whether its table requires it, in the order of `aslo.toml`.
        standings: what was decided of each; storages of which nothing was decided may be missing.

    Returns:
        Those in force; without a primary one where no storage that is required is left in service.
    """
    stands = {name: standings.get(name, Standing()) for name, _ in tables}
    serving = [(name, required) for name, required in tables if not stands[name].retired]
    switched = max((name for name, _ in serving), key=lambda name: stands[name].switched, default="")
    chosen = switched if switched and stands[switched].switched >= 0 else ""
    required = tuple(name for name, required in serving if required or name == chosen)
    primary = chosen or next(iter(required), "")
    others = tuple(name for name, _ in serving if name != primary)
    retired = tuple(name for name, _ in tables if stands[name].retired)
    return Storages(primary=primary, required=required, active=(primary, *others) if primary else others, retired=retired)
