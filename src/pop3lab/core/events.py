"""What happened, told once to whoever watches, and never read back by the core.

Times are the listener's to add: the core has no clock.
"""

from typing import NamedTuple, Protocol

from pop3lab.core.actions import Action
from pop3lab.core.counter import Tally
from pop3lab.core.maildrop import Snapshot


class Opened(NamedTuple):
    """A client connected; peer is its address as text."""

    session: int
    peer: str


class Received(NamedTuple):
    """A line came: its octets up to, and without, the LF that ended it.

    Of a line longer than the limit only the beginning. early: it came before the answer to the
    line before it, or the greeting, had been sent. verb: in upper case, as the session took it,
    where there is a session; known: it has such a command.
    """

    session: int
    line: bytes
    response: bool = False  # of SASL, and as secret as a password
    early: bool = False
    verb: str = ""
    known: bool = False


class Behind(NamedTuple):
    """Octets came in clear behind STLS, with it or later (RFC 2595 section 4)."""

    session: int


class Hello(NamedTuple):
    """A TLS handshake began where the session is in clear: what follows is no line of POP3."""

    session: int


class Did(NamedTuple):
    """The session handed this action to the runner."""

    session: int
    action: Action


class Secured(NamedTuple):
    """TLS is active; the state is as at the beginning. version: "TLSv1.3"."""

    session: int
    version: str


class Unsecured(NamedTuple):
    """TLS did not come about, or broke: why, for the operator."""

    session: int
    reason: str


class Entered(NamedTuple):
    """A user has logged in. mechanism: PASS, APOP or one of SASL. snapshot: as the store has it."""

    session: int
    user: str
    mechanism: str
    snapshot: Snapshot


class Read(NamedTuple):
    """The text of this message is about to be sent, or a part of it."""

    session: int
    uid: str


class Cut(NamedTuple):
    """What is being sent, though it may end as if it were whole, is not all of the message."""

    session: int


class Deleted(NamedTuple):
    """These messages are gone from the store."""

    session: int
    uids: tuple[str, ...]


class Fired(NamedTuple):
    """A rule took effect; rule: as it is written.

    standing: it always holds, and what it makes of replies can be seen in them.
    """

    session: int
    rule: str
    standing: bool = False


class Violated(NamedTuple):
    """The client broke a rule of the RFCs by its last line. id: of the table of violations."""

    session: int
    id: str
    meaning: str


class Failed(NamedTuple):
    """A store failed the session; the reason is for the operator."""

    session: int
    reason: str


class Ended(NamedTuple):
    """The session is over: how, who had logged in (or nobody), how often each verb came."""

    session: int
    how: str
    user: str | None
    verbs: Tally


class Left(NamedTuple):
    """The connection of an ended session is gone, too. how: the client "closed" it or "reset" it.

    A client that closes without having read all that was sent to it resets the connection.
    """

    session: int
    how: str


Event = (
    Opened
    | Received
    | Behind
    | Hello
    | Did
    | Secured
    | Unsecured
    | Entered
    | Read
    | Cut
    | Deleted
    | Fired
    | Violated
    | Failed
    | Ended
    | Left
)


class Watch(Protocol):
    """A listener. Told from one thread at a time for each session."""

    @property
    def lines(self) -> bool:
        """Whether more is wanted than Opened, Failed and Ended: else a command costs no event."""

    def tell(self, event: Event) -> None:
        """Take note of the event. Must neither fail nor wait."""
