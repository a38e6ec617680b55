"""Measurements on a disk whose flush takes a given time: `python -m bench.flushes MILLISECONDS MODULE [ARGUMENT ...]`.

What a commit costs is for the disk to say: a fifth of a millisecond where it has a cache that survives the power going, some
milliseconds where it has none, and on a shared one whatever its other users leave. Here every flush lasts that long at least,
in all processes that the module starts, those of the baselines too.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aslo_core.testing.processes import NotInstalled

_SOURCE = Path(__file__).with_name("flush.c")


def run(milliseconds: float, module: str, *arguments: str) -> int:
    """Run a module with slow flushes; gives its status.

    Args:
        milliseconds: how long a flush lasts at least.
        module: its name, as for `python -m`.
        arguments: what it is called with.

    Raises:
        NotInstalled: there is no compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotInstalled("a C compiler is not at hand: it makes what slows flushes down")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # a database server runs as another user
        library = folder / "flush.so"
        lasts = f"-DFLUSH_NS={round(milliseconds * 1e6)}L"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", lasts, "-o", str(library), str(_SOURCE), "-ldl"], check=True)
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", module, *arguments], env=environment, check=False
        ).returncode


def lasting() -> float:
    """Measure how long a flush of a page lasts here, in milliseconds; the median of many."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1e3


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]), *sys.argv[2:]))
