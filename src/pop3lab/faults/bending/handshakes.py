"""What comes in the place of a TLS handshake, before it, or of its certificate."""

from collections.abc import Callable, Collection, Iterator

from pop3lab.core.actions import Action, Part, Pause, Send, StartTLS
from pop3lab.core.exchange import CONNECT, Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.seams import Does, Says
from pop3lab.faults.peculiarity import Shared

CERTIFICATE = "the certificate"  # an aspect
STLS = "the answer to STLS"  # an aspect


def certificate(variant: str) -> Script:
    """TLS, at once or by STLS, is with this variant of the certificate."""

    def do(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            yield StartTLS(variant) if isinstance(action, StartTLS) else action

    return Does(do, CONNECT.verb, "STLS")


def always(variant: str) -> Callable[[Shared], Script]:
    """Of a row without parameters."""
    return lambda shared: certificate(variant)


def stls_is(reply: Reply) -> Script:
    """What is said where STLS would be obeyed."""

    def say(session: Standing, exchange: Exchange, usual: Reply) -> Reply:
        return reply if usual.ok else usual

    return Says(say, "STLS")


class Injected(InSession):
    """Octets in clear behind STLS's +OK; then so many replies under TLS are held back.

    A client that has kept the octets takes them for these replies, and goes on; another waits.
    seconds: between +OK and the octets; without, all goes in one packet.
    """

    replies: Collection[str] | None = None
    sends: Collection[str] | None = ("STLS",)

    def __init__(self, octets: bytes, withheld: int, seconds: float = 0.0) -> None:
        self._octets = octets
        self._withheld = withheld
        self._seconds = seconds
        self._injected = False

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if not (self._injected and self.session.channel.secure and self._withheld):
            return reply
        self._withheld -= 1
        return Reply(None, then=reply.then)

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, StartTLS):
                self._injected = True
                if self._seconds:
                    yield Pause(self._seconds, deaf=True)
                yield Send(self._octets, Part.BODY)
            yield action
