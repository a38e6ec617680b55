"""Runs the double as a program: prints its address as one line of JSON and serves until it is told to end."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from aslo_core.testing.code_host.git import GitRepository
from aslo_core.testing.github.server import GitHub


def main(arguments: list[str] | None = None) -> None:
    """Serve every git repository at `ROOT/repositories/<owner>/<name>[.git]`."""
    parser = argparse.ArgumentParser(prog="python -m aslo_core.testing.github", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="directory of its own; state.json and repositories lie here")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--journal", type=Path, help="file of the journal; ROOT/journal.jsonl if not given")
    parser.add_argument("--token", action="append", default=[], metavar="TOKEN=LOGIN", help="a token that may do everything")
    options = parser.parse_args(arguments)
    tokens = dict(pair.split("=", 1) for pair in options.token)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with GitHub(options.root, port=options.port, journal=options.journal, tokens=tokens) as github:
        for path in sorted((options.root / "repositories").glob("*/*")):
            if GitRepository(path).resolve("HEAD") is not None:
                github.add_repository(path.parent.name, path.name.removesuffix(".git"), path)
        sys.stdout.write(json.dumps({"url": github.url, "api_url": github.api_url}) + "\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
