"""Values that are not written into the file: `${VARIABLE}` and `<key>_file`; and keeping them out of every message."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from aslo_core.config.findings import Findings
from aslo_core.config.lines import KeyPath
from aslo_core.config.words import kind_of, shown
from aslo_core.types import Options, Secret

LARGEST_BYTES = 1 << 16
"""A file of secrets is never larger; whatever is, was named by mistake."""

_DOLLAR = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?")
"""`$${`, which stands for `${` itself; `${VARIABLE}`; or a `${` that is neither."""
_ALLOWED = (
    "write ${VARIABLE}, a name of ASCII letters, digits and _ that begins with no digit;"
    " or $${ for the characters ${ themselves"
)
_HIDDEN = "it is refused; the reason is not shown, since a secret stands in it"


class Unreadable(Exception):
    """A file gives no secret. The text completes the sentence that begins with its name."""


def from_environment(value: Any, key: KeyPath, environ: Mapping[str, str], findings: Findings) -> Any:
    """Put the environment's values in place of each `${VARIABLE}` in the strings of a value, however deep; `$${` gives `${`."""
    if isinstance(value, str):
        for name in variables_in(value):
            if name not in environ:
                findings.problem(key, f"the environment variable {name} is not set", f"set {name}, or write the value here")
        if any(found[0] == "${" for found in _DOLLAR.finditer(value)):
            findings.problem(key, "a ${ that names no environment variable", _ALLOWED)
        return _DOLLAR.sub(lambda found: environ.get(found[1], "") if found[1] else "${", value)
    if isinstance(value, dict):
        return {name: from_environment(item, (*key, name), environ, findings) for name, item in value.items()}
    if isinstance(value, list):
        return [from_environment(item, (*key, index), environ, findings) for index, item in enumerate(value)]
    return value


def variables_in(value: Any) -> tuple[str, ...]:
    """Name the variables of the environment that a value takes something from, each once."""
    return tuple(dict.fromkeys(name for text in _texts(value) for name in _DOLLAR.findall(text) if name))


def secret_fields(options: type[Options]) -> dict[str, bool]:
    """Name the fields that hold a secret; True for those that hold several."""
    return {
        name: holds_several(field.annotation) for name, field in options.model_fields.items() if _is_secret(field.annotation)
    }


def holds_several(annotation: object) -> bool:
    """Whether a type is a list of any kind, or may be one."""
    return get_origin(annotation) in (list, tuple, set, frozenset) or any(map(holds_several, get_args(annotation)))


def hides_secrets(options: type[Options], name: str) -> bool:
    """Whether a field is, or holds in a table within, a secret."""
    field = options.model_fields.get(name)
    return field is not None and _hides(field.annotation)


def from_files(
    table: Mapping[str, Any], written: Mapping[str, Any], options: type[Options], key: KeyPath, folder: Path, findings: Findings
) -> dict[str, Any]:
    """Put the contents of files in place of each `<key>_file` whose `<key>` holds a secret.

    A file gives one secret, without the white space around it; for a field that holds several, one on each line.

    Args:
        table: the table, with the environment's values in it.
        written: the table as written, which alone is shown.
        options: the class of the table.
        key: the table's key.
        folder: what relative paths are meant from.
        findings: take what is wrong.
    """
    settled = dict(table)
    for name, several in secret_fields(options).items():
        file_key = f"{name}_file"
        if file_key not in settled or file_key in options.model_fields:
            continue
        place, file = (*key, file_key), settled.pop(file_key)
        if name in settled:
            findings.problem(place, f"both {name} and {file_key} are given", "write one of them")
        elif not isinstance(file, str):
            findings.problem(place, kind_of(file), "it must be the path of a file, in quotes")
        elif not findings.told(place):
            shown_file = shown(written[file_key])
            try:
                text = read_secret(folder / file)
            except Unreadable as reason:
                findings.problem(place, f"{shown_file} {reason}", "it must be the path of a text file that holds the secret")
                continue
            if readable_by_all(folder / file):
                findings.warning(place, f"everybody on this machine may read {shown_file}", f"chmod o= {shown_file}")
            settled[name] = [line.strip() for line in text.splitlines() if line.strip()] if several else text
    return settled


def read_secret(path: Path) -> str:
    """Read a file of secrets, without the white space around them.

    Raises:
        Unreadable: it is absent, empty, no text, or no file at all.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("is a folder" if stat.S_ISDIR(found.st_mode) else "is no file")
        if found.st_size > LARGEST_BYTES:
            raise Unreadable(f"has {found.st_size:,} bytes, and no secret has more than {LARGEST_BYTES:,}")
        text = path.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        raise Unreadable("is not there") from None
    except OSError as reason:
        raise Unreadable(f"cannot be read ({reason.strerror})") from None
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8") from None
    except ValueError:
        raise Unreadable("is no name that a file can have") from None
    if not text:
        raise Unreadable("is empty")
    return text


def readable_by_all(path: Path) -> bool:
    """Whether a file's mode lets everybody on this machine read it."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def secrets_in(value: Any) -> Iterator[str]:
    """Give every text that a value of any shape holds, with white space around it and without."""
    for text in _texts(value):
        yield from {text, text.strip()} - {""}


def secrets_of(options: Options) -> Iterator[str]:
    """Give every secret that options hold, also in tables within."""
    for value in dict(options).values():
        for inner in value if isinstance(value, list | tuple | set | frozenset) else (value,):
            if isinstance(inner, SecretStr):
                yield from secrets_in(inner)
            elif isinstance(inner, Options):
                yield from secrets_of(inner)


def without(secrets: Collection[str], message: str) -> str:
    """Give a message written by others, unless one of the secrets stands in it in any form."""
    told = any(secret in message or repr(secret)[1:-1] in message for secret in secrets)
    return _HIDDEN if told else message


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from (str(name), *_texts(item))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _is_secret(annotation: object) -> bool:
    return annotation is Secret or any(map(_is_secret, get_args(annotation)))


def _hides(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_hides(field.annotation) for field in annotation.model_fields.values())
    return annotation is Secret or any(map(_hides, get_args(annotation)))
