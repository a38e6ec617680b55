#!/usr/bin/python3.11 -ISB
"""Stands in for `git ls-files -z` in a root tree: Sugar's builder asks git for the files, and a source has no repository.

The tracked files are those named in `GIT_INDEX_FILE`, each followed by a zero byte. No other command of git is known.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    """List the tracked files below the working directory, as git does."""
    if sys.argv[1:] != ["ls-files", "-z"]:
        sys.exit(f"this is no git; {sys.argv[1:]} is not known here")
    within = os.path.relpath(Path.cwd(), os.environ["GIT_WORK_TREE"])
    above = b"" if within == "." else os.fsencode(within) + b"/"
    tracked = Path(os.environ["GIT_INDEX_FILE"]).read_bytes().split(b"\0")
    below = [path.removeprefix(above) + b"\0" for path in tracked if path and path.startswith(above)]
    sys.stdout.buffer.write(b"".join(below))


if __name__ == "__main__":
    main()
