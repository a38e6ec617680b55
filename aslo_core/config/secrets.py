"""Values that are not written into the file: `${VARIABLE}` and `<key>_file`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aslo_core.config.document import KeyPath
from aslo_core.types import Options, Secret

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Complain = Callable[[KeyPath, str, str], None]
"""Takes a key, what was found there and what is allowed."""


def from_environment(value: Any, key: KeyPath, environ: Mapping[str, str], complain: Complain) -> Any:
    """Put the environment's values in place of each `${VARIABLE}` in the strings of a value, however deep."""
    if isinstance(value, str):
        for name in _VARIABLE.findall(value):
            if name not in environ:
                complain(key, f"the environment variable {name} is not set", f"set {name}, or write the value here")
        return _VARIABLE.sub(lambda found: environ.get(found[1], ""), value)
    if isinstance(value, dict):
        return {name: from_environment(item, (*key, name), environ, complain) for name, item in value.items()}
    if isinstance(value, list):
        return [from_environment(item, (*key, index), environ, complain) for index, item in enumerate(value)]
    return value


def secret_fields(options: type[Options]) -> dict[str, bool]:
    """Name the fields that hold a secret; True for those that hold several."""
    return {
        name: field.annotation not in (Secret, Secret | None)
        for name, field in options.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }


def from_files(
    table: Mapping[str, Any], options: type[Options], key: KeyPath, directory: Path, complain: Complain
) -> dict[str, Any]:
    """Put the contents of files in place of each `<key>_file` whose `<key>` holds a secret.

    A file gives one secret, without the white space around it; for a field that holds several, one on each line.
    """
    settled = dict(table)
    for name, several in secret_fields(options).items():
        file_key = f"{name}_file"
        if file_key not in settled or file_key in options.model_fields:
            continue
        file = settled.pop(file_key)
        if name in settled:
            complain((*key, file_key), f"both {name} and {file_key} are given", "write one of them")
            continue
        if not isinstance(file, str):
            complain((*key, file_key), f"{file!r}", "the path of a file")
            continue
        try:
            text = (directory / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as reason:
            complain((*key, file_key), f"{file} cannot be read ({_why(reason)})", "the path of a readable text file")
            settled[name] = [] if several else "unreadable"
            continue
        settled[name] = [line.strip() for line in text.splitlines() if line.strip()] if several else text
    return settled


def _why(reason: OSError | UnicodeDecodeError) -> str:
    return reason.strerror or "error" if isinstance(reason, OSError) else "not UTF-8"
