"""Faults that replace, repeat or suppress replies, or add lines to them."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Literal

from pop3lab.behaviours.faults_endings import CONNECTION_ENDS, At, ConnectionEnd, Edge
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import append, pause_for
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Seconds

fault = BehaviourDecorator("fault", category="reply")

_GoOnOrEnd = Literal["go-on", ConnectionEnd]

_SAID = "the reply"


def with_line_end(octets: bytes) -> bytes:
    """Return the octets, with CRLF unless they end in a line end."""
    return octets if octets.endswith(b"\n") else octets + b"\r\n"


class _ReplaceReply(LateEffect):
    """Sends these octets instead of the reply, then goes on or ends the connection."""

    sends = None

    def __init__(self, octets: bytes, then: _GoOnOrEnd = "go-on") -> None:
        self._octets = octets
        self._end = CONNECTION_ENDS.get(then)

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.claim():
            yield from actions
            return
        first = next(actions, None)
        if self._octets:
            yield Send(self._octets, first.part if isinstance(first, Send) else Part.HEAD)
        if self._end:
            yield from self._end
            return
        for action in actions if first is None else chain([first], actions):
            if not isinstance(action, Send):
                yield action


@fault(
    "sends this instead of the reply or selected part; the command still takes effect",
    source="WireMock; curl's test server",
    aspect=_SAID,
    layer=Layer.FIRST,
    takes=("{on}", "dot after {on}"),
)
def reply(
    text: Annotated[bytes, "one or more lines; a final CRLF is added"] = b"-ERR no",
    then: Annotated[_GoOnOrEnd, "how the connection ends, or go-on"] = "go-on",
) -> Hooks:
    return _ReplaceReply(with_line_end(text), then)


@fault(
    "obeys the command, but sends nothing of the reply or selected part",
    source="Rony.Net NoReply; WireMock EMPTY_RESPONSE; hMailServer (A)",
    aspect=_SAID,
    layer=Layer.FIRST,
    takes=("{on}", "dot after {on}", "octet in the reply to {on}"),
)
def no_reply() -> Hooks:
    return _ReplaceReply(b"")


class _DuplicateReply(LateEffect):
    """Sends the octets of the reply twice."""

    sends = None

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        said: list[Action] = []

        def noted() -> Iterator[Action]:
            for action in actions:
                said.extend([action] if isinstance(action, Send) else [])
                yield action

        def again() -> Iterator[Action]:
            if said and self.claim():
                yield from said

        return append(noted(), again)


@fault(
    "sends the reply or selected part twice",
    source="generic (D)",
    bugs="takes the second one for the reply to the next command",
    needs=("octet in the reply to {on}",),
)
def reply_twice() -> Hooks:
    return _DuplicateReply()


class _UnsolicitedLine(LateEffect):
    """Sends a line before or after the reply."""

    sends = None

    def __init__(self, text: bytes, at: Edge, gap: float) -> None:
        self._octets = with_line_end(text)
        self._at = at
        self._gap = gap

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._at == "end":
            return append(actions, lambda: self._said(request))
        return chain(self._said(request), actions)

    def _said(self, request: Request) -> Iterator[Action]:
        """A gap puts it in its own segment or TLS record."""
        if not self.claim():
            return
        said: list[Action] = [Send(self._octets, Part.HEAD)]
        gap: list[Action] = [pause_for(request, self._gap)] if self._gap else []
        yield from gap + said if self._at == "end" else said + gap


@fault(
    "sends an unsolicited line before or after the reply",
    source="goodbye lines of UW-imap's ipop3d; InterMail (B)",
    bugs="takes it for the reply to the next command",
)
def unasked_line(
    text: Annotated[bytes, "one or more lines; a final CRLF is added"] = b"-ERR unasked",
    at: At = "end",
    gap: Annotated[Seconds, "pause between it and the reply"] = 0.0,
) -> Hooks:
    return _UnsolicitedLine(text, at, gap)
