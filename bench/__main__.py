"""Runs every measurement, one after another: `python -m bench`. Each prints ratios against a baseline that it names."""

from __future__ import annotations

from bench import build, build_docker, first_finish, idle_jobs, log, log_postgresql, rebuild, start, storages, wakeup, webhooks


def main() -> None:
    parts = (
        ("the log", log.main),
        ("the log on PostgreSQL", log_postgresql.main),
        ("waking readers", wakeup.main),
        ("the read models", rebuild.main),
        ("webhooks", webhooks.main),
        ("a release from webhook to end", first_finish.main),
        ("a job after idleness", idle_jobs.main),
        ("builds in bubblewrap", build.main),
        ("builds in Docker", build_docker.main),
        ("the storages", storages.main),
        ("the command line", start.main),
    )
    for title, run in parts:
        print(f"== {title}")
        run()


if __name__ == "__main__":
    main()
