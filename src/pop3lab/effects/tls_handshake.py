"""Changes of TLS handshakes: before them, instead of them, and of their certificates."""

from collections.abc import Iterator

from pop3lab.core.actions import Action, EndTLS, Part, Pause, Send, StartTLS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import CONNECT, GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.hooks import ActionHook, ReplyHook
from pop3lab.rules.session_hooks import LateEffect, PerSessionHooks

CERTIFICATE = "the certificate"  # an aspect
STLS = "the reply to STLS"  # an aspect


def certificate(variant: str) -> Hooks:
    """Return hooks that start TLS, implicit or by STLS, with this variant of the certificate."""

    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, StartTLS):
                yield action._replace(certificate=variant)
            else:
                yield action

    return ActionHook(do, CONNECT.verb, "STLS")


def stls_reply(reply: Reply) -> Hooks:
    """Return hooks that give this reply where STLS would succeed."""

    def say(session: SessionState, request: Request, usual: Reply) -> Reply:
        return reply if usual.ok else usual

    return ReplyHook(say, "STLS")


class StlsInjection(PerSessionHooks):
    """Hooks that send octets after STLS's +OK, then hold as many replies under TLS back.

    A client that has kept the octets takes them for these replies, and continues; others wait.
    seconds: between +OK and the octets; 0 for one packet. within: send them between two records of
    the server's handshake instead.
    """

    replies = None
    sends = ("STLS",)

    def __init__(
        self, octets: bytes, withheld: int, seconds: float = 0.0, *, within: bool = False
    ) -> None:
        self._octets = octets
        self._withheld = withheld
        self._seconds = seconds
        self._within = within
        self._injected = False

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not (self._injected and self.session.channel.secure and self._withheld):
            return reply
        self._withheld -= 1
        return Reply(None, then=reply.then)

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, StartTLS):
                self._injected = True
                yield from self._inject(action)
            else:
                yield action

    def _inject(self, start: StartTLS) -> Iterator[Action]:
        if self._within:
            yield start._replace(between=self._octets)
            return
        if self._seconds:
            yield Pause(self._seconds, leave_unread=True)
        yield Send(self._octets, Part.BODY)
        yield start


class LeaveTls(LateEffect):
    """Hooks that end TLS before a reply: that reply and everything after it is in clear.

    They take effect once per session. octets: sent in clear before the reply.
    """

    sends = None

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._left = False

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        is_reply = request.verb not in (CONNECT.verb, GREETING.verb)
        if is_reply and self.session.channel.secure and not self._left and self.claim():
            self._left = True
            yield EndTLS()
            if self._octets:
                yield Send(self._octets, Part.HEAD)
        yield from actions
