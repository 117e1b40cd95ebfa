"""The bodies of requests, within bounds."""

import json
from http import HTTPStatus

from starlette.requests import Request

from pop3lab.web.media_types import RFC822, sent_type
from pop3lab.web.problems import RequestProblem

MOST_JSON = 1_048_576  # octets
MOST_MESSAGE = 67_108_864


async def read_body(request: Request, most: int) -> bytes:
    """Return the body. Raises RequestProblem if it is longer."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            told = f"the body is too long: give at most {most} octets"
            raise RequestProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
    return bytes(body)


async def read_object(request: Request) -> dict[str, object]:
    """Return the JSON object in the body, empty for an empty body. Raises RequestProblem."""
    body = await read_body(request, MOST_JSON)
    if not body:
        return {}
    try:
        read = json.loads(body)
        json.dumps(read, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise RequestProblem(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from None
    if not isinstance(read, dict):
        raise RequestProblem(HTTPStatus.BAD_REQUEST, "the body is not a JSON object: write {...}")
    return read


def is_message(request: Request) -> bool:
    """Whether the body is a message."""
    return sent_type(request.headers) == RFC822


def text_in(read: dict[str, object], name: str, example: str) -> str:
    """Return a member that must be a text. Raises RequestProblem."""
    value = read.get(name)
    if not isinstance(value, str) or not value:
        told = f'the body has no text {name!r}: write {{"{name}": "{example}"}}'
        raise RequestProblem(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    return value
