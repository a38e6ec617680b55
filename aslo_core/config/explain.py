"""pydantic's errors in plain words: what was found and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from aslo_core.types import Options

_KINDS = {
    "int_type int_parsing int_from_float int_parsing_size": "a whole number",
    "float_type float_parsing": "a number",
    "finite_number": "a number that is not infinite",
    "bool_type bool_parsing": "true or false",
    "string_type": "a text in quotes",
    "path_type": "a path in quotes",
    "list_type tuple_type set_type frozen_set_type": "a list: [ … ]",
    "dict_type model_type model_attributes_type dataclass_type": "a table",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "multiple_of": "a multiple of {multiple_of}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "a text that matches {pattern}",
}
_WORDS = {kind: words for kinds, words in _KINDS.items() for kind in kinds.split()}


def allowed(error: ErrorDetails) -> str:
    """Say what is allowed where pydantic found something else."""
    context = {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    words = _WORDS.get(error["type"])
    if context.get("min_length") == 1:
        return "it must not be empty"
    if words is not None:
        return f"it must be {words.format(**context)}"
    message = str(context.get("error") or error["msg"])
    return f"{message[:1].lower()}{message[1:]}"


def written_by_others(error: ErrorDetails) -> bool:
    """Whether the words come from a plugin's own check, which may have put the value into them."""
    return error["type"] not in _WORDS


def meaning(options: type[Options], name: str) -> str:
    """The first sentence of a key's documentation, in parentheses after a space; empty when there is none."""
    field = options.model_fields.get(name)
    text = " ".join((field.description or "").split()) if field else ""
    sentence = text.partition(". ")[0].rstrip(".")
    return f" ({sentence})" if sentence else ""


def one_of(found: str, names: Iterable[str]) -> str:
    """Name what is allowed, and first what was probably meant."""
    names = list(names)
    near = difflib.get_close_matches(found, names, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}allowed: {', '.join(names) if names else 'nothing'}"


def at(value: Any, place: tuple[int | str, ...]) -> tuple[tuple[int | str, ...], Any]:
    """Follow a place in a value as far as it goes; give how far that was, and what is there.

    pydantic's places name branches of unions as well, which stand in no file.
    """
    for depth, part in enumerate(place):
        inside = isinstance(value, dict) and part in value
        inside = inside or (isinstance(value, list) and isinstance(part, int) and part < len(value))
        if not inside:
            return place[:depth], value
        value = value[part]
    return place, value


def _plain(value: Any) -> Any:
    """Write numbers without an empty fraction, and texts in the quotes of TOML."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.replace("'", '"') if isinstance(value, str) else value
