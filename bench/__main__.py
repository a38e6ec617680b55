"""Runs every measurement, one after another: `python -m bench`. Each prints ratios against a baseline that it names.

What commits is measured twice: on the disk as it is, and with flushes that last as long as on a disk without a cache that
survives the power going.
"""

from __future__ import annotations

from aslo_core.testing.processes import NotInstalled
from bench import (
    build,
    build_docker,
    first_finish,
    flushes,
    idle_jobs,
    log,
    log_postgresql,
    rebuild,
    start,
    storages,
    wakeup,
    webhooks,
)

SLOW_FLUSH_MS = 3.0


def main() -> None:
    commits = (("the log", log), ("the log on PostgreSQL", log_postgresql), ("webhooks", webhooks))
    others = (
        ("waking readers", wakeup),
        ("the read models", rebuild),
        ("a release from webhook to end", first_finish),
        ("a job after idleness", idle_jobs),
        ("builds in bubblewrap", build),
        ("builds in Docker", build_docker),
        ("the storages", storages),
        ("the command line", start),
    )
    for title, module in commits:
        print(f"== {title}, where a flush takes {flushes.lasting():.2f} ms", flush=True)
        module.main()
        print(f"== {title}, where a flush takes {SLOW_FLUSH_MS:.2f} ms", flush=True)
        try:
            flushes.run(SLOW_FLUSH_MS, module.__name__)
        except NotInstalled as reason:
            print(f"left out: {reason}")
    for title, module in others:
        print(f"== {title}")
        module.main()


if __name__ == "__main__":
    main()
