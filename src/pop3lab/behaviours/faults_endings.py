"""The connection ends at a place, or nothing more comes on it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Literal

from pop3lab.core.actions import Action, Close, HalfClose, OffloadNext, Pause, Reset
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import NO_REPLY, Reply
from pop3lab.core.request import CONNECT, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, with_overrides
from pop3lab.effects.streams import append, pause_for
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import SECONDS, Parameter, choice

ConnectionEnd = Literal["close", "abrupt-close", "half-close", "reset", "stall"]
CONNECTION_ENDS: Mapping[str, tuple[Action, ...]] = {
    "close": (Close(),),
    "abrupt-close": (Close(close_notify=False),),
    "half-close": (HalfClose(), Pause(math.inf)),
    "reset": (Reset(),),
    "stall": (Pause(math.inf),),
}

FAMILIES = ("any", "ipv4", "ipv6")
ENDING_ASPECT = "how the connection ends"  # the aspect of all that end it

THEN_PARAMETER = Parameter("then", choice(*CONNECTION_ENDS), "how the connection ends", "close")
AT_PARAMETER = Parameter(
    "at", choice("start", "end"), "where: before the reply or place, or behind", "start"
)


class _EndConnection(LateEffect):
    """Ends the connection where a reply starts, or behind its last octet."""

    sends: Collection[str] | None = None

    def __init__(self, end: tuple[Action, ...], at: str) -> None:
        self._end = end
        self._at = at

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._at == "end":
            return append(actions, self._ending)
        return chain(self._ending(), actions)

    def _ending(self) -> Iterator[Action]:
        if self.claim():
            yield from self._end


class PauseReply(LateEffect):
    """Nothing comes for a while, where a reply starts, or behind its last octet."""

    sends = None

    def __init__(self, seconds: Callable[[], float], at: str) -> None:
        self._seconds = seconds
        self._at = at

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        def pause() -> Iterator[Action]:
            if self.claim():
                yield pause_for(request, self._seconds())

        return append(actions, pause) if self._at == "end" else chain(pause(), actions)


class EndAtAccept(_EndConnection):
    """Ends the connection before anything is said on it."""

    sends = frozenset({CONNECT.verb})

    def __init__(self, server: ServerContext, end: str, family: str = "any") -> None:
        """family: of the client's address; one of FAMILIES."""
        super().__init__(CONNECTION_ENDS[end], "start")
        self._family = family

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        concerned = self._family in ("any", _family(self.session.address))
        return super().actions(request, actions) if concerned else actions


def _family(address: str) -> str:
    """An IPv4 client of a socket for both has its address behind ::ffff: (RFC 4291 s 2.5.5.2)."""
    return "ipv6" if ":" in address.lower().removeprefix("::ffff:") else "ipv4"


def _ends(name: str) -> Callable[[ServerContext, str], Hooks]:
    return lambda server, at: _EndConnection(CONNECTION_ENDS[name], at)


def _half_close(server: ServerContext, at: str, notify: str) -> Hooks:
    return _EndConnection((HalfClose(close_notify=notify == "yes"), Pause(math.inf)), at)


def _row(name: str, meaning: str, source: str) -> Behaviour:
    return Behaviour(
        name, meaning, source, _ends(name), (AT_PARAMETER,), "fault", "wire", aspect=ENDING_ASPECT
    )


_ENDINGS_ROWS = (
    _row(
        "close",
        "the connection is closed in good order (FIN; under TLS close_notify first)",
        "toxiproxy down; MailKit#82 (B)",
    ),
    _row(
        "abrupt-close",
        "the connection is closed (FIN) without TLS's close_notify",
        "stalwart#567 (B)",
    ),
    Behaviour(
        "half-close",
        "the server says that no more comes (FIN), but does not close, until the client does",
        "toxiproxy slow_close; network (D)",
        _half_close,
        (
            AT_PARAMETER,
            Parameter(
                "notify", choice("no", "yes"), "under TLS, whether close_notify comes first", "no"
            ),
        ),
        "fault",
        "wire",
        aspect=ENDING_ASPECT,
    ),
    _row(
        "reset",
        "the connection is reset (RST)",
        "toxiproxy reset_peer; WireMock CONNECTION_RESET_BY_PEER",
    ),
    Behaviour(
        "stall",
        "nothing more comes, for ever or for so many seconds",
        "toxiproxy timeout; MTU black hole, fetchmail FAQ R9 (C)",
        lambda server, seconds, at: PauseReply(lambda: seconds, at),
        (Parameter("seconds", SECONDS, "how long, or inf", math.inf), AT_PARAMETER),
        "fault",
        "wire",
        "no time-out, for ever waiting (JavaMail's default, C)",
        ENDING_ASPECT,
    ),
    Behaviour(
        "refuse",
        "the connection is reset as soon as it is accepted, the next thing to a refusal"
        " that an open port can do",
        "popa3d, too many connections (A)",
        lambda server: EndAtAccept(server, "reset"),
        (),
        "fault",
        "connect",
        aspect=ENDING_ASPECT,
    ),
    Behaviour(
        "blackhole",
        "the connection is accepted, then nothing at all comes on it",
        "MTU black hole, fetchmail FAQ R9 (C)",
        lambda server: EndAtAccept(server, "stall"),
        (),
        "fault",
        "connect",
        aspect=ENDING_ASPECT,
    ),
)


# QUIT that gets no answer: the client can't know whether its deletions are done.


class _DropAtQuit(LateEffect):
    """Ends the connection instead of the answer to QUIT, and deletes before or after that."""

    sends = frozenset({"QUIT"})

    def __init__(self, server: ServerContext, commit: str, then: str) -> None:
        self._commit = commit
        self._end = CONNECTION_ENDS[then]
        self._taken = False

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {"QUIT": self._override})

    def _override(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if not self.claim():
            return call_next(session, request)
        if self._commit == "before":
            call_next(session, request)
        self._taken = True
        return NO_REPLY

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not self._taken:
            yield from actions
            return
        if self._commit == "after":
            yield HalfClose()
            yield OffloadNext()
            self.session.update()
        yield from self._end


_QUITTING_ROWS = (
    Behaviour(
        "drop-at-quit",
        "the connection ends instead of the answer to QUIT; what was marked is deleted before,"
        " after (behind a FIN), or never",
        "Dovecot NEWS, tpop3d CHANGES (A); RFC 1939 section 6",
        _DropAtQuit,
        (
            Parameter("commit", choice("before", "after", "never"), "when it is deleted", "before"),
            THEN_PARAMETER,
        ),
        "fault",
        "commit",
        "mail fetched again, or believed to be deleted",
        "what is said to QUIT",
    ),
)

ROWS = (*_ENDINGS_ROWS, *_QUITTING_ROWS)
