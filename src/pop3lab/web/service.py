"""Requests about the server as a whole: outages, counters, waiting, its end."""

import json
from collections.abc import Callable
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pop3lab.control.waiting import wanted_counts
from pop3lab.web.bodies import read_object
from pop3lab.web.context import context_of
from pop3lab.web.problems import RequestProblem
from pop3lab.web.waits import while_connected

_NUMBERS = (int, float, str)


def readyz(request: Request) -> Response:
    """Answer whether clients are served."""
    state = context_of(request).control.state
    if state != "serving":
        raise RequestProblem(HTTPStatus.SERVICE_UNAVAILABLE, f"the server is {state}")
    return PlainTextResponse("ok\n")


def stats(request: Request) -> Response:
    """Answer with all counters."""
    return JSONResponse(json.loads(context_of(request).control.counters.as_json()))


async def wait_for_counts(request: Request) -> Response:
    """Answer when each counter has reached its number, or with those that have not."""
    control = context_of(request).control
    given = [(name, _number(name, value)) for name, value in (await read_object(request)).items()]
    counters = control.counters
    wanted = await run_in_threadpool(wanted_counts, counters, control.rules, given)
    waiting = counters.wait_for(*wanted)
    if not await while_connected(request, waiting):
        there = json.loads(counters.as_json())
        counted = {**there["verbs"], **there}
        misses = [
            f"{counted.get(name, 0)} of {number} {name}"
            for name, number in wanted.counts.items()
            if counted.get(name, 0) < number
        ]
        told = f"timeout: there is {counters}"
        raise RequestProblem(HTTPStatus.REQUEST_TIMEOUT, told, misses=misses)
    return JSONResponse(json.loads(counters.as_json()))


def _number(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        told = f"{name} needs a number, 0 or more, not {json.dumps(value)}"
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    return str(value)


def pause(request: Request) -> Response:
    """Accept clients, and be silent."""
    return _outage(request, context_of(request).control.pause)


def refuse(request: Request) -> Response:
    """Refuse clients."""
    return _outage(request, context_of(request).control.refuse)


def resume(request: Request) -> Response:
    """Serve again."""
    return _outage(request, context_of(request).control.resume)


def _outage(request: Request, act: Callable[[], None]) -> Response:
    act()
    context = context_of(request)
    told = {"state": context.control.state}
    context.live.publish("service", told)
    return JSONResponse(told)


def reset_server(request: Request) -> Response:
    """Begin anew."""
    context_of(request).control.reset()
    return Response(status_code=HTTPStatus.NO_CONTENT)


def quit_server(request: Request) -> Response:
    """Stop the server."""
    context_of(request).control.quit()
    return Response(status_code=HTTPStatus.ACCEPTED)


def cut_session(request: Request) -> Response:
    """End the connection of a session."""
    number = int(request.path_params["number"])
    how = request.query_params.get("how", "close")
    if how not in ("close", "reset"):
        raise RequestProblem(HTTPStatus.BAD_REQUEST, f"how={how!r}: write close or reset")
    if not context_of(request).control.cut(number, reset=how == "reset"):
        raise RequestProblem(HTTPStatus.NOT_FOUND, f"no session {number} is open")
    return Response(status_code=HTTPStatus.NO_CONTENT)
