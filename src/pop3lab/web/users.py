"""Requests about users and tokens."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab.web.bodies import read_object, text_in
from pop3lab.web.context import context_of


def list_users(request: Request) -> Response:
    """Answer with the names of the users."""
    return JSONResponse({"users": list(context_of(request).control.about.users)})


async def add_user(request: Request) -> Response:
    """Add a user."""
    read = await read_object(request)
    name, password = text_in(read, "user", "ann"), text_in(read, "password", "secret")
    await run_in_threadpool(context_of(request).control.add_user, name, password)
    return Response(status_code=HTTPStatus.CREATED)


async def set_password(request: Request) -> Response:
    """Change a password."""
    password = text_in(await read_object(request), "password", "secret")
    name = str(request.path_params["user"])
    await run_in_threadpool(context_of(request).control.set_password, name, password)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def remove_user(request: Request) -> Response:
    """Refuse later logins of a user."""
    context_of(request).control.remove_user(str(request.path_params["user"]))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def add_token(request: Request) -> Response:
    """Add a token."""
    read = await read_object(request)
    token, user = text_in(read, "token", "T1"), text_in(read, "user", "ann")
    await run_in_threadpool(context_of(request).control.add_token, token, user)
    return Response(status_code=HTTPStatus.CREATED)


async def expire_token(request: Request) -> Response:
    """Let a token expire."""
    token = text_in(await read_object(request), "token", "T1")
    await run_in_threadpool(context_of(request).control.expire_token, token)
    return Response(status_code=HTTPStatus.NO_CONTENT)
