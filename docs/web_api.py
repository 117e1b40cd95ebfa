"""The page of the API over HTTP, from the table of operations and the schemas."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from pop3lab.web.operation import API, WebOperation
from pop3lab.web.operations import OPERATIONS
from pop3lab.web.schemas import EVENT_SCHEMAS, SCHEMAS

_INTRODUCTION = f"""\
# The API over HTTP

What `--web` and `Pop3Server(web=True)` answer, below `{API}`; see [how to use it](../howto/web.md).
The same is at `{API}/openapi.json`, in OpenAPI 3.1. Names in braces are parts of the path. An error
is a [Problem](#schema-problem), as `application/problem+json`.
"""
_GROUPS = {
    "about": "The server",
    "service": "The server as a whole",
    "login": "The token",
    "sessions": "Sessions",
    "event_stream": "Live events",
    "rules": "Rules",
    "catalogue": "The catalogue",
    "messages": "Messages",
    "users": "Users and tokens",
    "runs": "Cases",
}
_EVENTS = """
## Events

The kinds of events of `GET /events`, and what each has as its data:

| event | data | meaning |
|---|---|---|
"""

Schema = Mapping[str, Any]


def web_reference() -> str:
    """The whole page."""
    text = _INTRODUCTION
    rows = sorted(OPERATIONS, key=lambda row: [*_GROUPS].index(row.tag))
    for tag, members in groupby(rows, lambda row: row.tag):
        text += f"\n## {_GROUPS[tag]}\n\n| request | effect | body | answer |\n|---|---|---|---|\n"
        shown = list(members)
        text += "".join(map(_row, shown))
        text += "".join(map(_parameters, shown))
    text += _EVENTS + "".join(_event(kind, schema) for kind, schema in EVENT_SCHEMAS.items())
    text += "\n## Schemas\n"
    return text + "".join(_schema(name, schema) for name, schema in SCHEMAS.items())


def _row(row: WebOperation) -> str:
    body, answer = _forms(row.body, row.takes), _forms(row.answer, row.forms)
    status = f"{row.status}: " if row.status != 200 else ""
    request = f"`{row.method} {row.path}`"
    return f"| {request} | {row.meaning} | {body} | {status}{answer} |\n"


def _forms(schema: str, media_types: Iterable[str]) -> str:
    """What can be sent: what a schema describes, or octets of these types."""
    links = [_link(schema)] if schema else []
    return ", ".join([*links, *(f"`{each}`" for each in media_types)]) or "-"


def _parameters(row: WebOperation) -> str:
    if not row.query:
        return ""
    shown = [f"`{each.name}`: {each.meaning}" for each in row.query]
    return f"\nParameters of `{row.method} {row.path}`: {'; '.join(shown)}.\n"


def _event(kind: str, schema: Schema) -> str:
    meaning = schema.get("description", "a line of a transcript")
    data = _type(schema) if "$ref" in schema else ", ".join(_members(schema)) or "-"
    return f"| `{kind}` | {data} | {meaning} |\n"


def _members(schema: Schema) -> Iterator[str]:
    return (f"`{name}`" for name in schema["properties"])


def _schema(name: str, schema: Schema) -> str:
    text = f"\n### Schema {name}\n\n{_sentence(schema['description'])}\n\n"
    properties = schema.get("properties", {})
    text += "| member | type | meaning |\n|---|---|---|\n"
    for member, one in properties.items():
        needed = "" if member in schema.get("required", ()) else " (optional)"
        text += f"| `{member}`{needed} | {_type(one)} | {_cell(one.get('description', ''))} |\n"
    return text


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return f"{_type(schema['anyOf'][0])} or null"
    if "enum" in schema:
        return " ".join(f"`{word}`" if word else '`""`' for word in schema["enum"])
    kind = schema["type"]
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object" and "properties" in schema:
        return "object: " + ", ".join(_members(schema))
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _link(name: str) -> str:
    return f"[{name}](#schema-{name.lower()})"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
