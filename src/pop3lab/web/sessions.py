"""Requests about sessions and their transcripts."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.transcript import parse
from pop3lab.observe.transcript_formats import html_page, print_json
from pop3lab.web.context import context_of
from pop3lab.web.media_types import best_of
from pop3lab.web.problems import RequestProblem
from pop3lab.web.queries import number_in, word_in
from pop3lab.web.request_filter import STYLED
from pop3lab.web.shapes import line_shape, session_shape, whole_session_shape

_SHOWN = 200  # sessions in an answer
_MOST_LINES = 5_000  # of a transcript in an answer
_STATES = ("open", "closed")
_YES_NO = ("true", "false")


def list_sessions(request: Request) -> Response:
    """Answer with the last sessions, or with those after or before one."""
    context = context_of(request)
    event = context.live.last
    records = context.control.sessions.records
    chosen = [record for record in records.kept if _is_wanted(request, record)]
    after, before = number_in(request, "after"), number_in(request, "before")
    if after is not None:
        page = [record for record in chosen if record.number > after][:_SHOWN]
        more = bool(page) and page[-1].number < chosen[-1].number
    else:
        older = [record for record in chosen if before is None or record.number < before]
        page = older[-_SHOWN:]
        more = len(older) > len(page)
    shapes = [session_shape(record) for record in page]
    return JSONResponse({"sessions": shapes, "total": len(records), "more": more, "event": event})


def _is_wanted(request: Request, record: SessionRecord) -> bool:
    state, user = word_in(request, "state", _STATES), request.query_params.get("user")
    violations = word_in(request, "violations", _YES_NO)
    return (
        (state is None or (state == "closed") == record.closed)
        and (user is None or user == record.user)
        and (violations is None or (violations == "true") == bool(record.violations))
    )


def get_session(request: Request) -> Response:
    """Answer with one session."""
    return JSONResponse(whole_session_shape(record_of(request), VIOLATIONS))


def record_of(request: Request) -> SessionRecord:
    """Return the record of the session that the path names. Raises RequestProblem."""
    number = int(request.path_params["number"])
    records = context_of(request).control.sessions
    count = len(records.records)
    if record := records.record(number):
        return record
    if 0 < number <= count:
        told = f"session {number} is only counted: the last sessions have records"
        raise RequestProblem(HTTPStatus.GONE, told)
    raise RequestProblem(
        HTTPStatus.NOT_FOUND, f"there is no session {number}; there are {count} so far"
    )


def get_transcript(request: Request) -> Response:
    """Answer with a transcript in the form that the client accepts."""
    event = context_of(request).live.last
    record = record_of(request)
    text = record.transcript.since({}, folded=not _is_whole(request))
    forms: dict[str, Callable[[str], Response]] = {
        "text/plain": PlainTextResponse,
        "application/json": lambda text: _lines(text, number_in(request, "after") or 0, event),
        "application/x-ndjson": _json_lines,
        "text/html": _html,
    }
    return forms[best_of(request, forms)](text)


def _is_whole(request: Request) -> bool:
    return word_in(request, "bodies", ("folded", "whole")) == "whole"


def _lines(text: str, after: int, event: int) -> Response:
    lines = text.splitlines()
    shapes = [line_shape(number, line) for number, line in _numbered(lines, after)]
    more = len(lines) > after + len(shapes)
    return JSONResponse({"lines": shapes, "total": len(lines), "more": more, "event": event})


def _numbered(lines: Sequence[str], after: int) -> Iterable[tuple[int, str]]:
    return enumerate(lines[after : after + _MOST_LINES], after + 1)


def _html(text: str) -> Response:
    return Response(html_page(parse(text, folded=True)), headers=STYLED, media_type="text/html")


def _json_lines(text: str) -> Response:
    return Response(print_json(parse(text, folded=True)), media_type="application/x-ndjson")
