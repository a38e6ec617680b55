"""Runs the demo: sets the stage, plays the seven deliveries, shows what can be read back, and tells whether all went well."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from examples.demo.acts import Acts, Outcome
from examples.demo.reading import eventually, get_bytes, get_json, resolve, stored
from examples.demo.stage import Stage, journal, stage

FOLDER = Path("var/demo").absolute()
console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run it; 0 when all seven went as they must."""
    console.print(f"Setting the stage in {FOLDER}")
    with stage(FOLDER) as up:
        eventually(f"{up.url}/readyz", "ready")
        acts = Acts(up, console.print)
        acts.play()
        for outcome in acts.outcomes:
            if outcome.release is not None:
                show_release(up, outcome, outcome.release)
        show_storage(up)
        show_catalogue(up)
        well = show_outcomes(acts.outcomes)
        console.print(f"\nCatalogue: {up.url}/   Status: {up.url}/status   Messages: {FOLDER / 'aslo.log'}")
        if os.environ.get("SERVE") == "1":
            console.print("Serving until Ctrl-C.")
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                console.print("Stopped.")
    return 0 if well else 1


def show_release(up: Stage, outcome: Outcome, page: dict[str, Any]) -> None:
    """Show a release's timeline, and what its developer was told."""
    repository = page["repository"]["name"]
    table = Table(title=f"{outcome.title}: {repository} {page['tag']}", title_justify="left")
    for column in ("at", "event", "what happened"):
        table.add_column(column)
    for entry in page["timeline"]:
        table.add_row(entry["recorded_at"][11:23], entry["name"], escape(entry["sentence"]))
    console.print()
    console.print(table)
    if not page["commit"]:
        return
    commit = f"{up.github.api_url}/repos/{repository}/commits/{page['commit']}"
    for comment in get_json(f"{commit}/comments"):
        console.print(f"[bold]{comment['user']['login']} commented[/bold]")
        console.print(escape(comment["body"]))
    for status in reversed(get_json(f"{commit}/statuses")):
        console.print(f"[bold]status {status['context']}: {status['state']}[/bold] {escape(status['description'] or '')}")


def show_storage(up: Stage) -> None:
    """Show what lies on the storage, hashed anew."""
    table = Table(title="On the storage", title_justify="left")
    for column in ("file", "bytes", "sha256 of its bytes"):
        table.add_column(column, overflow="fold")
    for file in stored(up.folder / "storage"):
        table.add_row(file.name, str(file.size), "as its name says" if file.honest else f"[red]{file.digest}[/red]")
    console.print()
    console.print(table)


def show_catalogue(up: Stage) -> None:
    """Show the catalogue, and download what it offers."""
    table = Table(title="In the catalogue", title_justify="left")
    for column in ("activity", "version", "download", "bytes", "sha256"):
        table.add_column(column, overflow="fold")
    for activity in get_json(f"{up.url}/")["activities"]:
        page = get_json(resolve(up.url, activity["page_url"]))
        offered = page["download"]
        url = resolve(up.url, offered["url"])
        content = get_bytes(url)
        proof = "as the page says" if hashlib.sha256(content).hexdigest() == offered["digest"] else "[red]other bytes[/red]"
        table.add_row(activity["name"], page["version"], url, str(len(content)), proof)
    console.print()
    console.print(table)


def show_outcomes(outcomes: list[Outcome]) -> bool:
    """Show what must have come of each delivery and what did; tell whether all went well."""
    table = Table(title="The seven deliveries", title_justify="left")
    for column in ("", "delivery", "must be", "was"):
        table.add_column(column)
    for outcome in outcomes:
        mark = "[green]✓[/green]" if outcome.well else "[red]✗[/red]"
        table.add_row(mark, outcome.title, outcome.wanted, escape(outcome.found))
    console.print()
    console.print(table)
    told = len([entry for entry in journal(FOLDER) if entry["method"] == "POST"])
    console.print(f"The double of GitHub wrote {told} comments and statuses into its journal.")
    return all(outcome.well for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
