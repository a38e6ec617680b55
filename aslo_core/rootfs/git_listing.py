#!/usr/bin/python3.11 -ISB
"""Stands in for `git ls-files -z` in a root tree: Sugar's builder asks git for the files, and a source has no repository.

All files of a source are tracked ones. No other command of git is known.
"""

import os
import sys


def main() -> None:
    """List the files below the working directory, as git does."""
    if sys.argv[1:] != ["ls-files", "-z"]:
        sys.exit(f"this is no git; {sys.argv[1:]} is not known here")
    found = [os.path.relpath(os.path.join(folder, file)) for folder, _, files in os.walk(".") for file in files]  # noqa: PTH118
    sys.stdout.buffer.write(b"".join(os.fsencode(path) + b"\0" for path in sorted(found, key=os.fsencode)))


if __name__ == "__main__":
    main()
