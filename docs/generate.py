"""Write the reference pages that are made of the code: `make docs`. The test in tests/docs tells when one is out of date.

The text of an option or event is its docstring, that of a rule stands in aslo_core/rules/; mend it there.
"""

from __future__ import annotations

from pathlib import Path

from docs import plugin_api
from docs.configuration import configuration
from docs.event_types import event_types
from docs.messages import messages
from docs.rules import rules

REFERENCE = Path(__file__).with_name("reference")

PAGES = {
    "configuration.md": configuration,
    "events.md": event_types,
    "rules.md": rules,
    "messages.md": messages,
    "plugin-api.md": plugin_api.page,
}


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (REFERENCE / name).write_text(render(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
