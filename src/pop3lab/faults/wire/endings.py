"""The connection ends at a place, or nothing more comes on it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain

from pop3lab.core.actions import Action, Close, Pause, Reset, Shut
from pop3lab.core.exchange import CONNECT, Exchange
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.telling import Telling
from pop3lab.faults.values import SECONDS, Parameter, choice
from pop3lab.faults.wire.octets import behind, silence

ENDS: Mapping[str, tuple[Action, ...]] = {
    "close": (Close(),),
    "abrupt-close": (Close(notify=False),),
    "half-close": (Shut(), Pause(math.inf)),
    "reset": (Reset(),),
    "stall": (Pause(math.inf),),
}

FAMILIES = ("any", "ipv4", "ipv6")
ENDING = "how the connection ends"  # the aspect of all that end it

THEN = Parameter("then", choice(*ENDS), "how the connection ends", "close")
AT = Parameter("at", choice("start", "end"), "where: before the reply or place, or behind", "start")


class Ends(Telling):
    """Ends the connection where a reply starts, or behind its last octet."""

    replies: Collection[str] = ()

    def __init__(self, end: tuple[Action, ...], at: str) -> None:
        self._end = end
        self._at = at

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if self._at == "end":
            return behind(actions, self._ending)
        return chain(self._ending(), actions)

    def _ending(self) -> Iterator[Action]:
        if self.fire():
            yield from self._end


class Silence(Telling):
    """Nothing comes for a while, where a reply starts, or behind its last octet."""

    replies: Collection[str] = ()

    def __init__(self, seconds: Callable[[], float], at: str) -> None:
        self._seconds = seconds
        self._at = at

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        def pause() -> Iterator[Action]:
            if self.fire():
                yield silence(exchange, self._seconds())

        return behind(actions, pause) if self._at == "end" else chain(pause(), actions)


class AtAccept(Ends):
    """Ends the connection before anything is said on it."""

    sends: Collection[str] | None = frozenset({CONNECT.verb})

    def __init__(self, shared: Shared, end: str, family: str = "any") -> None:
        """family: of the client's address; one of FAMILIES."""
        super().__init__(ENDS[end], "start")
        self._family = family
        self._concerns = True

    def begin(self, session: Standing) -> Script:
        begun = super().begin(session)
        assert isinstance(begun, AtAccept)
        begun._concerns = self._family in ("any", _family(session.address))
        return begun

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        return super().actions(exchange, actions) if self._concerns else actions


def _family(address: str) -> str:
    """An IPv4 client of a socket for both has its address behind ::ffff: (RFC 4291 s 2.5.5.2)."""
    return "ipv6" if ":" in address.lower().removeprefix("::ffff:") else "ipv4"


def _ends(name: str) -> Callable[[Shared, str], Script]:
    return lambda shared, at: Ends(ENDS[name], at)


def _half_close(shared: Shared, at: str, notify: str) -> Script:
    return Ends((Shut(notify=notify == "yes"), Pause(math.inf)), at)


def _row(name: str, meaning: str, source: str) -> Peculiarity:
    return Peculiarity(name, meaning, source, _ends(name), (AT,), "fault", "wire", aspect=ENDING)


ROWS = (
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
    Peculiarity(
        "half-close",
        "the server says that no more comes (FIN), but does not close, until the client does",
        "toxiproxy slow_close; network (D)",
        _half_close,
        (
            AT,
            Parameter(
                "notify", choice("no", "yes"), "under TLS, whether close_notify comes first", "no"
            ),
        ),
        "fault",
        "wire",
        aspect=ENDING,
    ),
    _row(
        "reset",
        "the connection is reset (RST)",
        "toxiproxy reset_peer; WireMock CONNECTION_RESET_BY_PEER",
    ),
    Peculiarity(
        "stall",
        "nothing more comes, for ever or for so many seconds",
        "toxiproxy timeout; MTU black hole, fetchmail FAQ R9 (C)",
        lambda shared, seconds, at: Silence(lambda: seconds, at),
        (Parameter("seconds", SECONDS, "how long, or inf", math.inf), AT),
        "fault",
        "wire",
        "no time-out, for ever waiting (JavaMail's default, C)",
        ENDING,
    ),
    Peculiarity(
        "refuse",
        "the connection is reset as soon as it is accepted, the next thing to a refusal"
        " that an open port can do",
        "popa3d, too many connections (A)",
        lambda shared: AtAccept(shared, "reset"),
        (),
        "fault",
        "connect",
        aspect=ENDING,
    ),
    Peculiarity(
        "blackhole",
        "the connection is accepted, then nothing at all comes on it",
        "MTU black hole, fetchmail FAQ R9 (C)",
        lambda shared: AtAccept(shared, "stall"),
        (),
        "fault",
        "connect",
        aspect=ENDING,
    ),
)
