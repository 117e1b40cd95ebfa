"""Other replies than those that were given, and more of them, or none."""

from collections.abc import Iterator
from itertools import chain

from pop3lab.behaviours.faults_endings import AT_PARAMETER, CONNECTION_ENDS
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.effects.streams import append, pause_for
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import OCTETS, SECONDS, Parameter, choice

_GO_ON = "go-on"
_SAID = "what is replied"


def with_line_end(octets: bytes) -> bytes:
    """The octets, with CRLF if they don't end in a line end."""
    return octets if octets.endswith(b"\n") else octets + b"\r\n"


class _ReplaceReply(LateEffect):
    """Sends these octets instead of the reply, and goes on, or ends the connection behind them."""

    sends = None

    def __init__(self, octets: bytes, then: str = _GO_ON) -> None:
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


class _DuplicateReply(LateEffect):
    """Sends the octets of the reply, then once more."""

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


class _UnsolicitedLine(LateEffect):
    """Sends a line before the reply, or behind it."""

    sends = None

    def __init__(self, server: ServerContext, text: bytes, at: str, gap: float) -> None:
        self._octets = with_line_end(text)
        self._at = at
        self._gap = gap

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._at == "end":
            return append(actions, lambda: self._said(request))
        return chain(self._said(request), actions)

    def _said(self, request: Request) -> Iterator[Action]:
        """A gap makes it a segment, or TLS record, of its own."""
        if not self.claim():
            return
        said: list[Action] = [Send(self._octets, Part.HEAD)]
        gap: list[Action] = [pause_for(request, self._gap)] if self._gap else []
        yield from gap + said if self._at == "end" else said + gap


def _reply(server: ServerContext, text: bytes, then: str) -> Hooks:
    return _ReplaceReply(with_line_end(text), then)


ROWS = (
    Behaviour(
        "reply",
        "this comes instead of the reply or place; what the command does, it still does",
        "WireMock; curl's test server",
        _reply,
        (
            Parameter("text", OCTETS, "a line or more; CRLF is added at the end", b"-ERR no"),
            Parameter(
                "then",
                choice(_GO_ON, *CONNECTION_ENDS),
                "how the connection ends, or go-on",
                _GO_ON,
            ),
        ),
        "fault",
        "reply",
        aspect=_SAID,
        layer=Layer.FIRST,
        takes=(
            "{on}",
            "dot behind {on}",
        ),
    ),
    Behaviour(
        "no-reply",
        "the command is obeyed, but nothing of the reply or place comes",
        "Rony.Net NoReply; WireMock EMPTY_RESPONSE; hMailServer (A)",
        lambda server: _ReplaceReply(b""),
        (),
        "fault",
        "reply",
        aspect=_SAID,
        layer=Layer.FIRST,
        takes=(
            "{on}",
            "dot behind {on}",
            "octet in the answer to {on}",
        ),
    ),
    Behaviour(
        "reply-twice",
        "the reply or place comes twice",
        "generic (D)",
        lambda server: _DuplicateReply(),
        (),
        "fault",
        "reply",
        "the second taken for the reply to the next command",
        needs=("octet in the answer to {on}",),
    ),
    Behaviour(
        "unasked-line",
        "a line comes that nobody asked for, before or behind the reply",
        "goodbye lines of UW-imap's ipop3d; InterMail (B)",
        _UnsolicitedLine,
        (
            Parameter("text", OCTETS, "a line or more; CRLF is added", b"-ERR unasked"),
            AT_PARAMETER._replace(default="end"),
            Parameter("gap", SECONDS, "between it and the reply", 0.0),
        ),
        "fault",
        "reply",
        "taken for the reply to the next command",
    ),
)
