"""Holds answers and events against the description of the door."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pop3lab.web.openapi import openapi


@cache
def description() -> Mapping[str, Any]:
    return openapi()


def check(schema: Mapping[str, Any], value: object) -> None:
    """Raise ValidationError for what does not fit the schema."""
    parts = {"components": description()["components"]}
    Draft202012Validator({**schema, **parts}).validate(value)


def check_answer(response: httpx.Response) -> None:
    """Whether an answer is as described: the hook of each client of these tests."""
    response.read()
    operation = operation_of(response.request.method, response.request.url.path)
    status, kind = str(response.status_code), response.headers.get("content-type", "")
    answers = operation["responses"]
    described = answers.get(status, answers["default"])
    if not response.content:
        assert "content" not in described
        return
    forms = described["content"]
    form = forms.get(kind.partition(";")[0]) or forms["*/*"]
    if kind in ("application/json", "application/problem+json"):
        check(form["schema"], json.loads(response.content))


def operation_of(method: str, path: str) -> Mapping[str, Any]:
    for pattern, methods in description()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method.lower() in methods:
            found: Mapping[str, Any] = methods[method.lower()]
            return found
    return {"responses": {"default": {"content": {"application/problem+json": {"schema": {}}}}}}


def events_in(lines: Iterator[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield number, kind and data of each event of a stream, held against the description."""
    number, kind = 0, ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data = json.loads(value)
            check(description()["x-events"][kind], data)
            yield number, kind, data
            number = 0
