"""Requests about the rules in force."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.errors import ConfigError
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.web.bodies import read_object, text_in
from pop3lab.web.context import context_of
from pop3lab.web.problems import RequestProblem
from pop3lab.web.shapes import rule_shape, rules_shape

_EXAMPLE = "RETR 2 times=1 -> cut-after 512 then reset"


def list_rules(request: Request) -> Response:
    """Answer with the rules in force."""
    return JSONResponse(rules_shape(context_of(request).control.rules))


async def add_rule(request: Request) -> Response:
    """Add a rule."""
    context = context_of(request)
    text = text_in(await read_object(request), "rule", _EXAMPLE)
    active = await run_in_threadpool(context.control.add_rule, text)
    place = f"{request.url.path}/{active.number}"
    return JSONResponse(rule_shape(active), HTTPStatus.CREATED, {"Location": place})


async def replace_rules(request: Request) -> Response:
    """Have the rules of the body only, besides those of the profile."""
    context = context_of(request)
    given = (await read_object(request)).get("rules")
    if not (isinstance(given, list) and all(isinstance(text, str) for text in given)):
        told = f'the body has no list of texts \'rules\': write {{"rules": ["{_EXAMPLE}"]}}'
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    await run_in_threadpool(context.control.replace_rules, given)
    return JSONResponse(rules_shape(context.control.rules))


async def remove_rules(request: Request) -> Response:
    """Remove all rules, except those of the profile."""
    context = context_of(request)
    await run_in_threadpool(context.control.replace_rules, [])
    return Response(status_code=HTTPStatus.NO_CONTENT)


def get_rule(request: Request) -> Response:
    """Answer with one rule in force."""
    return JSONResponse(rule_shape(_named(request)))


async def remove_rule(request: Request) -> Response:
    """Remove a rule; answer with its hits."""
    context, active = context_of(request), _named(request)
    await run_in_threadpool(context.control.remove_rule, active)
    return JSONResponse(rule_shape(active))


async def check_rule(request: Request) -> Response:
    """Parse a rule, and add nothing."""
    text = text_in(await read_object(request), "rule", _EXAMPLE)
    try:
        read = parse_rule(text)
    except ConfigError as error:
        return JSONResponse({"valid": False, "rule": None, "detail": str(error)})
    return JSONResponse({"valid": True, "rule": str(read), "detail": ""})


def _named(request: Request) -> ActiveRule:
    number = int(request.path_params["id"])
    for active in context_of(request).control.rules.active:
        if active.number == number:
            return active
    raise RequestProblem(HTTPStatus.NOT_FOUND, f"no rule in force has the id {number}")
