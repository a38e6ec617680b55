"""How to start the launcher where nothing is installed but a bare Python."""

from __future__ import annotations

from pathlib import Path

from aslo_core.confined import inside
from aslo_core.confined.inside.order import Order


def launcher_package() -> Path:
    """Folder of the package that has to be visible to the confined Python."""
    return Path(inside.__file__).resolve().parent


def start_command(python: str, launcher: Path, order: Order) -> list[str]:
    """Command line that makes a Python carry out an order, isolated from any installed package.

    Args:
        python: the interpreter, Python 3.11 or newer, as it is named inside.
        launcher: the launcher's package, as it is named inside.
        order: what to do.
    """
    start = (
        f"import sys; sys.path.insert(0, {str(launcher.parent)!r}); from {launcher.name}.launcher import main; "
        "del sys.path[0]; main()"
    )
    return [python, "-I", "-S", "-B", "-X", "utf8", "-c", start, order.to_json()]
