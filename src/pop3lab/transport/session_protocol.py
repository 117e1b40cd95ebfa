"""What a connection drives: a session, or what stands in for one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from pop3lab.core.actions import Action
from pop3lab.core.config import Limits
from pop3lab.core.sasl import Channel


class SessionProtocol(Protocol):
    """One client's session, as core.session.Session describes its methods."""

    def on_wakeup_reset(self, call: Callable[[], None]) -> None:
        """Have this called, by any thread, when wakeup_delay is to be asked at once."""

    @property
    def number(self) -> int:
        """1 for the first."""

    @property
    def may_wake(self) -> bool:
        """Whether wakeup_delay is to be asked at all."""

    @property
    def wakeup_delay(self) -> float:
        """In how many seconds, if nothing comes, wake_up is to be performed; inf for never."""

    def wake_up(self) -> Iterator[Action]:
        """What is said although nothing has come."""

    @property
    def limits(self) -> Limits:
        """The bounds of the session."""

    @property
    def channel(self) -> Channel:
        """What is known of the connection."""

    @property
    def user(self) -> str | None:
        """Who has logged in."""

    @property
    def watched(self) -> bool:
        """Whether it is wanted to know how the client leaves."""

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        """What comes first."""

    def feed(self, data: bytes, early: bool = False) -> tuple[bytes, Iterable[Action] | None]:
        """What follows on these octets: octets to be sent now, then actions, if there are any."""

    def tls_established(self, channel: Channel) -> None:
        """TLS is active."""

    def tls_failed(self, reason: str) -> None:
        """TLS has not come about, or is broken: the connection is about to be closed."""

    def plaintext_after_stls(self) -> Iterator[Action]:
        """What follows on octets in clear that came instead of TLS."""

    def session_ended(self, how: str) -> None:
        """The session is over."""

    def connection_closed(self, how: str) -> None:
        """The connection is gone."""
