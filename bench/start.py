"""What a newcomer waits for at the prompt, in ratio to a bare start of Python in the same run: `python -m bench.start`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

RUNS = 15
COMMANDS = (["--help"], ["release", "--help"], ["submit", "--help"], ["--version"], ["plugins"])
MOST = 8.0
"""How many times a bare start `--help` may take."""


def seconds(command: Sequence[str]) -> float:
    """Wall-clock time of a whole process."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    bare = [sys.executable, "-c", "pass"]
    for arguments in COMMANDS:
        command = [sys.executable, "-m", "aslo_core.cli", *arguments]
        seconds(command)
        pairs = [(seconds(bare), seconds(command)) for _ in range(RUNS)]
        theirs, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = ours / theirs
        limit = f" (at most {MOST:g})" if "--help" in arguments else ""
        print(
            f"aslo {' '.join(arguments):16} {ours * 1e3:5.0f} ms, bare python {theirs * 1e3:4.0f} ms, ratio {ratio:.1f}{limit}"
        )


if __name__ == "__main__":
    main()
