"""The page of what the templates of messages can name."""

from __future__ import annotations

from aslo_core.types import Notice, Value
from docs.values import NOTE, fields, prose

_MESSAGES = """\
# Messages

What notifiers tell is made by templates ([Jinja](https://jinja.palletsprojects.com/en/stable/templates/)), which come with each
notifier. To say it in other words, write `templates = "FOLDER"` below `[notifier.NAME]` and put a file of the same name there;
those that are not there stay as shipped. Templates are read anew for each message.

| notifier | templates |
| --- | --- |
| `github` | `comment.md`, `status.txt` |
| `webhook` | `body.json` |
| `email` | `subject.txt`, `body.txt`, `body.html` |

`aslo check` tries every template on notices of every kind, and tells what is broken with file and line. One that breaks later
is told on the page of each release that it should have told of, and tried again, twelve times in all; it fails no release.

- Each `{{ … }}` writes its value so that it stays what it is: in `.html` with `<` and `&` escaped, in `.md` without any
  formatting, mention or link, in `.json` as a JSON value with its quotes, in `.txt` on one line. Write values one by one rather
  than joined with `~` or `+` to what a filter gave, and do without the filter `safe`.
- A name that does not exist is an error, as is a message of nothing but white space.
- `{% extends "shipped/body.html" %}` and `{% include "shipped/body.txt" %}` take the shipped template. Files of your own that
  others include have names that begin with `_`.
- Templates run in Jinja's sandbox: they read the values below, and nothing else.
- One that hardly ends, or multiplies what it has, is broken like any other: a message has at most 1,048,576 characters, and
  on the way to it all texts and lists together at most 4,194,304, where an item counts as 16 and a step as 100, within a second
  of the processor. There is no `lipsum`.

## Values

| name | meaning |
| --- | --- |
| `notice` | The notice, with the fields below: `notice.tag`, `notice.author.login`. |
| `title` | What happened, in English: `Maze 29 is published`. |
| `text` | What that means for the developer, in a sentence or two. |
| `symbol` | One character that shows it at a glance. |
| `link_text` | What a link to `notice.status_url` is called. |
| `release` | The activity and its version, or the tag where they were never read. |
| `occurred` | When it happened, as a date in UTC: `occurred.isoformat()`, `occurred.strftime("%d %B")`. |

"""


def messages() -> str:
    """Render the page of what templates can name."""
    parts: list[type[Value]] = []
    sections = [NOTE + _MESSAGES + f"## Notice\n\n{prose(Notice)}\n{fields(Notice, parts)}"]
    sections.extend(f"### {part.__name__}\n\n{prose(part)}\n{fields(part, parts)}" for part in parts)
    return "\n".join(sections)
