"""Requests about cases, and runs of them with a client.

Nothing here names a program: those that drive clients are given on the command line.
"""

import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from pop3lab.cases.catalogue import CASES
from pop3lab.web.bodies import read_object
from pop3lab.web.context import context_of
from pop3lab.web.options import Runs
from pop3lab.web.problems import RequestProblem
from pop3lab.web.request_filter import STYLED
from pop3lab.web.shapes import case_shape

_Run = Mapping[str, object]
_T = TypeVar("_T")


def list_cases(request: Request) -> Response:
    """Answer with all cases."""
    return JSONResponse({"cases": [case_shape(case) for case in CASES.values()]})


def list_runs(request: Request) -> Response:
    """Answer with all runs."""
    known = context_of(request).runs
    return JSONResponse({"runs": list(known.all()) if known else []})


async def start_run(request: Request) -> Response:
    """Start a run by hand."""
    read = await read_object(request)
    if unknown := read.keys() - {"cases"}:
        told = f'{min(unknown)!r} is not for HTTP: write {{"cases": ["1.*"]}}'
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    cases = read.get("cases", ["*"])
    if not (isinstance(cases, list) and all(isinstance(word, str) for word in cases)):
        told = 'cases is a list of ids, numbers or groups: write {"cases": ["1.*", "retr"]}'
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    started = await run_in_threadpool(_runs(request).start, cases)
    return JSONResponse(started, HTTPStatus.CREATED)


def get_run(request: Request) -> Response:
    """Answer with a run."""
    return _changed(request, lambda runs, run: runs.get(run))


def leave_run(request: Request) -> Response:
    """End a run."""
    return _changed(request, lambda runs, run: runs.leave(run))


def skip_case(request: Request) -> Response:
    """Go on with the next case."""
    return _changed(request, lambda runs, run: runs.skip(run))


async def answer_question(request: Request) -> Response:
    """Answer the question of a run."""
    answer = (await read_object(request)).get("answer")
    if not isinstance(answer, str):
        told = 'the body has no text \'answer\': write {"answer": "n"}'
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    return await run_in_threadpool(_changed, request, lambda runs, run: runs.answer(run, answer))


def _changed(request: Request, act: Callable[[Runs, int], _Run]) -> Response:
    return JSONResponse(_of_run(request, act))


def get_report(request: Request) -> Response:
    """Answer with a file of the report."""
    folder = os.path.realpath(_of_run(request, lambda runs, run: runs.report(run)))
    path = os.path.realpath(os.path.join(folder, request.path_params["path"]))
    if os.path.commonpath((folder, path)) != folder or not os.path.isfile(path):
        name = request.path_params["path"]
        raise RequestProblem(HTTPStatus.NOT_FOUND, f"the report has no {name!r}, or not yet")
    return FileResponse(path, headers=STYLED)


def _of_run(request: Request, act: Callable[[Runs, int], _T]) -> _T:
    """Return what the run of the path gives. Raises RequestProblem if it is not there."""
    number = int(request.path_params["run"])
    try:
        return act(_runs(request), number)
    except LookupError:
        raise RequestProblem(HTTPStatus.NOT_FOUND, f"there is no run {number}") from None


def _runs(request: Request) -> Runs:
    """Return what runs cases. Raises RequestProblem if nothing does."""
    if known := context_of(request).runs:
        return known
    told = "runs of cases are for pop3lab check --web"
    raise RequestProblem(HTTPStatus.NOT_FOUND, told)
