"""Requests about the messages of a user."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pop3lab.control.generating import generated
from pop3lab.core.maildrop import Entry
from pop3lab.core.reply import End
from pop3lab.core.text import MessageText
from pop3lab.core.wire import terminator
from pop3lab.web.bodies import MOST_MESSAGE, is_message, read_body, read_object
from pop3lab.web.context import WebContext, context_of
from pop3lab.web.media_types import RFC822
from pop3lab.web.problems import RequestProblem
from pop3lab.web.session_events import tell_messages

_GENERATED = {"count": 1, "size": "2KiB..64KiB", "seed": 1, "nasty": "0%"}
_EXAMPLE = '{"generate": {"count": 3, "size": "10KiB", "seed": 1}}'


def list_messages(request: Request) -> Response:
    """Answer with the messages of a user."""
    user = _user(request)
    entries = context_of(request).control.messages(user)
    shapes = [_shape(number, entry) for number, entry in enumerate(entries, 1)]
    return JSONResponse({"user": user, "messages": shapes})


def _shape(number: int, entry: Entry) -> dict[str, object]:
    return {"number": number, "uid": entry.uid, "octets": entry.octets}


def get_message(request: Request) -> Response:
    """Answer with a message: its header fields, and its text."""
    octets = _octets_of(request)
    header, _, _ = octets.partition(b"\r\n\r\n")
    fields = [_field(line) for line in _unfolded(header)]
    return JSONResponse(
        {"uid": request.path_params["uid"], "octets": len(octets), "fields": fields}
    )


def _unfolded(header: bytes) -> Sequence[str]:
    text = header.decode("utf-8", "backslashreplace")
    return text.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")


def _field(line: str) -> dict[str, str]:
    name, _, value = line.partition(":")
    return {"name": name, "value": value.strip()}


def get_raw_message(request: Request) -> Response:
    """Answer with the octets of a message."""
    return _download(_octets_of(request), "eml")


def get_wire_message(request: Request) -> Response:
    """Answer with what RETR sends: dots doubled, and the terminator."""
    octets = _octets_of(request)
    return _download(MessageText(octets).stuffed + terminator(End(), octets[-2:]), "txt")


def _octets_of(request: Request) -> bytes:
    control = context_of(request).control
    return control.read_message(_user(request), str(request.path_params["uid"]))


def _download(octets: bytes, extension: str) -> Response:
    """Answer with octets that no browser shows as a page."""
    headers = {"Content-Disposition": f'attachment; filename="message.{extension}"'}
    return Response(octets, media_type="application/octet-stream", headers=headers)


async def post_message(request: Request) -> Response:
    """Add the message in the body, or generate some."""
    context, user = context_of(request), _user(request)
    if is_message(request):
        octets = await read_body(request, MOST_MESSAGE)
        uids = [await run_in_threadpool(context.control.add_message, user, octets)]
    else:
        uids = await run_in_threadpool(_generate, context, user, await read_object(request))
    tell_messages(context.live, "added", user, uids)
    return JSONResponse({"user": user, "uids": uids}, HTTPStatus.CREATED)


def _generate(context: WebContext, user: str, read: dict[str, object]) -> list[str]:
    given = read.get("generate")
    if not isinstance(given, dict) or set(given) - set(_GENERATED):
        told = f"send {RFC822}, or JSON: write {_EXAMPLE}"
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    asked = {name: str(value) for name, value in {**_GENERATED, **given}.items()}
    return [context.control.add_message(user, each) for each in generated(user, **asked)]


def remove_message(request: Request) -> Response:
    """Remove a message."""
    return _remove(request, str(request.path_params["uid"]), "removed")


def remove_messages(request: Request) -> Response:
    """Remove all messages of a user."""
    return _remove(request, None, "cleared")


def _remove(request: Request, uid: str | None, change: str) -> Response:
    context, user = context_of(request), _user(request)
    uids = context.control.remove_messages(user, uid)
    tell_messages(context.live, change, user, uids)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _user(request: Request) -> str:
    """Return the user that the query names, or the first. Raises RequestProblem."""
    user = request.query_params.get("user") or context_of(request).control.about.user
    if not user:
        raise RequestProblem(HTTPStatus.BAD_REQUEST, "whose messages? write ?user=NAME")
    return user
