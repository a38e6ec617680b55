"""Runs every measurement, one after another: `python -m bench`. Each prints ratios against a baseline that it names."""

from __future__ import annotations

from bench import build, log, start


def main() -> None:
    for title, run in (("the log", log.main), ("a build", build.main), ("the command line", start.main)):
        print(f"== {title}")
        run()


if __name__ == "__main__":
    main()
