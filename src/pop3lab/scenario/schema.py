"""The JSON Schema of scenarios, for editors that complete and check TOML."""

from collections.abc import Mapping

from pop3lab.scenario.keys import SECTIONS, TOP, Key, Section

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}


def schema() -> Mapping[str, object]:
    """As JSON Schema 2020-12."""
    keys: dict[str, object] = {name: _key(key) for name, key in TOP.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of pop3lab",
        "type": "object",
        "properties": keys | {name: _section(section) for name, section in SECTIONS.items()},
        "additionalProperties": False,
    }


def _section(section: Section) -> Mapping[str, object]:
    table: dict[str, object] = {
        "type": "object",
        "properties": {name: _key(key) for name, key in section.keys.items()},
        "additionalProperties": False,
    }
    if must := [name for name, key in section.keys.items() if key.must]:
        table["required"] = must
    if section.one_of:
        table["oneOf"] = [{"required": [name]} for name in section.one_of]
    if beside := {name: _any_of(key) for name, key in section.keys.items() if key.beside}:
        table["dependentSchemas"] = beside
    if not section.many:
        return {"description": section.meaning, **table}
    return {"description": section.meaning, "type": "array", "items": table}


def _any_of(key: Key) -> Mapping[str, object]:
    return {"anyOf": [{"required": [name]} for name in key.beside]}


def _key(key: Key) -> Mapping[str, object]:
    shape: dict[str, object] = {"description": key.meaning, "type": _TYPES[key.kind]}
    if key.choice:
        shape["enum"] = list(key.choice)
    if key.kind is list:
        shape["items"] = {"type": "string"}
    if key.kind in (int, float):
        shape["minimum"] = key.minimum
    return shape
