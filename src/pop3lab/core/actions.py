"""What a session asks of the world, one value at a time; a runner performs them in order."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol

from pop3lab.core.errors import TooMany


class Proof:
    """A slow comparison of a password, run at most once, in whatever thread.

    It asks nothing of the session and tells it nothing; a session looks at the outcome later.
    """

    __slots__ = ("_compare", "_error", "_user")

    def __init__(self, compare: Callable[[], str]) -> None:
        """compare: the user whose maildrop is to be opened, or raises LoginFailed."""
        self._compare = compare
        self._user: str | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Compute it. Does not fail: what goes wrong is for whoever asks for the user."""
        try:
            self._user = self._compare()
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs
            self._error = error

    @property
    def user(self) -> str:
        """Whose credentials they are. Raises what the comparison raised, TooMany if none was."""
        if self._error is not None:
            raise self._error
        if self._user is None:
            raise TooMany("too many logins at once, try again later")
        return self._user


class Part(Enum):
    """The part of a reply that octets belong to, so that a fault can aim at it."""

    HEAD = "head"  # the status line
    BODY = "body"  # what follows it, as sent: stuffed
    END = "end"  # what closes a multi-line reply


class Send(NamedTuple):
    """Send these octets."""

    data: bytes
    part: Part


class OpenFile(Protocol):
    """A file whose content nobody changes. It stays open as long as this object is there."""

    def fileno(self) -> int:
        """Its descriptor."""


class SendFile(NamedTuple):
    """Send so many octets of the file, from its beginning: they are of a body, as it is sent."""

    file: OpenFile
    octets: int


class Pause(NamedTuple):
    """Send what came before, do nothing for so many seconds, then pull the next action.

    seconds: infinite for ever, until the client closes. leave_unread: what the client sends
    meanwhile is not even read, but left for TLS.
    """

    seconds: float
    leave_unread: bool = False


class AwaitData(NamedTuple):
    """Send what came before, wait until the client sends something, or closes, and drop it."""


class OffloadNext(NamedTuple):
    """The next action may be long in coming: pull it in a thread of those for stores.

    within: a reply, so that its last octets may be kept until what follows them is known.
    """

    within: bool = False


class Verify(NamedTuple):
    """Run the proof in a thread of those for hashes, then pull the next action.

    Send what came before first. Where too many wait for that already, or the client closes its
    side while it waits, the next action is pulled without.
    """

    proof: Proof


class StartTLS(NamedTuple):
    """Negotiate TLS on the connection, then tell the session what came of it.

    Octets that the client sent before the negotiation must never reach the session.
    certificate: a variant of the server's own, by name; empty for the own. between: octets that are
    sent in clear between two records of the handshake.
    """

    certificate: str = ""
    between: bytes = b""


class EndTLS(NamedTuple):
    """Under TLS, send what came before, then say in TLS that no more comes (close_notify).

    The session is told nothing, and goes on in clear; what comes is read under TLS and in clear.
    """


class HalfClose(NamedTuple):
    """Send all that is outstanding, then say that no more will come (FIN), and go on reading.

    close_notify: under TLS that is said in TLS first (close_notify).
    """

    close_notify: bool = False


class Close(NamedTuple):
    """Send all that is outstanding, then close in good order (FIN).

    close_notify: under TLS that is said in TLS first (close_notify).
    """

    close_notify: bool = True


class Reset(NamedTuple):
    """Drop what is outstanding and reset the connection (RST): what came is not whole."""


Action = (
    Send
    | SendFile
    | Pause
    | AwaitData
    | OffloadNext
    | Verify
    | StartTLS
    | EndTLS
    | HalfClose
    | Close
    | Reset
)

THEN_CLOSE: tuple[Action, ...] = (Close(),)  # the commonest end, known by its identity
