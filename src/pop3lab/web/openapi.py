"""The description of the API as OpenAPI 3.1, from the table of operations."""

import json
import re
from collections.abc import Iterator, Mapping

from pop3lab.web.operation import API, PATH_NUMBERS, QueryParameter, WebOperation
from pop3lab.web.operations import OPERATIONS
from pop3lab.web.schemas import EVENT_SCHEMAS, SCHEMAS, Schema, ref

_PARAMETER = re.compile(r"\{(\w+)\}")


def openapi() -> Mapping[str, object]:
    """Return the whole description."""
    paths: dict[str, dict[str, object]] = {}
    for operation in OPERATIONS:
        path = paths.setdefault(f"{API}{operation.path}", {})
        path[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pop3lab",
            "version": "1",
            "description": "What a program or a page can ask of a running POP3 server.",
        },
        "paths": paths,
        "components": {
            "schemas": {
                **SCHEMAS,
                **{event_schema(kind): EVENT_SCHEMAS[kind] for kind in EVENT_SCHEMAS},
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "x-events": {kind: ref(event_schema(kind)) for kind in EVENT_SCHEMAS},
    }


def event_schema(kind: str) -> str:
    """Return the name of the schema of the data of an event."""
    return f"{kind.capitalize()}Event"


def openapi_text() -> str:
    """Return the description as it is kept in a file."""
    return json.dumps(openapi(), indent=2) + "\n"


def _described(operation: WebOperation) -> Schema:
    described: dict[str, object] = {
        "operationId": operation.id,
        "summary": operation.meaning,
        "tags": [operation.tag],
        "parameters": [*_in_path(operation.path), *map(_in_query, operation.query)],
        "responses": _responses(operation),
    }
    if operation.body or operation.takes:
        described["requestBody"] = {"content": _content(operation.body, operation.takes)}
    if operation.control:
        described["x-control-command"] = operation.control
    return described


def _in_path(path: str) -> Iterator[Schema]:
    for name in _PARAMETER.findall(path):
        kind = "integer" if name in PATH_NUMBERS else "string"
        yield {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _in_query(row: QueryParameter) -> Schema:
    schema: dict[str, object] = {"type": row.kind}
    if row.words:
        schema["enum"] = list(row.words)
    return {"name": row.name, "in": "query", "description": row.meaning, "schema": schema}


def _responses(operation: WebOperation) -> Schema:
    content = _content(operation.answer, operation.forms)
    told: dict[str, object] = {"description": operation.meaning}
    success = {**told, "content": content} if content else told
    others = {
        str(status): {"description": "no success", "content": _content(name, ())}
        for status, name in operation.also.items()
    }
    problem = {"application/problem+json": {"schema": ref("Problem")}}
    default = {"description": "an error", "content": problem}
    return {str(operation.status): success, **others, "default": default}


def _content(schema: str, forms: tuple[str, ...]) -> dict[str, object]:
    as_json = {"application/json": {"schema": ref(schema)}} if schema else {}
    return {**as_json, **{form: {"schema": {"type": "string"}} for form in forms}}
