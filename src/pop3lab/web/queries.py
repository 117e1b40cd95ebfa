"""Numbers and words in paths and queries."""

from http import HTTPStatus

from starlette.requests import Request

from pop3lab.core.suggest import nearest
from pop3lab.web.problems import RequestProblem

_MOST_DIGITS = 15


def number_in(request: Request, name: str) -> int | None:
    """Return the number of a query parameter, if it is given. Raises RequestProblem."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise RequestProblem(HTTPStatus.BAD_REQUEST, f"{name}={text!r}: write a number, 0 or more")
    return int(text)


def word_in(request: Request, name: str, words: tuple[str, ...]) -> str | None:
    """Return a query parameter that is one of these words, if given. Raises RequestProblem."""
    text = request.query_params.get(name)
    if text is not None and text not in words:
        told = f"{name}={text!r}: write one of {', '.join(words)}{nearest(text, words)}"
        raise RequestProblem(HTTPStatus.BAD_REQUEST, told)
    return text
