"""A JSON Schema (2020-12) of `aslo.toml`, by which editors complete and check it while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslo_core.config.secrets import secret_fields
from aslo_core.config.settings import CORE_KEYS, CORE_TABLES
from aslo_core.config.validate import NAME
from aslo_core.entry_points import KINDS, Kind
from aslo_core.types import Options

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FROM_ENVIRONMENT: Schema = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}


def schema(options: Mapping[tuple[Kind, str], type[Options]]) -> Schema:
    """Make the schema.

    What a single value cannot tell is not in it: that a name stands for another table, a file that is not there. `aslo check`
    tells those. Nor is it that 3.0 is no whole number, since JSON does not tell the two apart.

    Args:
        options: the options class of each plugin that a file may use, by kind and `use`.
    """
    definitions: Schema = {}
    properties = {name: _table(name, model, definitions) for name, model in CORE_TABLES.items()}
    for kind in KINDS:
        of_kind = {use: model for (its, use), model in options.items() if its == kind}
        properties[kind] = {
            "type": "object",
            "description": f"[{kind}.NAME]: a table for each {kind}",
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "additionalProperties": _instance(kind, of_kind, definitions),
        }
    return {
        "$schema": DIALECT,
        "title": "aslo.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _instance(kind: Kind, of_kind: Mapping[str, type[Options]], definitions: Schema) -> Schema:
    """One table of a kind: the rest of it follows from `use`, unless it is switched off."""
    beside: Schema = {
        "use": {"type": "string", "description": f"The {kind} plugin."},
        "enabled": {"type": "boolean", "default": True, "description": "With false the table is not looked at."},
    }
    terms = CORE_KEYS.get(kind)
    of_core = _table(kind, terms, definitions)["properties"] if terms else {}
    for use, model in of_kind.items():
        table = _table(f"{kind}.{use}", model, definitions)
        table["properties"] = {
            **beside,
            "use": {"const": use, "description": beside["use"]["description"]},
            **of_core,
            **table["properties"],
        }
        definitions[f"{kind}.{use}"] = table
    by_use = [
        {"if": {"properties": {"use": {"const": use}}, "required": ["use"]}, "then": {"$ref": f"#/$defs/{kind}.{use}"}}
        for use in of_kind
    ]
    in_use: Schema = {
        "properties": {"use": {**beside["use"], "enum": list(of_kind)}},
        "required": ["use"],
        **({"allOf": by_use} if by_use else {}),
    }
    off: Schema = {"properties": {"enabled": {"const": False}}, "required": ["enabled"]}
    return {"type": "object", "properties": beside, "if": {"not": off}, "then": in_use}


def _table(name: str, model: type[Options], definitions: Schema) -> Schema:
    """The schema of a table, with what the file allows beside what pydantic knows: variables, and files of secrets.

    Values that are tables themselves are defined below the table's name, since two plugins may call theirs the same.
    """
    made = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    definitions.update({f"{name}.{inner}": about for inner, about in made.pop("$defs", {}).items()})
    properties: Schema = {key: _or_variable(about) for key, about in made["properties"].items()}
    required = set(made.get("required", ()))
    alternatives = []
    for secret in secret_fields(model):
        file = f"{secret}_file"
        if file not in properties:
            properties[file] = {"type": "string", "description": f"Path of a file that holds {secret}."}
            alternatives.append(
                {"oneOf": [{"required": [secret]}, {"required": [file]}]}
                if secret in required
                else {"not": {"required": [secret, file]}}
            )
            required.discard(secret)
    return {
        "type": "object",
        "description": " ".join((model.__doc__ or "").split()),
        "properties": properties,
        "required": sorted(required),
        **({"allOf": alternatives} if alternatives else {}),
        "additionalProperties": False,
    }


def _or_variable(about: Schema) -> Schema:
    """Allow `${VARIABLE}` in place of a value, and leave out what only Python means."""
    said = {key: about[key] for key in ("description", "default") if about.get(key) is not None}
    if "description" in said:
        said["description"] = " ".join(said["description"].split())
    meant = {key: value for key, value in about.items() if key not in ("title", "writeOnly", "description", "default")}
    return {**said, "anyOf": [meant, _FROM_ENVIRONMENT]}
