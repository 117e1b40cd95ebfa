"""Faults that end the connection, or stop sending on it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, HalfClose, OffloadNext, Pause, Reset
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import NO_REPLY, Reply
from pop3lab.core.request import CONNECT, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, with_overrides
from pop3lab.effects.streams import append, pause_for
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Seconds

fault = BehaviourDecorator("fault", category="wire")

ConnectionEnd = Literal["close", "abrupt-close", "half-close", "reset", "stall"]
CONNECTION_ENDS: Mapping[str, tuple[Action, ...]] = {
    "close": (Close(),),
    "abrupt-close": (Close(close_notify=False),),
    "half-close": (HalfClose(), Pause(math.inf)),
    "reset": (Reset(),),
    "stall": (Pause(math.inf),),
}
ENDING_ASPECT = "how the connection ends"  # the aspect of all behaviours that end it

AddressFamily = Literal["any", "ipv4", "ipv6"]
Edge = Literal["start", "end"]  # of a reply

At = Annotated[Edge, "before (start) or after (end) the reply or selected part"]
Then = Annotated[ConnectionEnd, "how the connection ends"]


class _EndConnection(LateEffect):
    """Ends the connection before a reply starts, or after its last octet."""

    sends: Collection[str] | None = None

    def __init__(self, end: tuple[Action, ...], at: Edge) -> None:
        self._end = end
        self._at = at

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._at == "end":
            return append(actions, self._ending)
        return chain(self._ending(), actions)

    def _ending(self) -> Iterator[Action]:
        if self.claim():
            yield from self._end


@fault(
    "closes the connection in good order (FIN; under TLS, close_notify first)",
    source="toxiproxy down; MailKit#82 (B)",
    aspect=ENDING_ASPECT,
)
def close(at: At = "start") -> Hooks:
    return _EndConnection(CONNECTION_ENDS["close"], at)


@fault(
    "closes the connection (FIN) without TLS close_notify",
    source="stalwart#567 (B)",
    aspect=ENDING_ASPECT,
)
def abrupt_close(at: At = "start") -> Hooks:
    return _EndConnection(CONNECTION_ENDS["abrupt-close"], at)


@fault(
    "stops sending (FIN) but keeps the connection open until the client closes it",
    source="toxiproxy slow_close; network (D)",
    aspect=ENDING_ASPECT,
)
def half_close(
    at: At = "start",
    notify: Annotated[bool, "under TLS, whether close_notify comes first"] = False,
) -> Hooks:
    return _EndConnection((HalfClose(close_notify=notify), Pause(math.inf)), at)


@fault(
    "resets the connection (RST)",
    source="toxiproxy reset_peer; WireMock CONNECTION_RESET_BY_PEER",
    aspect=ENDING_ASPECT,
)
def reset(at: At = "start") -> Hooks:
    return _EndConnection(CONNECTION_ENDS["reset"], at)


class PauseReply(LateEffect):
    """Pauses before a reply starts, or after its last octet."""

    sends = None

    def __init__(self, seconds: Callable[[], float], at: Edge) -> None:
        self._seconds = seconds
        self._at = at

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        def pause() -> Iterator[Action]:
            if self.claim():
                yield pause_for(request, self._seconds())

        return append(actions, pause) if self._at == "end" else chain(pause(), actions)


@fault(
    "sends nothing more, forever or for some seconds",
    source="toxiproxy timeout; MTU black hole, fetchmail FAQ R9 (C)",
    bugs="waits forever without a timeout (JavaMail's default, C)",
    aspect=ENDING_ASPECT,
)
def stall(
    seconds: Annotated[Seconds, "how long, or inf"] = math.inf,
    at: At = "start",
) -> Hooks:
    return PauseReply(lambda: seconds, at)


class EndAtAccept(_EndConnection):
    """Ends the connection before anything is sent on it."""

    sends = frozenset({CONNECT.verb})

    def __init__(self, end: ConnectionEnd, family: AddressFamily = "any") -> None:
        """family: of the client's address."""
        super().__init__(CONNECTION_ENDS[end], "start")
        self._family = family

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        concerned = self._family in ("any", _family(self.session.address))
        return super().actions(request, actions) if concerned else actions


def _family(address: str) -> AddressFamily:
    """An IPv4 client of a dual-stack socket has its address after ::ffff: (RFC 4291 s 2.5.5.2)."""
    return "ipv6" if ":" in address.lower().removeprefix("::ffff:") else "ipv4"


@fault(
    "resets the connection on accept, the closest an open port comes to refusing it",
    source="popa3d, too many connections (A)",
    category="connect",
    aspect=ENDING_ASPECT,
)
def refuse() -> Hooks:
    return EndAtAccept("reset")


@fault(
    "accepts the connection, then sends nothing",
    source="MTU black hole, fetchmail FAQ R9 (C)",
    category="connect",
    aspect=ENDING_ASPECT,
)
def blackhole() -> Hooks:
    return EndAtAccept("stall")


class _DropAtQuit(LateEffect):
    """Ends the connection instead of answering QUIT: the client can't know if it has deleted."""

    sends = frozenset({"QUIT"})

    def __init__(self, commit: str, then: ConnectionEnd) -> None:
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


@fault(
    "ends the connection instead of answering QUIT; deletes before that, after a FIN, or never",
    source="Dovecot NEWS, tpop3d CHANGES (A); RFC 1939 section 6",
    category="commit",
    bugs="downloads mail again, or believes it is deleted",
    aspect="the reply to QUIT",
)
def drop_at_quit(
    commit: Annotated[
        Literal["before", "after", "never"], "when marked messages are deleted"
    ] = "before",
    then: Then = "close",
) -> Hooks:
    return _DropAtQuit(commit, then)
