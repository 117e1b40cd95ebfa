"""A row of the table of what can be requested."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

API = "/api/v1"
PATH_NUMBERS = ("number", "id", "run")  # the parameters of paths that are numbers

RequestHandler = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


class QueryParameter(NamedTuple):
    """A parameter of the query. kind: "integer" or "string"."""

    name: str
    kind: str
    meaning: str
    words: tuple[str, ...] = ()


class WebOperation(NamedTuple):
    """A request that is answered.

    path: after API, with the names of its parameters in braces. id: its name in OpenAPI. answer:
    the name of the schema of a JSON answer; empty for none. status: of success. body: the schema of
    the request. query: the parameters of the query. forms: other media types of the answer, or all
    if it has no schema. takes: other media types of the request. also: schemas of answers that are
    no success. control: the command of --control that does the same.
    """

    method: str
    path: str
    id: str
    meaning: str
    handler: RequestHandler
    answer: str = ""
    status: int = 200
    body: str = ""
    query: tuple[QueryParameter, ...] = ()
    forms: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    also: Mapping[int, str] = {}
    control: str = ""

    @property
    def tag(self) -> str:
        """The group that it belongs to: its module."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"
