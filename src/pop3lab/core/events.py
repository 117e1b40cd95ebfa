"""What happened, told once to whoever watches, and never read back by the core.

Times are the listener's to add: the core has no clock.
"""

from typing import NamedTuple, Protocol

from pop3lab.core.actions import Action
from pop3lab.core.tally import Tally


class Opened(NamedTuple):
    """A client connected; peer is its address as text."""

    session: int
    peer: str


class Received(NamedTuple):
    """A line came: its octets up to, and without, the LF that ended it.

    Of a line longer than the limit only the beginning.
    """

    session: int
    line: bytes
    response: bool = False  # of SASL, and as secret as a password


class Did(NamedTuple):
    """The session handed this action to the runner."""

    session: int
    action: Action


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


Event = Opened | Received | Did | Failed | Ended


class Watch(Protocol):
    """A listener. Told from one thread at a time for each session."""

    @property
    def lines(self) -> bool:
        """Whether Received and Did are wanted: without them a command costs no event."""

    def tell(self, event: Event) -> None:
        """Take note of the event. Must neither fail nor wait."""
