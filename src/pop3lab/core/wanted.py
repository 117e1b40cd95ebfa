"""Whether what takes long is still wanted: a runner knows, and a store asks while it works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pop3lab.core.errors import NotWanted

Wanted = Callable[[], bool]

_wanted: ContextVar[Wanted | None] = ContextVar("wanted", default=None)


@contextmanager
def wanted_while(wanted: Wanted) -> Iterator[None]:
    """What is done within, in this thread, is wanted as long as this says so."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def check_wanted() -> None:
    """Raises NotWanted when nobody waits any more for what is being done."""
    wanted = _wanted.get()
    if wanted is not None and not wanted():
        raise NotWanted("the login was given up, for its client has closed the connection")
